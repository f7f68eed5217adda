from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from communes.models import Kind, Level, UnitVersion
from criteria.uploads.places import refusal_to_upload
from criteria.views import SignedIn
from reports.attention import concerns
from reports.documents.figures import behind_table, items_table, path_table, rest_table
from reports.documents.tables import Table
from reports.drilldown import LISTS, Row, UnitList, rows, tally_of, units_behind
from reports.explaining import day_notice
from reports.forms import DOWNLOADS, UnitsBehindForm
from reports.maps import Map, map_of_units
from reports.models import Target
from reports.pace import ways_of
from reports.path import path_of
from reports.progress import Figures, Standing, progress
from reports.registered import district_plans, years_of
from reports.reporting import table_file
from reports.scenarios import failed_items, parts_of_the_rest, scenarios
from reports.trend import trend_of, with_outlook
from reports.views.asking import Asked, asked, names_districts
from reports.views.export_report import handed_over, heading

UNITS_ON_A_PAGE = 100


def target(request: SignedIn, code: str) -> HttpResponse:
    """The way to a target, and the units behind its figure: met, not met and why, sent, missing, each a way on."""
    form = UnitsBehindForm(request.GET)
    asking = asked(form, request.user)
    if asking is None:
        raise Http404
    targets = targets_of(asking, code)
    figures = progress(asking.scope, asking.day, asking.boundaries, targets[-1:])[0]
    districts = districts_of(asking, figures)
    chosen = Chosen(
        district_of(districts, form.value("district")), form.value("standing"), form.value("condition") or None
    )
    if suffix := form.value("download"):
        return handed_over(table_file(tables(request, asking, figures, targets, chosen), suffix), f"danh-sach-{code}")
    context = {
        "asked": asking,
        "form": form,
        "figures": figures,
        "downloads": downloads(asking, figures, chosen),
        "districts": districts if len(districts) > 1 else [],
        "overview_url": asking.address("overview"),
        "day_notice": day_notice(asking.scope, figures, asking.day, asking.boundaries),
        "address": request.build_absolute_uri(asking.units_behind(figures.target, **chosen.query)),
        **lists(request, asking, figures, chosen),
    }
    if chosen.district and len(chosen.query) == 1:
        context |= {"map": map_of_list(figures, context["rows"])}
    if not (chosen.query or asking.is_now):
        context |= way(asking, figures, targets, districts)
    return render(request, "target.html", context)


def downloads(asking: Asked, figures: Figures, chosen: "Chosen") -> list[tuple[str, str]]:
    """Return the kinds of file in which the list can be had, with their addresses."""
    return [(words, asking.units_behind(figures.target, **chosen.query, download=kind)) for kind, words in DOWNLOADS]


def tables(request: SignedIn, asking: Asked, figures: Figures, targets: list[Target], chosen: "Chosen") -> list[Table]:
    """Return the whole list behind the figure as a table; of all units also those of the way to the target."""
    units = units_behind(asking.scope, asking.day, figures, chosen.district, chosen.standing, chosen.condition)
    place = f", {chosen.district.title}" if chosen.district else ""
    title = f"Chỉ tiêu {figures.target.indicator.name}{place}: {chosen.words}"
    lines = [*heading(asking), f"Cách tính: {figures.rule}"]
    found = [behind_table(lines, title, rows(units, figures, request.user))]
    if chosen.query or asking.is_now:
        return found
    told = way(asking, figures, targets, districts_of(asking, figures))
    name, path = str(figures.target.indicator.name), told.get("path")
    more = [path_table(lines, name, path)] if path else []
    return [
        *found,
        *more,
        items_table(lines, name, told.get("items", [])),
        rest_table(lines, name, told.get("parts", [])),
    ]


@dataclass(frozen=True)
class Chosen:
    """To what the list behind the figure is narrowed."""

    district: UnitVersion | None
    standing: str
    condition: int | None

    @property
    def query(self) -> dict[str, str]:
        given = {"district": self.district.code if self.district else "", "standing": self.standing}
        given |= {"condition": str(self.condition or "")}
        return {name: value for name, value in given.items() if value}

    @property
    def words(self) -> str:
        """The name of the list."""
        words = dict(LISTS).get(self.standing, "Tất cả")
        return f"{words}, không đạt nội dung {self.condition}" if self.condition else str(words)


