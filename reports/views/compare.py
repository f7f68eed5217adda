import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from communes.models import Level, UnitVersion
from criteria.views import SignedIn
from reports.comparing import Side, changes_between, compared
from reports.documents.figures import changes_table
from reports.forms import DOWNLOADS, CompareForm
from reports.progress import Boundaries, months_before, progress
from reports.reporting import table_file
from reports.views.asking import Asked, asked
from reports.views.export_report import handed_over, heading

YEAR = 12


@require_safe
def compare(request: SignedIn) -> HttpResponse:
    """So sánh: two days, two districts or two ways of drawing the boundaries, and what changed unit by unit."""
    form = CompareForm(request.GET)
    asking = asked(form, request.user)
    if asking is None:
        raise Http404
    sides = sides_of(asking, form)
    targets = compared(*sides)
    code = form.value("indicator")
    chosen = next((one for one in targets if one.after.target.indicator.code == code), next(iter(targets), None))
    has_two_places = sides[0].district != sides[1].district and sides[0].day == sides[1].day
    changes = None
    if chosen is not None and not has_two_places:
        changes = changes_between(asking.scope, sides, chosen.after.target.indicator_id)
    if changes is not None and chosen is not None and (suffix := form.value("download")):
        table = changes_table(heading(asking), str(chosen.after.target.indicator.name), sides, changes)
        return handed_over(table_file([table], suffix), f"so-sanh-{chosen.after.target.indicator.code}")
    context = {
        "asked": asking,
        "form": form,
        "sides": sides,
        "targets": targets,
        "chosen": chosen,
        "changes": changes,
        "all_districts": districts_on(asking, asking.day, asking.boundaries),
        "boundaries": Boundaries.choices,
        "downloads": DOWNLOADS,
    }
    return render(request, "compare.html", context)


def sides_of(asking: Asked, form: CompareForm) -> tuple[Side, Side]:
    """Return the sides: the second one is the same as the first but for what was asked otherwise."""
    day = form.value("to") or (asking.day if form.value("other") or form.value("other_boundaries") else earlier(asking))
    boundaries = form.value("other_boundaries") or asking.boundaries
    boundaries = boundaries if asking.has_now else Boundaries.THEN.value
    code = form.value("district")
    later = side(asking, asking.day, asking.boundaries, code)
    other = side(asking, day, boundaries, form.value("other") or code)
    return (other, later) if day < asking.day else (later, other)


def earlier(asking: Asked) -> datetime.date:
    """Return the day to compare with where none was asked: the one with results before, else a year earlier."""
    return next((day for day in asking.days if day < asking.day), months_before(asking.day, YEAR))


def side(asking: Asked, day: datetime.date, boundaries: str, code: str) -> Side:
    figures = [one for one in progress(asking.scope, day, boundaries, today=asking.today) if one.tally.total]
    district = None
    if code:
        district = next((one for one in districts_on(asking, day, boundaries) if one.code == code), None)
        if district is None:
            raise Http404
    return Side(day, boundaries, figures, district)


def districts_on(asking: Asked, day: datetime.date, boundaries: str) -> list[UnitVersion]:
    """Return the districts of the scope on the day, or today's: none once their level has ended."""
    found = (
        asking.scope.heirs_on(asking.today).of_level(Level.DISTRICT)
        if boundaries == Boundaries.NOW
        else asking.scope.living(Level.DISTRICT, day, day)
    )
    return list(found.in_official_order())
