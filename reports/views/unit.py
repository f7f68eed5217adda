from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from communes.models import Unit, UnitVersion
from criteria.period_listing import running_of
from criteria.registers.showing import registers_of
from criteria.views import SignedIn
from reports import scopes
from reports.drilldown import standings_now
from reports.lineage import line_of, relatives, standings, standings_beside


def unit(request: SignedIn, pk: int) -> HttpResponse:
    """One unit: its line through time and how it stood in each period; 404 outside the reader's scope."""
    visible = UnitVersion.objects.visible_to(request.user).filter(unit=OuterRef("pk"))
    found = get_object_or_404(Unit.objects.filter(Exists(visible)), pk=pk)
    versions = list(found.versions.with_parent().order_by("starts_on"))
    predecessors, successors = relatives(found, request.user)
    indicators, periods = standings(found, request.user)
    beside_indicators, beside = standings_beside(versions[-1], predecessors, successors, request.user)
    context = {
        "unit": found,
        "attributes": found.attributes.all(),
        "versions": versions,
        "latest": versions[-1],
        "line": line_of(versions, predecessors, successors),
        "beside": beside,
        "beside_indicators": beside_indicators,
        "indicators": indicators,
        "periods": periods,
        "now": standings_now(found, request.user, scopes.today()),
        "extensions": running_of(versions[-1], request.user),
        "registers": registers_of(found, request.user),
        "people": found.users.filter(is_active=True).order_by("username"),
    }
    return render(request, "unit.html", context)
