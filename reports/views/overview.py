from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from communes.models import Level, UnitVersion, UnitVersionQuerySet
from criteria.views import SignedIn
from reports.attention import Attention, Concern, Item, concerns_in, failed_in, failures, late_in
from reports.charts import Bar, bar_of
from reports.explaining import day_notice, explanation, nobody_text
from reports.forms import FiguresForm
from reports.maps import Map, heat_of, map_of, map_of_units
from reports.pace import Pace, paces
from reports.progress import Figures, Standing, Tally, progress, with_standings
from reports.recognised import count_fallen
from reports.views.asking import Asked, asked, names_districts
from reports.work import work_of

UNITS_ON_A_PAGE = 150

COLUMNS = {
    "met": "Đạt",
    "share": "Tỷ lệ",
    "not_met": "Chưa đạt",
    "pending": "Chờ xác nhận",
    "missing": "Chưa gửi",
}
# By which the table of districts can be sorted: the worst first; districts where nothing is counted last.
SORTS: dict[str, Callable[[Tally], tuple[bool, Fraction | int]]] = {
    "met": lambda tally: (not tally.total, -tally.not_yet),
    "share": lambda tally: (not tally.total, Fraction(tally.met, tally.total or 1)),
    "not_met": lambda tally: (not tally.total, -tally.not_met),
    "pending": lambda tally: (not tally.total, -tally.pending),
    "missing": lambda tally: (not tally.total, -tally.missing),
}

# A unit with its standing on each target, and whether that is derived from former units.
UnitRow = tuple[UnitVersion, list[tuple[Standing | None, bool]]]


@dataclass(frozen=True)
class Part:
    """One of the numbers of which a figure is made, and the address of the units behind it."""

    words: str
    units: int
    url: str


@dataclass(frozen=True)
class Card:
    figures: Figures
    bar: Bar
    empty: str
    parts: list[Part]
    sentences: list[str]
    pace: Pace | None
    day_notice: str
    url: str


@dataclass(frozen=True)
class Cell:
    """What a row of the table says of one target: a tally, or of a unit that is itself counted its standing."""

    figures: Figures
    tally: Tally
    links: dict[str, str]
    standing: Standing | None = None

    @property
    def is_of_districts(self) -> bool:
        return self.figures.target.indicator.level == Level.DISTRICT

    @property
    def sort_columns(self) -> list[tuple[str, str]]:
        """The columns of the target, and what the address calls them."""
        return [(f"{self.figures.target.indicator.code}.{column}", words) for column, words in COLUMNS.items()]

    @property
    def heat(self) -> int:
        """The class of the share, as on the map."""
        return heat_of(self.tally)

    @property
    def percent(self) -> Decimal | None:
        """The share; that of the whole (`tally` is the figures' own) by the target set for it."""
        return self.figures.percent if self.tally is self.figures.tally else self.tally.percent


@dataclass(frozen=True)
class MapChoice:
    """One of the indicators whose map can be looked at."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Row:
    unit: UnitVersion | None
    cells: list[Cell]


def overview(request: SignedIn) -> HttpResponse:
    """Tổng quan: where the plan's targets stand on a day, by district, each number a link to its units."""
    asking = asked(FiguresForm(request.GET), request.user)
    if asking is None:
        return render(request, "overview.html", {"asked": None})
    figures = progress(asking.scope, asking.day, asking.boundaries)
    shown = [one for one in figures if one.is_asked or one.tally.total]
    found = failures(asking.scope, shown, asking.day)
    failed = failed_in(found)
    ways = paces(asking.scope, figures, asking.periods)
    districts = districts_of(asking)
    context = {
        "asked": asking,
        "form": asking.form,
        "cards": [card(asking, one, failed.get(one.target.indicator_id, {}), ways.get(one.target.pk)) for one in shown],
        "work": work_of(request.user),
        "attention": attention_of(asking, shown, concerns_in(found), ways, districts),
        "fallen": count_fallen(asking.scope, asking.day),
    }
    context["has_attention"] = bool(context["attention"] or context["fallen"])
    if len(districts) > 1:
        context |= districts_table(asking, figures, districts, request.GET.get("sort", ""))
        context |= map_panel(asking, shown, request.GET.get("map"), districts=districts)
    else:
        context |= (table := units_table(asking, figures, request.GET.get("page")))
        if 1 < table["page"].paginator.count <= UNITS_ON_A_PAGE:
            context |= map_panel(asking, table["columns"], request.GET.get("map"), units=table["units"])
    return render(request, "overview.html", context)


def map_panel(
    asking: Asked,
    figures: list[Figures],
    code: str | None,
    *,
    districts: list[UnitVersion] | None = None,
    units: list[UnitRow] | None = None,
) -> dict[str, Any]:
    """Return the map of the chosen indicator (`?map=`, else the first), and the way to those of the others."""
    if not figures:
        return {}
    chosen = next((one for one in figures if one.target.indicator.code == code), figures[0])
    choices = [
        MapChoice(
            str(one.target.indicator.name),
            asking.address("overview", map=one.target.indicator.code),
            one is chosen,
        )
        for one in figures
    ]
    return {"map_choices": choices, "map": map_for(asking, chosen, figures.index(chosen), districts, units)}


