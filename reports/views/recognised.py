from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from criteria.views import SignedIn
from reports.forms import FiguresForm
from reports.recognised import fallen
from reports.views.asking import asked


@require_safe
def recognised(request: SignedIn) -> HttpResponse:
    """Đơn vị đã được công nhận, kết quả hiện chưa đạt: the register and the official results of a day, side by side."""
    asking = asked(FiguresForm(request.GET), request.user)
    if asking is None:
        return render(request, "recognised.html", {"asked": None})
    rows = fallen(asking.scope, asking.day, request.user)
    return render(request, "recognised.html", {"asked": asking, "form": asking.form, "rows": rows})
