"""Search without accents and Vietnamese order, the same on both databases."""

import csv
import unicodedata
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communes.models import Alias, UnitVersion
from communes.names import search_key, sort_key
from communes.search import search


def read(table: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def found(text: str, day: str | None = None) -> list[str]:
    versions = UnitVersion.objects.as_of(day) if day else UnitVersion.objects.last_of_each_unit()
    with CaptureQueriesContext(connection) as queries:
        rows = [f"{version.title} {version.code}" for version in search(versions, text)]
    assert len(queries) <= 1
    return rows


CHU_PRONG = ["Thị trấn Chư Prông 23887", "Huyện Chư Prông 632"]


@pytest.mark.parametrize(
    "text", ["chu prong", "Chư Prông", unicodedata.normalize("NFD", "CHƯ PRÔNG"), " chư  prông ", "chu pr"]
)
def test_accents_case_and_form_do_not_matter(text: str) -> None:
    assert found(text, "2024-12-31") == CHU_PRONG


@pytest.mark.parametrize("text", ["k'bang", "Kbang", "KBang", "K’Bang", "thị trấn kbang"])
def test_apostrophes(text: str) -> None:
    assert "Thị trấn KBang 23638" in found(text, "2024-12-31")


@pytest.mark.parametrize("text", ["Đăk Đoa", "Đak Đoa", "Đắk Đoa", "dak doa"])
def test_spellings_of_dak(text: str) -> None:
    assert found(text, "2024-12-31") == ["Thị trấn Đăk Đoa 23677", "Huyện Đăk Đoa 626"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("adok", "Xã A Dơk 23710"),  # without the space
        ("Đak Rong", "Xã Đăk Roong 23644"),  # another spelling
        ("xã Đak Rong", "Xã Đăk Roong 23644"),  # with the kind
        ("ia mrơn", "Xã Ia Ma Rơn 24031"),
        ("23644", "Xã Đăk Roong 23644"),
        ("Kông Bơ La", "Xã Kông Bơ La 23674"),
    ],
)
def test_other_names_and_codes(text: str, unit: str) -> None:
    assert unit in found(text, "2024-12-31")


def test_one_or_two_letters_begin_a_word() -> None:
    assert "Xã Ia Băng 23905" in found("ia", "2024-12-31")
    assert "Xã Bình Giáo 23890" not in found("ia", "2024-12-31")
    assert "Xã Bình Giáo 23890" in found("iao", "2024-12-31")


def test_a_kind_narrows() -> None:
    assert found("huyện Chư Prông", "2024-12-31") == ["Huyện Chư Prông 632"]
    assert found("thị trấn chu prong", "2024-12-31") == ["Thị trấn Chư Prông 23887"]
    assert found("phường chu prong", "2024-12-31") == []


def test_former_names_and_codes() -> None:
    assert "Xã Tân Sơn 23593" in found("tân sơn")
    assert [row for row in found("23674") if "HLơ" in row] == ["Xã Đăk HLơ 23674"]
    version = search(UnitVersion.objects.as_of("2025-07-01"), "Đăk Roong")
    assert not version  # a new unit does not inherit the names of what it came from
    named = {v.name: v.matched_name for v in search(UnitVersion.objects.as_of("2024-12-31"), "dak rong")}
    assert named["Đăk Roong"] == "Đak Rong"


VARIANTS = [row for row in read("name_variants") if row["kind"] in ("spelling", "alias")]


@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: row["variant_or_other_name"])
def test_every_spelling_in_use_finds_its_unit(row: dict[str, str]) -> None:
    """Also decomposed, in capitals and without accents."""
    variant = row["variant_or_other_name"]
    for text in (variant, unicodedata.normalize("NFD", variant.upper()), search_key(variant)):
        rows = search(UnitVersion.objects.last_of_each_unit(), text)
        assert row["code"] in {version.code for version in rows}, text


@pytest.mark.parametrize("text", ["", "  ", "'", "%", "_", "không có tên này"])
def test_nothing_is_found(text: str) -> None:
    assert found(text) == []


# --- Vietnamese order ------------------------------------------------------------------------------------


def test_letters_first_tones_last() -> None:
    words = ["Ia", "Đăk", "Dak", "Đak", "Đắk", "Ơ", "O", "Ô", "Dăk", "Âu", "Ấu", "Ăn", "An", "Án", "Ân"]
    assert sorted(words, key=sort_key) == (
        ["An", "Án", "Ăn", "Ân", "Âu", "Ấu", "Dak", "Dăk", "Đak", "Đăk", "Đắk", "Ia", "O", "Ô", "Ơ"]
    )


def test_the_keys_hold_nothing_but_ascii_and_fit() -> None:
    for name in UnitVersion.objects.values_list("name", flat=True):
        assert sort_key(name).isascii()
        assert search_key(name).isascii()
    longest = "x" * UnitVersion._meta.get_field("name").max_length
    assert len(sort_key(longest)) <= UnitVersion._meta.get_field("name_sort").max_length


def test_order_is_that_of_the_alphabet() -> None:
    names = list(UnitVersion.objects.order_by("name_sort").values_list("name", flat=True))
    assert names == sorted(names, key=sort_key)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the collation vi-x-icu is PostgreSQL's")
def test_order_is_that_of_icu_for_every_name_we_ship() -> None:
    names = {*UnitVersion.objects.values_list("name", flat=True), *Alias.objects.values_list("name", flat=True)}
    with connection.cursor() as cursor:
        cursor.execute('SELECT n FROM unnest(%s::text[]) AS n ORDER BY n COLLATE "vi-x-icu"', [sorted(names)])
        by_icu = [name for (name,) in cursor.fetchall()]
    # Names that ICU tells apart only by case or spaces share our key; they may stand in either order.
    assert [sort_key(name) for name in by_icu] == sorted(sort_key(name) for name in names)