def map_for(
    asking: Asked, figures: Figures, column: int, districts: list[UnitVersion] | None, units: list[UnitRow] | None
) -> Map:
    if districts is not None:
        return map_of(
            figures,
            figures.units_as_of,
            districts,
            lambda unit: asking.units_behind(figures.target, district=unit.code),
        )
    standings = [(unit, *cells[column]) for unit, cells in units or []]
    counted = [(unit, standing, is_derived) for unit, standing, is_derived in standings if standing]
    return map_of_units(figures, figures.units_as_of, counted, lambda unit: unit.unit.get_absolute_url())


def districts_of(asking: Asked) -> list[UnitVersion]:
    """Return the districts of the asked day, or in *now* those of today: none once their level has ended."""
    found = (
        asking.scope.heirs_on(asking.today).of_level(Level.DISTRICT)
        if asking.is_now
        else asking.scope.living(Level.DISTRICT, asking.day, asking.day)
    )
    return list(found.select_related("unit").in_official_order())


def attention_of(
    asking: Asked,
    figures: list[Figures],
    found: list[Concern],
    ways: dict[int, Pace],
    districts: list[UnitVersion],
) -> list[Item]:
    """Return what to look at first: one query, for who is late."""
    period = next((one for one in asking.periods if one.ends_on <= asking.day), None)
    late = late_in(asking.scope, figures, period, reverse("period_board", args=[period.key])) if period else None
    by_district = {district.unit_id: district.name for district in districts}
    return Attention(figures, found, ways, by_district, asking.units_behind, late).items()


def card(asking: Asked, figures: Figures, failed: dict[int, int], pace: Pace | None) -> Card:
    rest = (Standing.NOT_MET, Standing.PENDING, Standing.MISSING)
    parts = [
        Part(
            standing.label[0].lower() + standing.label[1:],
            getattr(figures.tally, standing),
            asking.units_behind(figures.target, standing=standing.value),
        )
        for standing in rest
    ]
    return Card(
        figures,
        bar_of(figures),
        nobody_text(asking.scope, figures),
        parts,
        explanation(figures, failed) + (pace.sentences if pace else []) if figures.tally.total else [],
        pace,
        day_notice(asking.scope, figures, asking.day, asking.boundaries),
        asking.units_behind(figures.target),
    )


def districts_table(asking: Asked, figures: list[Figures], districts: list[UnitVersion], sort: str) -> dict[str, Any]:
    """Return the rows in official order, or sorted by a column (`?sort=CODE.not_met`): the worst first."""
    rows, total = [row(asking, figures, district) for district in districts], row(asking, figures, None)
    code, _, column = sort.rpartition(".")
    at = next((at for at, one in enumerate(figures) if one.target.indicator.code == code), None)
    order = SORTS.get(column)
    if at is not None and order is not None:
        rows.sort(key=lambda one: order(one.cells[at].tally))
    return {"rows": rows, "total": total, "sort": sort if at is not None and order else ""}


def row(asking: Asked, figures: list[Figures], district: UnitVersion | None) -> Row:
    """Return the row of a district, or without one the row of the whole."""
    return Row(district, [cell(asking, one, district) for one in figures])


def cell(asking: Asked, figures: Figures, district: UnitVersion | None) -> Cell:
    tally = figures.tally if district is None else figures.rows.get(district.unit_id, Tally())
    place = {} if district is None else {"district": district.code}
    links = {
        standing.value: asking.units_behind(figures.target, standing=standing.value, **place) for standing in Standing
    }
    links["all"] = asking.units_behind(figures.target, **place)
    is_unit = district is not None and figures.target.indicator.level == Level.DISTRICT
    standing = next((one for one in Standing if is_unit and getattr(tally, one)), None)
    return Cell(figures, tally, links, standing)


def units_table(asking: Asked, figures: list[Figures], number: str | None) -> dict[str, Any]:
    """Return the units themselves, where no districts stand between them and the reader."""
    shown = [one for one in figures if one.target.indicator.level == Level.COMMUNE]
    last = min((one.units_as_of for one in shown), default=asking.day)
    counted = {kind for one in shown for kind in one.target.kinds}
    units: UnitVersionQuerySet = (
        asking.scope.heirs_on(last).of_level(Level.COMMUNE)
        if asking.is_now
        else asking.scope.living(Level.COMMUNE, last, asking.day)
    ).of_kinds(sorted(counted))
    targets = [one.target for one in shown]
    results_to = min((one.results_to for one in shown), default=asking.day)
    listed = with_standings(units.with_district_on(last).in_official_order(), targets, results_to)
    page = Paginator(listed.select_related("unit"), UNITS_ON_A_PAGE).get_page(number)
    return {
        "columns": shown,
        "units": unit_rows(page, shown),
        "page": page,
        "units_day": results_to,
        "names_districts": names_districts(page),
    }


def unit_rows(page: Page[UnitVersion], figures: list[Figures]) -> list[UnitRow]:
    return [(unit, [(one.standing_of(unit), one.is_derived(unit)) for one in figures]) for unit in page]