def lists(request: SignedIn, asking: Asked, figures: Figures, chosen: Chosen) -> dict[str, Any]:
    """Return the units behind the figure, and the ways to the other lists of it."""
    district = chosen.district
    units = units_behind(asking.scope, asking.day, figures, district, chosen.standing, chosen.condition)
    page = Paginator(units, UNITS_ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "tally": tally_of(figures, district),
        "district": district,
        "standing": chosen.standing,
        "list": chosen.words,
        "groups": groups(asking, figures, district),
        "left_out": left_out(asking, figures),
        "page": page,
        "names_districts": names_districts(page),
        "rows": rows(page, figures, request.user),
        "may_open_uploads": not refusal_to_upload(request.user.role),
    }


def way(asking: Asked, figures: Figures, targets: list[Target], districts: list[UnitVersion]) -> dict[str, Any]:
    """Return the way to the target: path, forecast, who holds the rest, what failed, what would follow."""
    ways = ways_of(asking.scope, [figures], asking.periods, of_all_days=True)
    if ways is None:
        return {}
    pace, points = ways.pace(figures), ways.points(figures)
    trend = trend_of(figures, points, ways.changes[figures.target.indicator.level])
    path = path_of([one for one in points if one.units_as_of <= figures.units_as_of], targets)
    lacking = concerns(asking.scope, [figures], asking.day)
    items = failed_items(asking.scope, [figures], asking.day, lacking).get(figures.target.indicator_id, [])
    urls = [asking.units_behind(figures.target, district=one.code) for one in districts]
    years = years_of(asking.scope, figures)
    is_planned = len(districts) > 1 and any(one.year == figures.units_as_of.year for one in years)
    return {
        "years": years,
        "plans": district_plans(asking.scope, figures, asking.day, districts) if is_planned else [],
        "pace": pace,
        "trend": with_outlook(trend, path, pace) if trend else None,
        "path": path,
        "items": items,
        "scenarios": scenarios(figures, lacking, items),
        "parts": parts_of_the_rest(figures, districts, urls) if len(districts) > 1 else [],
    }


def targets_of(asking: Asked, code: str) -> list[Target]:
    """Return the plan's targets on the indicator of this code, the milestones first, the final one last."""
    found = asking.scope.plan.targets.filter(indicator__code=code).select_related("indicator__criterion")
    return list(found.order_by("due_on")) or _not_found()


def _not_found() -> list[Target]:
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


@dataclass(frozen=True)
class Tab:
    """One list behind the figure: the name of it in the address, its words, how many units, where it opens."""

    value: str
    words: str
    units: int
    url: str


@dataclass(frozen=True)
class Group:
    """Counted, not counted, or without a result: the three answers to "why this number"."""

    whole: Tab
    tabs: list[Tab]


def map_of_list(figures: Figures, listed: list[Row]) -> Map | None:
    """Return the communes of the district as tiles or outlines, each a way to its page: one query."""
    units = [(row.unit, row.standing, row.is_derived) for row in listed]
    day = figures.units_as_of
    return map_of_units(figures, day, units, lambda unit: unit.unit.get_absolute_url()) if len(units) > 1 else None


def groups(asking: Asked, figures: Figures, district: UnitVersion | None) -> list[Group]:
    """Return the lists that make up the figure, and the one of all."""
    tally = tally_of(figures, district)
    place = {"district": district.code} if district else {}

    def tab(value: str, words: str, units: int) -> Tab:
        given = {"standing": value} if value else {}
        return Tab(value, words, units, asking.units_behind(figures.target, **given, **place))

    one = {standing: tab(standing.value, str(standing.label), getattr(tally, standing)) for standing in Standing}
    uncounted = tab(UnitList.UNCOUNTED, UnitList.UNCOUNTED.label, tally.not_met + tally.pending)
    return [
        Group(tab("", "Tất cả", tally.total), []),
        Group(tab(Standing.MET, "Được tính", tally.met), [one[Standing.MET]]),
        Group(uncounted, [one[Standing.NOT_MET], one[Standing.PENDING]]),
        Group(tab(Standing.MISSING, "Chưa có kết quả", tally.missing), [one[Standing.MISSING]]),
    ]


def left_out(asking: Asked, figures: Figures) -> list[tuple[str, int]]:
    """Return the kinds of the level that the target does not count, and how many units of each lived on the day."""
    if figures.is_now:
        return []
    counted: Counter[str] = Counter()
    for life in asking.scope.lives_on(figures.units_as_of, asking.day):
        if life.level == figures.target.indicator.level and life.kind not in figures.target.kinds:
            counted[life.kind] += life.units
    return [(Kind(kind).label.lower(), units) for kind, units in sorted(counted.items())]
