from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from communes.models import Level, UnitVersion
from criteria.views import SignedIn
from reports.drilldown import rows, tally_of, units_behind
from reports.explaining import day_notice
from reports.forms import UnitsBehindForm
from reports.models import Target
from reports.progress import Figures, Standing, final_targets, progress
from reports.trend import trend_of
from reports.views.asking import Asked, asked, names_districts

UNITS_ON_A_PAGE = 100


def target(request: SignedIn, code: str) -> HttpResponse:
    """The units behind a target's figure: met, not met and why, sent, missing; each leads to its assessment."""
    form = UnitsBehindForm(request.GET)
    asking = asked(form, request.user)
    if asking is None:
        raise Http404
    figures = progress(asking.scope, asking.day, asking.boundaries, [target_of(asking, code)])[0]
    districts = districts_of(asking, figures)
    district = district_of(districts, form.value("district"))
    standing = form.value("standing")
    units = units_behind(asking.scope, asking.day, figures, district, standing)
    tally = tally_of(figures, district)
    page = Paginator(units, UNITS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asking,
        "form": form,
        "figures": figures,
        "tally": tally,
        "district": district,
        "districts": districts if len(districts) > 1 else [],
        "standing": standing,
        "overview_url": asking.address("overview"),
        "tabs": tabs(asking, figures, district),
        "day_notice": day_notice(asking.scope, figures, asking.day, asking.boundaries),
        "trend": None if asking.is_now or district else trend_of(asking.scope, figures, asking.days),
        "page": page,
        "names_districts": names_districts(page),
        "rows": rows(page, figures, request.user),
    }
    return render(request, "target.html", context)


def target_of(asking: Asked, code: str) -> Target:
    """Return the plan's target on the indicator of this code."""
    for one in final_targets(asking.scope.plan):
        if one.indicator.code == code:
            return one
    raise Http404


def districts_of(asking: Asked, figures: Figures) -> list[UnitVersion]:
    """Return the districts in which the counted units stand: none once their level has ended."""
    day = figures.units_as_of
    if figures.is_now:
        return list(asking.scope.heirs_on(day).of_level(Level.DISTRICT).in_official_order())
    return list(asking.scope.living(Level.DISTRICT, day, asking.day).in_official_order())


def district_of(districts: list[UnitVersion], code: str) -> UnitVersion | None:
    """Return the district that bears the code on the day, out of those that the person sees."""
    if not code:
        return None
    for district in districts:
        if district.code == code:
            return district
    raise Http404


def tabs(asking: Asked, figures: Figures, district: UnitVersion | None) -> list[tuple[str, str, int, str]]:
    """Return the ways to narrow the list: standing, words, number of units, address."""
    tally = tally_of(figures, district)
    place = {"district": district.code} if district else {}
    found = [("", "Tất cả", tally.total, asking.units_behind(figures.target, **place))]
    for one in Standing:
        url = asking.units_behind(figures.target, standing=one.value, **place)
        found.append((one.value, one.label, getattr(tally, one.value), url))
    return found
