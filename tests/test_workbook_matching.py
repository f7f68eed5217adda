"""A row leads to the unit it clearly names, or to a sentence that says why it does not."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.workbooks.matching import FormerUnit, Match, Seen, UnitIndex, UnitRow, split_kind, vietnamese_date
from criteria.workbooks.text import exact_key, fold, squash
from criteria.workbooks.values import Problem

DATA = Path(__file__).parent / "data"


def read(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / f"{file}.csv").read_text(encoding="utf-8").splitlines()))


VARIANTS = read("name_variants")


def variants(*kinds: str) -> list:
    found = [row for row in VARIANTS if row["kind"] in kinds]
    assert found
    return [pytest.param(row, id=f"{row['code']} {row['variant_or_other_name']}") for row in found]


@cache
def units(file: str) -> tuple[UnitRow, ...]:
    return tuple(UnitRow(r["code"], r["code"], r["name"], r["kind"], r.get("district", "")) for r in read(file))


def of_district(name: str, file: str = "communes_2023_names") -> UnitIndex:
    return UnitIndex(unit for unit in units(file) if unit.district == name)


PROVINCE = UnitIndex(units("communes_2023_names"), place="tỉnh")
DISTRICTS = UnitIndex(units("district_names"), place="tỉnh")
CHU_PRONG = [unit for unit in units("communes_2024_11_names") if unit.district == "Chư Prông"]
INDEX = UnitIndex(
    [unit for unit in CHU_PRONG if unit.kind == "xã"],
    unjudged=[unit for unit in CHU_PRONG if unit.kind != "xã"],
    former=[
        FormerUnit("23593", "Tân Sơn", "xã", date(2024, 11, 1), "xã Biển Hồ (mã 23590)"),
        FormerUnit("23890", "Ia Kly Cũ", "xã", date(2024, 11, 1), "xã Ia Kly (mã 23890)"),
    ],
    foreign=[unit for unit in units("communes_2024_11_names") if unit.district != "Chư Prông"],
    indicator="19.2",
)


def code_of(answer: Match | Problem) -> str | None:
    return answer.unit.code if isinstance(answer, Match) else None


def message(answer: Match | Problem) -> str:
    assert isinstance(answer, Problem), answer
    return answer.message


# --- every row of the list of spellings in use ---


@pytest.mark.parametrize("row", variants("spelling"))
def test_a_spelling_in_use_leads_to_its_unit(row: dict[str, str]) -> None:
    index = DISTRICTS if row["level"] == "district" else of_district(row["district"])
    everywhere = DISTRICTS if row["level"] == "district" else PROVINCE
    name = row["variant_or_other_name"]
    assert code_of(index.match(None, f"{row['type']} {name}")) == row["code"]
    assert code_of(index.match(row["code"], name)) == row["code"]
    assert code_of(everywhere.match(row["code"], name)) == row["code"]
    assert code_of(everywhere.match(None, name)) in (row["code"], None)


@pytest.mark.parametrize("row", variants("alias"))
def test_an_alias_leads_to_its_unit_only_where_it_is_kept(row: dict[str, str]) -> None:
    alias = row["variant_or_other_name"]
    assert code_of(of_district(row["district"]).match(None, alias)) is None
    with_alias = [
        UnitRow(u.key, u.code, u.name, u.kind, u.district, (alias,)) if u.code == row["code"] else u
        for u in units("communes_2023_names")
    ]
    assert UnitIndex(with_alias).match(None, alias) == Match(
        next(u for u in with_alias if u.code == row["code"]), "alias"
    )
    assert code_of(UnitIndex(with_alias).match(None, alias.upper())) == row["code"]


@pytest.mark.parametrize("row", variants("duplicate_exact", "duplicate_other_type"))
def test_a_name_that_two_districts_have_needs_the_district(row: dict[str, str]) -> None:
    name = row["canonical"]
    asked = message(PROVINCE.match(None, name))
    assert row["code"] in asked
    assert row["other_code"] in asked
    assert code_of(PROVINCE.match(None, name, district=row["district"])) == row["code"]
    assert code_of(PROVINCE.match(None, name, district=row["other_district"].upper())) == row["other_code"]


@pytest.mark.parametrize("row", variants("duplicate_folded"))
def test_names_that_differ_in_accents_or_case_are_not_merged(row: dict[str, str]) -> None:
    mine, other = row["canonical"], row["variant_or_other_name"]
    assert code_of(PROVINCE.match(None, mine, district=row["district"])) == row["code"]
    assert code_of(PROVINCE.match(None, other, district=row["other_district"])) == row["other_code"]
    assert code_of(PROVINCE.match(row["code"], mine)) == row["code"]
    assert code_of(PROVINCE.match(None, fold(mine))) in (None, row["other_code"])
    if exact_key(mine) != exact_key(other):
        assert code_of(PROVINCE.match(row["code"], other)) is None


@pytest.mark.parametrize("row", variants("same_as_district"))
def test_a_town_is_never_taken_for_its_district(row: dict[str, str]) -> None:
    index, name = of_district(row["district"]), row["canonical"]
    assert "hay cả đơn vị cấp huyện" in message(index.match(None, row["variant_or_other_name"]))
    assert code_of(index.match(None, f"Thị trấn {name}")) == row["code"]
    assert code_of(index.match(None, f"TT. {name}")) == row["code"]
    assert code_of(index.match(row["code"], name)) == row["code"]
    assert row["code"] in message(index.match(None, f"Huyện {name}"))
    assert code_of(DISTRICTS.match(None, row["variant_or_other_name"])) == row["other_code"]
    assert code_of(DISTRICTS.match(None, f"Thị trấn {name}")) is None


@pytest.mark.parametrize("row", variants("near_name", "confusable"))
def test_a_near_name_is_another_unit(row: dict[str, str]) -> None:
    other = row["variant_or_other_name"]
    assert code_of(PROVINCE.match(None, other, district=row["other_district"])) == row["other_code"]
    assert row["other_code"] in message(PROVINCE.match(row["code"], other))


@pytest.mark.parametrize("row", variants("code_reused_2025"))
def test_a_code_used_again_with_the_later_name_is_refused(row: dict[str, str]) -> None:
    assert code_of(PROVINCE.match(row["code"], None)) == row["code"]
    assert row["code"] in message(PROVINCE.match(row["code"], row["variant_or_other_name"]))


@pytest.mark.parametrize("row", variants("false_friend_2025"))
def test_a_later_unit_of_the_same_name_is_not_the_old_unit(row: dict[str, str]) -> None:
    later = UnitIndex(units("communes_2025_07_names"), place="tỉnh")
    assert code_of(later.match(None, row["variant_or_other_name"])) == row["other_code"]
    assert code_of(later.match(row["code"], row["variant_or_other_name"])) is None


def test_every_row_of_the_list_is_used() -> None:
    used = {
        "spelling", "alias", "duplicate_exact", "duplicate_other_type", "duplicate_folded", "same_as_district",
        "near_name", "confusable", "code_reused_2025", "false_friend_2025",
    }  # fmt: skip
    assert {row["kind"] for row in VARIANTS} == used


@pytest.mark.parametrize("file", ["communes_2023_names", "communes_2024_11_names", "communes_2025_07_names"])
def test_every_unit_is_found_by_its_own_code_and_name(file: str) -> None:
    index = UnitIndex(units(file))
    for unit in units(file):
        assert index.match(unit.code, unit.name) == Match(unit, "code")
        assert index.match(unit.code, f"{unit.kind.capitalize()} {unit.name}") == Match(unit, "code")
        assert index.match(unit.code, f"{unit.kind} {unit.name}".upper(), district=unit.district) == Match(unit, "code")
        found = index.match(None, f"{unit.kind} {unit.name}", district=unit.district)
        assert found == Match(unit, "name")


# --- Chư Prông ---


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("23905", "Ia Băng", "23905"),
        ("23924", "Ia Bang", "23924"),
        (None, "Ia Băng", "23905"),
        (None, "Ia Bang", "23924"),
        (None, "XÃ IA BĂNG", "23905"),
        (None, "x. ia băng", "23905"),
        (None, "Ia Ba\u0306ng", "23905"),
        (None, "Ia\u00a0 Băng ", "23905"),
        ("23905", None, "23905"),
        ("23905", "  ", "23905"),
        (None, "Bau Can", "23899"),
    ],
)
def test_units_of_the_scope(code: str | None, name: str | None, expected: str) -> None:
    assert code_of(INDEX.match(code, name)) == expected


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("23999", "Ia Bang", "Mã 23999 không có trong huyện; tên ở cột B là Ia Bang, mã 23924"),
        ("23905", "Ia Bang", "Mã 23905 là xã Ia Băng; tên ở cột B là Ia Bang, mã 23924"),
        ("23905", "ia bang", "Mã 23905 là xã Ia Băng; tên ở cột B là Ia Bang, mã 23924"),
        ("23905", "Ia Xyz", 'Mã 23905 là xã Ia Băng; tên ở cột B ghi "Ia Xyz". Kiểm tra lại mã và tên'),
        (
            "99999",
            "Ia Xyz",
            'Mã 99999 không có trong huyện; tên ở cột B ghi "Ia Xyz" cũng không có. Kiểm tra lại mã và tên',
        ),
        (
            "99999",
            "Ia Bâng",
            "Mã 99999 không có trong huyện; tên ở cột B là Ia Băng, mã 23905 hoặc Ia Bang, mã 23924",
        ),
        ("99999", None, "Mã 99999 không có trong huyện, kiểm tra lại mã"),
        (None, "Ia Bâng", '"Ia Bâng" có thể là xã Ia Băng (mã 23905), xã Ia Bang (mã 23924). Ghi mã đơn vị'),
        (None, "Ia Xyz", '"Ia Xyz" không có trong huyện. Kiểm tra lại tên hoặc ghi mã đơn vị'),
        (None, None, "Dòng không ghi mã và tên đơn vị"),
        (
            None,
            "Thị trấn Ia Băng",
            '"Thị trấn Ia Băng" không khớp với xã Ia Băng (mã 23905). '
            "Kiểm tra lại tên, loại đơn vị và huyện, hoặc ghi mã",
        ),
        (
            None,
            "Thị trấn Chư Prông",
            "Thị trấn Chư Prông không thuộc đối tượng đánh giá của chỉ tiêu 19.2, xóa dòng này",
        ),
        ("23887", None, "Thị trấn Chư Prông không thuộc đối tượng đánh giá của chỉ tiêu 19.2, xóa dòng này"),
        (None, "Chư Prông", "Thị trấn Chư Prông không thuộc đối tượng đánh giá của chỉ tiêu 19.2, xóa dòng này"),
        ("23812", "Lơ Pang", "Mã 23812"),
        (
            "23593",
            "Tân Sơn",
            "Xã Tân Sơn (mã 23593) không còn từ ngày 01/11/2024, đơn vị kế tiếp: xã Biển Hồ (mã 23590). "
            "Xóa dòng này, nhập ở dòng của đơn vị kế tiếp",
        ),
        ("23593", None, "Xã Tân Sơn (mã 23593) không còn"),
        (None, "tân sơn", "Xã Tân Sơn (mã 23593) không còn"),
        ("23890", "Ia Kly Cũ", "Xã Ia Kly Cũ (mã 23890) không còn"),
    ],
)
def test_a_row_that_names_no_unit_says_why(code: str | None, name: str | None, expected: str) -> None:
    assert message(INDEX.match(code, name, name_column="B")).startswith(expected)


@pytest.mark.parametrize(("code", "name"), [("23797", "Ayun"), ("23797", None), (None, "Ayun"), (None, "Xã Lơ Pang")])
def test_a_unit_of_another_district_is_outside_and_nothing_more_is_said(code: str | None, name: str | None) -> None:
    said = message(INDEX.match(code, name, name_column="B"))
    assert "không thuộc phạm vi của biểu này, xóa dòng này" in said
    assert "Mang Yang" not in said
    assert "mã" not in said


def test_a_foreign_code_beside_a_name_of_the_scope_names_the_unit_of_the_scope() -> None:
    """Ia Băng of Đăk Đoa (23719) in a file of Chư Prông: the name is ours, the code is not."""
    said = message(INDEX.match("23719", "Ia Băng", name_column="C"))
    assert said == "Mã 23719 không có trong huyện; tên ở cột C là Ia Băng, mã 23905"


def test_a_code_that_was_given_again_is_told_from_its_former_unit() -> None:
    """23674 was Đăk HLơ and is Kông Bơ La since 01/11/2024."""
    index = UnitIndex(
        [UnitRow(1, "23674", "Kông Bơ La", "xã", "KBang"), UnitRow(2, "23662", "Nghĩa An", "xã", "KBang")],
        former=[
            FormerUnit("23674", "Đăk HLơ", "xã", date(2024, 11, 1), "xã Kông Bơ La (mã 23674)"),
            FormerUnit("23671", "Kông Pla", "xã", date(2024, 11, 1), "xã Kông Bơ La (mã 23674)", ("Kông Bơ La",)),
        ],
    )
    assert code_of(index.match("23674", "Kông Bơ La")) == "23674"
    assert code_of(index.match(None, "Kông Bơ La")) == "23674"
    assert message(index.match("23674", "Đăk HLơ")).startswith("Xã Đăk HLơ (mã 23674) không còn từ ngày 01/11/2024")
    assert message(index.match("23671", "Kông Pla")).startswith("Xã Kông Pla (mã 23671) không còn")
    assert code_of(index.match("23671", "Kông Bơ La")) is None


def test_the_district_of_a_row_must_agree() -> None:
    assert code_of(PROVINCE.match("23905", "Ia Băng", district="H. Chư Prông")) == "23905"
    assert "không khớp với huyện" in message(PROVINCE.match("23905", "Ia Băng", district="Đăk Đoa"))
    assert "không khớp với huyện" in message(PROVINCE.match("23905", None, district="Đăk Đoa"))
    assert "Ia Băng (Chư Prông)" in message(PROVINCE.match(None, "Ia Băng"))


def test_a_unit_met_twice_is_an_error_that_thinks_of_its_twin() -> None:
    ia_bang, bau_can = INDEX.match("23924", None), INDEX.match("23899", None)
    assert isinstance(ia_bang, Match)
    assert isinstance(bau_can, Match)
    seen = Seen(INDEX)
    assert seen.add(ia_bang.unit, 9) is None
    assert seen.add(bau_can.unit, 10) is None
    assert seen.add(ia_bang.unit, 14) == Problem("Xã Ia Bang đã có ở dòng 9, kiểm tra có phải Ia Băng (23905) không")
    assert seen.add(bau_can.unit, 15) == Problem("Xã Bàu Cạn đã có ở dòng 10, xóa một trong hai dòng")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Xã Ia Băng", ("xã", "Ia Băng")),
        ("TT. Chư Prông", ("thị trấn", "Chư Prông")),
        ("TT Chư Prông", ("thị trấn", "Chư Prông")),
        ("Thị xã An Khê", ("thị xã", "An Khê")),
        ("TP.Pleiku", ("thành phố", "Pleiku")),
        ("P. Yên Đỗ", ("phường", "Yên Đỗ")),
        ("H Bông", ("", "H Bông")),
        ("Phú An", ("", "Phú An")),
        ("Xã", ("", "Xã")),
    ],
)
def test_the_kind_before_a_name_is_read(name: str, expected: tuple[str, str]) -> None:
    assert split_kind(name) == expected


def test_days_are_written_as_offices_write_them() -> None:
    days = [date(2024, 11, 1), date(2025, 6, 30), date(2020, 2, 1), date(2025, 10, 5)]
    assert [vietnamese_date(day) for day in days] == ["01/11/2024", "30/6/2025", "01/02/2020", "05/10/2025"]


# --- whatever is typed ---

NAMES = st.one_of(
    st.text(max_size=30),
    st.sampled_from([unit.name for unit in units("communes_2023_names")]).flatmap(
        lambda name: st.builds(
            lambda at, letter: name[:at] + letter + name[at:], st.integers(0, 9), st.text(max_size=2)
        )
    ),
)


@settings(deadline=None)
@given(st.one_of(st.none(), st.text("0123456789", min_size=1, max_size=6)), st.one_of(st.none(), NAMES), NAMES)
def test_never_an_exception_and_never_a_guess(code: str | None, name: str | None, district: str) -> None:
    for index in (INDEX, PROVINCE, DISTRICTS):
        answer = index.match(code, name, district=district, name_column="B")
        if isinstance(answer, Problem):
            assert answer.message
            continue
        typed = {squash(name or ""), squash(split_kind(name or "")[1])}
        assert answer.unit.code == (code or answer.unit.code)
        assert squash(answer.unit.name) in typed or not squash(name or "")


@settings(deadline=None)
@given(st.sampled_from(units("communes_2023_names")), st.sampled_from(units("communes_2023_names")))
def test_code_and_name_of_two_units_never_match(one: UnitRow, other: UnitRow) -> None:
    if exact_key(one.name) != exact_key(other.name):
        assert isinstance(PROVINCE.match(one.code, other.name), Problem)
