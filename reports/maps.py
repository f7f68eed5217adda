"""The map of a figure: the outlines of the units where they are known for the day, else a sketch of tiles.

Each unit carries its name and its count in words, so that the map reads without colour; the table beside has the same.
"""

import datetime
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from communes.models import Boundary, Level, UnitVersion
from communes.shapes import Drawing, shapes_on
from communes.templatetags.vietnamese import percent
from reports.progress import Figures, Standing, Tally

RANGES: list[tuple[int, int]] = [
    (one["heat"], one["from"])
    for one in tomllib.loads((Path(__file__).parent / "data" / "heat.toml").read_text("utf-8"))["range"]
]
STANDING_HEATS: dict[str, int] = {Standing.MET: 5, Standing.PENDING: 3, Standing.NOT_MET: 1, Standing.MISSING: 0}
NO_FIGURES = "chưa có số liệu"
LABELLED = 30  # on a drawing of more units than that the words would cover one another
LINES_DOWN, LETTERS_ACROSS = 48, 58  # how many heights of a letter go into the height and the width of a drawing


@dataclass(frozen=True)
class Place:
    """A unit on the map: its name, its figure in words, its class of colour and where a click leads."""

    unit: UnitVersion
    count: str
    note: str
    heat: int
    url: str
    boundary: Boundary | None = None

    @property
    def tile_class(self) -> str:
        """The place on the sketch, where the unit has one."""
        row, column = self.unit.unit.tile_row, self.unit.unit.tile_col
        return "" if row is None or column is None else f"row-{row} col-{column}"

    @property
    def words(self) -> str:
        return " ".join(part for part in (f"{self.unit.title}:", self.count, self.note) if part)


@dataclass(frozen=True)
class Map:
    title: str
    places: list[Place]
    legend: list[tuple[int, str]]
    drawing: Drawing | None

    @property
    def is_placed(self) -> bool:
        """Whether every unit has a place of its own on the sketch of tiles."""
        taken = {place.tile_class for place in self.places}
        return "" not in taken and len(taken) == len(self.places)

    @property
    def is_labelled(self) -> bool:
        return len(self.places) <= LABELLED

    @property
    def letter_height(self) -> int:
        if self.drawing is None:
            return 0
        width, height = (int(side) for side in self.drawing.view_box.split()[2:])
        return max(width // LETTERS_ACROSS, height // LINES_DOWN, 1)


def map_of(
    figures: Figures, day: datetime.date, units: Iterable[UnitVersion], url: Callable[[UnitVersion], str]
) -> Map:
    """Return the map of one target by district, or of how the districts stand where it counts them. One query."""
    listed = list(units)
    if figures.target.indicator.level == Level.DISTRICT:
        standings = [(unit, standing_of(figures, unit)) for unit in listed]
        return map_of_units(figures, day, [(unit, one, False) for unit, one in standings if one], url)
    drawing = shapes_on(day, (unit.unit_id for unit in listed))
    places = [_place(figures, unit, url(unit), drawing) for unit in listed]
    return Map(str(figures.target.indicator.name), places, legend(of_units=False), drawing)


def map_of_units(
    figures: Figures,
    day: datetime.date,
    units: Iterable[tuple[UnitVersion, Standing, bool]],
    url: Callable[[UnitVersion], str],
) -> Map:
    """Return the map of one target by the units that it counts, each with how it stands and whether that is derived.

    One query.
    """
    listed = list(units)
    drawing = shapes_on(day, (unit.unit_id for unit, _, _ in listed))
    places = [
        Place(
            unit,
            str(standing.label),
            _derived_note(standing) if is_derived else "",
            STANDING_HEATS[standing],
            url(unit),
            _outline(unit, drawing),
        )
        for unit, standing, is_derived in listed
    ]
    return Map(str(figures.target.indicator.name), places, legend(of_units=True), drawing)


def _derived_note(standing: Standing) -> str:
    """Return the mark of a result that is restated from former units (`_derived_mark.html` says the same)."""
    return "chờ xác nhận" if standing == Standing.MET else "theo kết quả trước sắp xếp"


def standing_of(figures: Figures, unit: UnitVersion) -> Standing | None:
    """Return how a unit stands that is itself counted; None where the target does not count its kind."""
    tally = figures.rows.get(unit.unit_id, Tally())
    return next((one for one in Standing if getattr(tally, one)), None)


def _place(figures: Figures, unit: UnitVersion, url: str, drawing: Drawing | None) -> Place:
    tally = figures.rows.get(unit.unit_id, Tally())
    noun, heat = figures.target.noun, heat_of(tally)
    count = f"{tally.met}/{tally.total} {noun}" if tally.total else f"không có {noun}"
    note = percent(tally.percent) if heat else NO_FIGURES if tally.total else ""
    return Place(unit, count, note, heat, url, _outline(unit, drawing))


def _outline(unit: UnitVersion, drawing: Drawing | None) -> Boundary | None:
    return drawing.boundaries[unit.unit_id] if drawing else None


def heat_of(tally: Tally) -> int:
    """Return the class of the share, compared in whole numbers; 0 where nothing is decided yet."""
    if not tally.met + tally.not_met:
        return 0
    return next(heat for heat, least in RANGES if tally.met * 100 >= least * tally.total)


def legend(*, of_units: bool) -> list[tuple[int, str]]:
    """Return the classes in words: closed ranges, "95% đến dưới 100%"."""
    if of_units:
        return [(heat, str(Standing(standing).label)) for standing, heat in STANDING_HEATS.items()]
    words, above = [], None
    for heat, least in RANGES:
        if above is None:
            words.append((heat, f"{least}%"))
        else:
            words.append((heat, f"{least}% đến dưới {above}%" if least else f"dưới {above}%"))
        above = least
    return [*words, (0, NO_FIGURES)]
