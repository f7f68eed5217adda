"""The files of units and the command that loads them."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communes.models import Descent, Succession, Unit, UnitVersion
from communes.unit_list import FOLDER
from reports.models import Plan

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: object) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def plan(reference: None) -> Plan:
    return Plan.objects.current()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "data"))


def edit(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence; return its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def errors_of(folder: Path) -> list[str]:
    with pytest.raises(CommandError) as caught:
        run("load_units", "--folder", folder)
    return str(caught.value).splitlines()[1:]


# --- what is loaded --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "communes", "xa", "districts"),
    [
        ("2024-10-31", 220, 182, 17),
        ("2024-11-01", 218, 180, 17),
        ("2025-06-30", 218, 180, 17),
        ("2025-07-01", 77, 69, 0),
    ],
)
def test_the_territory_of_the_plan(plan: Plan, day: str, communes: int, xa: int, districts: int) -> None:
    found = json.loads(run("units", "--as-of", day, "--json"))
    assert found["levels"] == {"province": 1, "district": districts, "commune": communes}
    assert found["kinds"]["commune"]["xa"] == xa
    assert (found["as_of"], found["province"], found["territory_of"]) == (day, None, "64")


@pytest.mark.parametrize(
    ("day", "code", "communes", "xa", "districts"),
    [
        ("2024-12-31", "52", 0, 0, 0),
        ("2025-03-01", "52", 155, 115, 11),
        ("2025-06-30", "64", 218, 180, 17),
        ("2025-07-01", "52", 135, 110, 0),
    ],
)
def test_a_province(reference: None, day: str, code: str, communes: int, xa: int, districts: int) -> None:
    found = json.loads(run("units", "--as-of", day, "--province", code, "--json"))
    assert found["levels"] == {"province": 1, "district": districts, "commune": communes}
    assert found["kinds"]["commune"].get("xa", 0) == xa
    assert (found["province"], found["territory_of"]) == (code, None)


def test_the_counts_in_words(plan: Plan) -> None:
    assert run("units", "--as-of", "31/10/2024").splitlines() == [
        "Đơn vị hành chính tại ngày 31/10/2024, địa bàn của Kế hoạch số 179/KH-UBND ngày 19/01/2023",
        "Cấp tỉnh: 1 (tỉnh 1)",
        "Cấp huyện: 17 (thành phố 1, thị xã 2, huyện 14)",
        "Cấp xã: 220 (phường 24, thị trấn 14, xã 182)",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as-of", "30/02/2024"), "“30/02/2024” không phải là ngày"),
        (("--as-of", "2025-07-01", "--province", "64"), "đang có hiệu lực: 52 (Gia Lai)"),
        (("--as-of", "2024-10-31", "--province", "99"), "đang có hiệu lực: 52 (Bình Định), 64 (Gia Lai)"),
        (("--as-of", "2019-01-01", "--province", "64"), "Danh mục đơn vị hành chính có từ ngày 01/02/2020; chọn ngày"),
    ],
)
def test_what_cannot_be_counted(reference: None, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=r".*") as caught:
        run("units", *arguments)
    assert message in str(caught.value)


def test_without_a_plan_there_is_no_territory(without_reference: None) -> None:
    run("load_units")
    with pytest.raises(CommandError, match="Chưa có kế hoạch"):
        run("units", "--as-of", "2024-10-31")


def test_one_code_two_units(reference: None) -> None:
    before = UnitVersion.objects.as_of("2024-10-31").get(code="23674")
    after = UnitVersion.objects.as_of("2024-11-01").get(code="23674")
    assert (before.name, after.name) == ("Đăk HLơ", "Kông Bơ La")
    assert before.unit_id != after.unit_id


def test_what_goes_on_and_what_is_new(reference: None) -> None:
    """Giữ nguyên and taking in another: the same unit; any other successor: a new one, even of the same name."""
    goes_on = Unit.objects.filter(versions__starts_on="2025-07-01", versions__ends_on=None, key__endswith="01")
    kept = goes_on.exclude(key__endswith="-20250701")
    assert sorted(unit.key for unit in kept) == [
        "21607-20250301",
        *(f"{code}-20200201" for code in (23650, 23782, 23788, 23872, 23881, 23884, 23917, 23938)),
    ]
    names = UnitVersion.objects.filter(unit__key="23650-20200201").order_by("starts_on").values_list("name", flat=True)
    assert list(names) == ["KRong", "Krong"]
    for code in ("23590", "23662"):  # Biển Hồ, Nghĩa An took in another on 01/11/2024: one unit, cut on that day
        versions = UnitVersion.objects.filter(unit__key=f"{code}-20200201").order_by("starts_on")
        days = [(f"{version.starts_on}", f"{version.ends_on}") for version in versions]
        assert days == [("2020-02-01", "2024-10-31"), ("2024-11-01", "2025-06-30")]
    assert UnitVersion.objects.filter(name="Biển Hồ").values("unit").distinct().count() == 2
    assert UnitVersion.objects.filter(name="Kông Bơ La").values("unit").distinct().count() == 2


def test_where_units_came_from(reference: None) -> None:
    def descent(ancestor: str, descendant: str) -> list[bool]:
        found = Descent.objects.filter(ancestor__key=ancestor, descendant__key=descendant)
        return list(found.values_list("is_whole", flat=True))

    assert descent("64-20200201", "52-20250701") == [True]
    assert descent("23593-20200201", "23590-20200201") == [True]  # Tân Sơn into Biển Hồ
    new_bien_ho = Succession.objects.get(predecessor__key="23590-20200201").successor.key
    assert descent("23593-20200201", new_bien_ho) == [True]  # and on, over two steps
    assert descent("23674-20200201", "23674-20241101") == [False]  # Đăk HLơ went in two parts
    assert descent("23671-20200201", "23671-20200201") == [True]
    assert not descent("23674-20241101", "23674-20200201")
    origins = Descent.objects.filter(descendant__versions__starts_on="2025-07-01", is_whole=False)
    assert origins.filter(ancestor__key__startswith="21").count() > 0  # the split communes of Bình Định


def test_province_is_derived_from_the_parent(reference: None) -> None:
    version = UnitVersion.objects.select_related("province", "parent").get(unit__key="23905-20200201")
    assert (version.parent.key, version.province.key) == ("632-20200201", "64-20200201")
    province = UnitVersion.objects.get(unit__key="64-20200201")
    assert province.province_id == province.unit_id


# --- running it again ------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(reference: None) -> None:
    before = list(UnitVersion.objects.values_list()), list(Descent.objects.order_by("pk").values_list())
    with CaptureQueriesContext(connection) as queries:
        out = run("load_units")
    assert out.splitlines() == [
        "Đơn vị: thêm 0, sửa 0, giữ nguyên 533",
        "Giai đoạn của đơn vị: thêm 0, sửa 0, giữ nguyên 544",
        "Kế thừa: thêm 0, sửa 0, giữ nguyên 373",
        "Tên gọi khác: thêm 0, sửa 0, giữ nguyên 23",
        "Đặc điểm của đơn vị: thêm 0, sửa 0, giữ nguyên 7",
    ]
    assert before == (list(UnitVersion.objects.values_list()), list(Descent.objects.order_by("pk").values_list()))
    assert not [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_corrected_name_changes_one_version_and_keeps_its_row(reference: None, folder: Path) -> None:
    pk = UnitVersion.objects.get(unit__key="23905-20200201").pk
    edit(folder, "units.csv", ",23905,Ia Băng,", ",23905,Ia Băng Mới,")
    out = run("load_units", "--folder", folder)
    assert "Giai đoạn của đơn vị: thêm 0, sửa 1, giữ nguyên 543" in out
    version = UnitVersion.objects.get(pk=pk)
    assert (version.name, version.name_search) == ("Ia Băng Mới", "ia bang moi")


def test_codes_that_were_exchanged_are_put_right(reference: None, folder: Path) -> None:
    edit(folder, "units.csv", "commune,23560,", "commune,x,")
    edit(folder, "units.csv", "commune,23557,", "commune,23560,")
    edit(folder, "units.csv", "commune,x,", "commune,23557,")
    assert "sửa 2" in run("load_units", "--folder", folder)
    assert UnitVersion.objects.get(unit__key="23557-20200201").code == "23560"


def test_an_end_entered_since_is_not_opened_again(reference: None) -> None:
    """The files know nothing of what an administrator enters later."""
    version = UnitVersion.objects.get(unit__key="23938-20200201", ends_on=None)
    UnitVersion.objects.filter(pk=version.pk).update(ends_on="2026-12-31")
    assert "sửa 0" in run("load_units")
    version.refresh_from_db()
    assert f"{version.ends_on}" == "2026-12-31"


# --- broken files ----------------------------------------------------------------------------------------


def test_every_error_at_once_with_file_line_and_column_and_nothing_is_changed(reference: None, folder: Path) -> None:
    lines = {
        "date": edit(
            folder,
            "units.csv",
            ",23557,Yên Đỗ,phuong,622-20200201,2020-02-01",
            ",23557,Yên Đỗ,phuong,622-20200201,01/02/2020",
        ),
        "kind": edit(folder, "units.csv", ",23560,Diên Hồng,phuong", ",23560,Diên Hồng,phường"),
        "code": edit(folder, "units.csv", ",23575,Tây Sơn", ",23578,Tây Sơn"),
        "parent": edit(folder, "units.csv", ",23905,Ia Băng,xa,632-20200201", ",23905,Ia Băng,xa,999-20200201"),
        "name": edit(folder, "units.csv", ",23924,Ia Bang,", ",23924,,"),
        "tile": edit(folder, "units.csv", 'QH15",1,1', 'QH15",1,một'),
    }
    share = edit(folder, "successions.csv", ",0.318,", ",0.5,")
    word = edit(folder, "successions.csv", ",0.682,", ",hai phần ba,")
    alias = edit(folder, "aliases.csv", "23851-20200201,Chơ GLong", "23851-19990101,Chơ GLong")
    before = list(UnitVersion.objects.values_list())
    errors = errors_of(folder)
    for start in (
        f"units.csv:{lines['date']}: starts_on: “01/02/2020” không phải ngày",
        f"units.csv:{lines['kind']}: kind: không có loại “phường”",
        f"units.csv:{lines['code'] + 2}: code: đang là mã của Tây Sơn",
        f"units.csv:{lines['parent']}: parent: không có đơn vị 999-20200201",
        f"units.csv:{lines['name']}: name: chưa nhập",
        f"units.csv:{lines['tile']}: tile_col: “một” không phải số nguyên",
        f"successions.csv:{word}: share: “hai phần ba” không phải số thập phân",
        f"aliases.csv:{alias}: unit: không có đơn vị 23851-19990101",
    ):
        assert [error for error in errors if error.startswith(start)], "\n".join([start, *errors])
    assert len(errors) == 8, errors
    assert share  # half of a unit whose other part cannot be read is not judged
    assert before == list(UnitVersion.objects.values_list())


@pytest.mark.parametrize(
    ("file", "old", "new", "error"),
    [
        ("units.csv", "starts_on,ends_on", "start,ends_on", "units.csv:1: starts_on: thiếu cột này"),
        ("aliases.csv", "23851-20200201,", "", "source: dòng có 2 ô, cần 3"),
        ("aliases.csv", "unit,name,source\n", 'unit,name,source\n"', "aliases.csv:"),
        ("successions.csv", ",0.682,", ",0.683,", "share: tổng các phần của 23674-20200201 vượt quá 1"),
        ("successions.csv", ",0.682,", ",,", "ok"),
        ("successions.csv", ",0.682,", ",NaN,", "share: “NaN” không phải số thập phân"),
        ("successions.csv", ",0.682,", ",0.6811,", "share: phần chuyển sang có tối đa 3 chữ số thập phân"),
    ],
)
def test_one_thing_wrong(reference: None, folder: Path, file: str, old: str, new: str, error: str) -> None:
    edit(folder, file, old, new)
    if error == "ok":
        run("load_units", "--folder", folder)
        return
    (found,) = errors_of(folder)
    assert error in found
    assert found.startswith(f"{file}:")
    assert "sửa 0" in run("load_units").splitlines()[1]  # nothing had been changed


def test_a_file_that_is_not_there_or_not_utf_8(folder: Path) -> None:
    (folder / "aliases.csv").unlink()
    (folder / "successions.csv").write_bytes("predecessor\nTỉnh".encode("utf-16"))
    assert [error.split(":")[0] for error in errors_of(folder)] == ["successions.csv", "aliases.csv"]


# --- the size of the nation ------------------------------------------------------------------------------


def synthetic(folder: Path, provinces: int, districts: int, communes: int) -> Path:
    """Write files of that size, every commune in the next district."""
    folder.mkdir()
    lines = ["key,level,code,name,kind,parent,starts_on,ends_on,source,tile_row,tile_col"]
    rest = "2021-01-01,,thử,,"
    lines += [f"{p:02}-20210101,province,{p:02},Tỉnh {p},tinh,,{rest}" for p in range(provinces)]
    lines += [
        f"{d:03}-20210101,district,{d:03},Huyện {d},huyen,{d % provinces:02}-20210101,{rest}" for d in range(districts)
    ]
    lines += [f"{c:05}-20210101,commune,{c:05},Xã {c},xa,{c % districts:03}-20210101,{rest}" for c in range(communes)]
    (folder / "units.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "successions.csv").write_text("predecessor,successor,effective_on,share,resolution\n", encoding="utf-8")
    (folder / "aliases.csv").write_text("unit,name,source\n", encoding="utf-8")
    return folder


def test_the_nation_costs_a_query_per_batch_and_a_second_run_a_fixed_number(
    without_reference: None, tmp_path: Path
) -> None:
    nation = synthetic(tmp_path / "nation", 63, 705, 10_598)
    with CaptureQueriesContext(connection) as first:
        run("load_units", "--folder", nation)
    assert UnitVersion.objects.count() == 11_366
    rows = 3 * 11_366  # units, versions, descents
    assert len(first) < 20 + rows / 80, len(first)  # SQLite takes 999 values a statement, a version has 12
    with CaptureQueriesContext(connection) as second:
        run("load_units", "--folder", nation)
    assert len(second) <= 9, [query["sql"][:80] for query in second]
