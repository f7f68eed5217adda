"""Theo dõi gửi báo cáo: the board of a period."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from communes.models import Level, UnitVersion, User
from criteria import rules
from criteria.board import board_of
from criteria.chasing import text_for
from criteria.models import ReportingPeriod
from criteria.period_listing import running_for
from criteria.periods import periods_of, status_of
from criteria.views import SignedIn


@require_safe
def period_board(request: SignedIn, key: str) -> HttpResponse:
    """Districts × indicators; of the chosen district, or after the last one of each area, the communes."""
    period = get_object_or_404(periods_of(request.user), key=key)
    provinces = _provinces(request.user, period)
    chosen = next((one for one in provinces if one.code == request.GET.get("province")), next(iter(provinces), None))
    board = board_of(request.user, period, chosen.unit_id if chosen and len(provinces) > 1 else None)
    line = board.line_of(request.GET.get("district", ""))
    inside = [line] if line else board.lines if len(board.lines) == 1 or not board.has_districts else []
    context = {
        "period": period,
        "periods": periods_of(request.user),
        "status": status_of(period, timezone.localdate()),
        "provinces": provinces if len(provinces) > 1 else [],
        "province": chosen,
        "board": board,
        "line": line,
        "inside": inside,
        "text": text_for(board, [line] if line else board.lines),
        "extensions": running_for(request.user, period),
        "may_manage": not rules.refusal_to_manage_periods(request.user.role),
    }
    return render(request, "period_board.html", context)


def _provinces(user: User, period: ReportingPeriod) -> list[Any]:
    """Return the provinces whose units the person sees, for those who see several."""
    living = UnitVersion.objects.as_of(period.ends_on).visible_to(user).of_level(Level.PROVINCE)
    return list(living.order_by("name_sort"))
