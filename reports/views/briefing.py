from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from communes.models import Level
from criteria.views import SignedIn
from reports.attention import Concern, concerns, listed
from reports.charts import Bar, bar_of
from reports.explaining import day_notice
from reports.forms import FiguresForm
from reports.pace import Pace, paces
from reports.progress import Figures, progress
from reports.scenarios import FailedItem, expected_words, failed_items, scenarios
from reports.views.asking import Asked, asked
from reports.views.overview import districts_of

ITEMS = 3  # causes of a target that are named


@dataclass(frozen=True)
class Leaf:
    """What the page says of one target: where it stands, why, whom to press, and by when it is expected."""

    figures: Figures
    bar: Bar
    pace: Pace | None
    items: list[FailedItem]
    press: str
    short: str
    scenario: str
    expected: str
    day_notice: str


@require_safe
def briefing(request: SignedIn) -> HttpResponse:
    """Bản trình lãnh đạo: the targets on one A4 page, against last year, with causes, whom to press and dates."""
    asking = asked(FiguresForm(request.GET), request.user)
    if asking is None:
        raise Http404
    figures = [one for one in progress(asking.scope, asking.day, asking.boundaries) if one.is_asked or one.tally.total]
    leaves = leaves_of(asking, [one for one in figures if one.tally.total])
    return render(request, "briefing.html", {"asked": asking, "form": asking.form, "leaves": leaves})


def leaves_of(asking: Asked, figures: list[Figures]) -> list[Leaf]:
    """Return a leaf for each target: a fixed number of queries."""
    found = concerns(asking.scope, figures, asking.day)
    ways = paces(asking.scope, figures, asking.periods)
    items = failed_items(asking.scope, figures, asking.day, found)
    expected = expected_words(asking.scope, figures, asking.day)
    districts = {district.unit_id: district.name for district in districts_of(asking)}
    leaves = []
    for one in figures:
        of = [concern for concern in found if concern.indicator == one.target.indicator_id]
        ranked = items.get(one.target.indicator_id, [])
        leaves.append(
            Leaf(
                one,
                bar_of(one),
                ways.get(one.target.pk),
                ranked[:ITEMS],
                press_words(one, districts),
                short_words(of),
                next(iter(scenarios(one, of, [])[-1:]), ""),
                expected.get(one.target.indicator_id, ""),
                day_notice(asking.scope, one, asking.day, asking.boundaries),
            )
        )
    return leaves


def press_words(figures: Figures, districts: dict[int, str]) -> str:
    """Return the districts that hold the rest, the most first: "Krông Pa 3, Đăk Đoa 1"."""
    held = [(tally.not_yet, unit) for unit, tally in figures.rows.items() if tally.not_yet and unit in districts]
    is_unit = figures.target.indicator.level == Level.DISTRICT
    ranked = sorted(held, key=lambda one: (-one[0], districts[one[1]]))
    return listed([districts[unit] + ("" if is_unit else f" {units}") for units, unit in ranked])


def short_words(of: list[Concern]) -> str:
    """Return the units that lack one item."""
    return listed([one.name for one in of if one.short is not None])
