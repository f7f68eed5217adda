"""The map of the overview: tiles, or outlines once they are loaded; words on each, colour only helps."""

import datetime
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes import shapes
from communes.models import Boundary, User
from criteria.models import State, Verdict
from reports.maps import heat_of, legend
from reports.progress import Tally
from tests.boundaries import checkerboard
from tests.results import set_down, unit_on, units_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

DAY = "2024-12-31"
BASIC, DISTRICT = "xa-ntm-19.2", "huyen-ntm-9.4"


def page(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def panel(text: str) -> str:
    return text.split('id="map"')[1].split("</section>")[0]


def tiles(text: str) -> list[tuple[str, str]]:
    """Return the class and the words of each tile in the order of the page."""
    found = re.findall(r'<a class="tile (heat-\d)" href="[^"]+">(.*?)</a>', panel(text), re.S)
    return [(heat, " ".join(re.sub(r"<[^>]+>", " ", words).split())) for heat, words in found]


def load(level: str, day: str, **of: str) -> None:
    found = shapes.read(checkerboard(level, day, **of), datetime.date.fromisoformat(day))
    shapes.keep(found.shapes, datetime.date.fromisoformat(day), None, "thử")


# --- classes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("met", "total", "heat"),
    [(19, 19, 5), (18, 19, 3), (19, 20, 4), (9, 10, 3), (899, 1000, 2), (85, 100, 2), (849, 1000, 1), (0, 3, 1)],
)
def test_classes_are_closed_ranges_of_whole_numbers(met: int, total: int, heat: int) -> None:
    assert heat_of(Tally(met=met, not_met=total - met)) == heat


def test_where_nothing_is_decided_there_is_no_class() -> None:
    assert heat_of(Tally(pending=3, missing=2)) == heat_of(Tally()) == 0
    assert heat_of(Tally(met=1, missing=9)) == 1


def test_the_legend_says_the_ranges() -> None:
    assert [words for _, words in legend(of_units=False)] == [
        "100%",
        "95% đến dưới 100%",
        "90% đến dưới 95%",
        "85% đến dưới 90%",
        "dưới 85%",
        "chưa có số liệu",
    ]
    assert next(words for _, words in legend(of_units=True)) == "Đạt"


# --- tiles -----------------------------------------------------------------------------------------------


def test_a_tile_for_each_district_with_words_and_a_way_on(chi: User) -> None:
    communes = units_on(DAY, "xa")
    set_down(communes[:100], BASIC, "2024")
    text = page(chi, f"/?as_of={DAY}")
    found = tiles(text)
    assert len(found) == 17
    assert all(re.fullmatch(r".+ (\d+/\d+ xã (\d+,\d\d%|chưa có số liệu)|không có xã)", words) for _, words in found)
    assert {heat for heat, _ in found} >= {"heat-5", "heat-0"}
    assert 'class="tiles tiles-map"' in panel(text)
    assert len(re.findall(r'<li class="row-\d col-\d">', panel(text))) == 17
    assert f"/progress/{BASIC}/?as_of={DAY}&district=632" in panel(text)


def test_another_indicator_is_chosen_by_its_code(chi: User) -> None:
    set_down([unit_on(DAY, "632")], DISTRICT, "2024")
    set_down([unit_on(DAY, "633")], DISTRICT, "2024", Verdict.NOT_MET)
    set_down([unit_on(DAY, "634")], DISTRICT, "2024", state=State.SUBMITTED)
    text = page(chi, f"/?as_of={DAY}&map={DISTRICT}")
    found = tiles(text)
    assert ("heat-5", "Chư Prông Đạt") in found
    assert ("heat-1", "Chư Sê Chưa đạt") in found
    assert next(words for heat, words in found if heat == "heat-3").endswith("Đã gửi, chờ xác nhận")
    assert len(found) == 17
    current = re.findall(r'<a href="([^"]+)#map" aria-current="page">', panel(text))
    assert current == [f"/?as_of={DAY}&map={DISTRICT}"]
    assert len(re.findall(r"<li><a href=\"[^\"]+#map\"", panel(text))) == 4
    assert tiles(page(chi, f"/?as_of={DAY}&map=x")) == tiles(page(chi, f"/?as_of={DAY}"))


def test_the_communes_of_a_district_stand_in_official_order(bao: User) -> None:
    communes = units_on(DAY, "xa")
    set_down(communes, BASIC, "2024")
    text = page(bao, f"/?as_of={DAY}")
    found = tiles(text)
    assert len(found) == 19
    assert found[0][1].endswith(" Đạt")
    assert 'class="tiles"' in panel(text)
    assert "/communes/" in panel(text)


def test_after_the_district_level_the_communes_are_the_map(chi: User) -> None:
    assert len(tiles(page(chi, "/?as_of=2025-12-31"))) == 69


def test_one_commune_needs_no_map(an: User) -> None:
    assert 'id="map"' not in page(an, f"/?as_of={DAY}")


# --- outlines --------------------------------------------------------------------------------------------


def test_outlines_are_drawn_once_every_district_has_one(chi: User) -> None:
    load("district", "2020-02-01", province__key="64-20200201")
    set_down(units_on(DAY, "xa"), BASIC, "2024")
    text = panel(page(chi, f"/?as_of={DAY}"))
    assert text.count("<path d=") == 17
    assert 'class="tiles' not in text
    assert "<title>Huyện Chư Prông: 19/19 xã 100,00%</title>" in text
    assert re.search(r">Chư Prông</tspan><tspan [^>]+>19/19 xã<", text)
    assert not re.search(r"style=|[\d]\.[\d]{3}[^%]", text)
    assert "Vẽ theo ranh giới đã nạp" in text

    Boundary.objects.filter(unit=unit_on(DAY, "632")).delete()
    assert 'class="tiles tiles-map"' in panel(page(chi, f"/?as_of={DAY}"))


def test_outlines_hold_for_their_dates_only(chi: User) -> None:
    load("commune", "2025-07-01", province__key="52-20250701")
    text = panel(page(chi, "/?as_of=2025-12-31"))
    assert text.count("<path d=") == 69
    assert "<text" not in text  # the words of so many would cover one another: they are in the titles and the table
    assert 'class="tiles tiles-map"' in panel(page(chi, f"/?as_of={DAY}"))


def test_the_map_costs_one_query_whatever_it_draws(chi: User) -> None:
    def queries(address: str) -> int:
        client = Client()
        client.force_login(chi)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    tiled = queries(f"/?as_of={DAY}")
    load("district", "2020-02-01", province__key="64-20200201")
    assert queries(f"/?as_of={DAY}") == queries(f"/?as_of={DAY}&map={DISTRICT}") == tiled
