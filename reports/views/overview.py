from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render

from communes.models import Level, UnitVersion, UnitVersionQuerySet
from criteria.views import SignedIn
from reports.charts import Bar, bar_of
from reports.explaining import day_notice, explanation, failed_conditions, nobody_text
from reports.forms import FiguresForm
from reports.maps import Map, map_of, map_of_units
from reports.progress import Figures, Standing, Tally, progress, with_standings
from reports.recognised import count_fallen
from reports.views.asking import Asked, asked, names_districts
from reports.work import work_of

UNITS_ON_A_PAGE = 150

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
    failed = failed_conditions(asking.scope, figures, asking.day)
    districts = districts_of(asking)
    context = {
        "asked": asking,
        "form": asking.form,
        "cards": [card(asking, one, failed.get(one.target.indicator_id, {})) for one in shown],
        "work": work_of(request.user),
        "fallen": count_fallen(asking.scope, asking.day),
    }
    if len(districts) > 1:
        context |= {"rows": [row(asking, figures, district) for district in districts]}
        context |= {"total": row(asking, figures, None)}
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


def card(asking: Asked, figures: Figures, failed: dict[int, int]) -> Card:
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
        explanation(figures, failed) if figures.tally.total else [],
        day_notice(asking.scope, figures, asking.day, asking.boundaries),
        asking.units_behind(figures.target),
    )


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
