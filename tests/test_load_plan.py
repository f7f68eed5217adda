"""`load_plan`: Plan 179, its targets, and their arithmetic."""

import datetime
import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from criteria.models import Indicator
from reports.models import Plan, Target
from reports.plan_files import FOLDER

FILE = "ke-hoach-179.toml"
END = datetime.date(2025, 12, 31)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "plans"))


def load(folder: Path = FOLDER) -> str:
    out = io.StringIO()
    call_command("load_plan", folder=folder, stdout=out)
    return out.getvalue()


def refusal(folder: Path) -> list[str]:
    with pytest.raises(CommandError) as refused:
        load(folder)
    return str(refused.value).splitlines()


def replace(folder: Path, old: str, new: str) -> None:
    text = (folder / FILE).read_text("utf-8")
    assert old in text
    (folder / FILE).write_text(text.replace(old, new, 1), "utf-8")


def target(code: str) -> Target:
    return Target.objects.select_related("indicator").get(indicator__code=code)


def test_plan_179_and_its_four_targets(without_reference: None):
    call_command("load_units", stdout=io.StringIO())
    call_command("load_criteria", stdout=io.StringIO())
    said = load()
    assert "Thêm 1 kế hoạch: Kế hoạch số 179/KH-UBND ngày 19/01/2023" in said
    assert "Thêm 4 mục tiêu: 19.2 xã nông thôn mới: 99%;" in said
    assert load() == "Không có thay đổi.\n"
    plan = Plan.objects.current()
    assert plan.province.key == "64-20200201"
    found = [(row.indicator.code, row.percent, row.due_on, row.months_valid) for row in plan.targets.all()]
    assert found == [
        ("xa-ntm-19.2", 99, END, 12),
        ("xa-ntmnc-19.2", 50, END, 12),
        ("huyen-ntm-9.4", 60, END, 12),
        ("huyen-ntmnc-9.1", 25, END, 12),
    ]


def test_without_units_and_criteria_the_way_out_is_named(without_reference: None):
    found = refusal(FOLDER)
    assert "province: chưa có tỉnh “64-20200201” trong phần mềm; chạy load_units trước" in found[1]
    assert "targets[1].indicator: chưa có chỉ tiêu “xa-ntm-19.2” trong phần mềm; chạy load_criteria trước" in found[2]
    assert len(found) == 6
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("code", "total", "needed"),
    [
        ("xa-ntm-19.2", 182, 181),
        ("xa-ntm-19.2", 180, 179),
        ("xa-ntm-19.2", 69, 69),
        ("xa-ntm-19.2", 110, 109),
        ("xa-ntmnc-19.2", 69, 35),
        ("xa-ntmnc-19.2", 110, 55),
        ("huyen-ntm-9.4", 17, 11),
        ("huyen-ntm-9.4", 14, 9),
        ("huyen-ntm-9.4", 28, 17),
        ("huyen-ntmnc-9.1", 17, 5),
        ("huyen-ntmnc-9.1", 14, 4),
        ("huyen-ntmnc-9.1", 28, 7),
        ("xa-ntm-19.2", 0, 0),
    ],
)
def test_needed_is_the_smallest_number_that_reaches_the_share(reference: None, code: str, total: int, needed: int):
    row = target(code)
    assert row.needed(total) == needed
    assert row.is_reached(needed, total) is (total > 0)
    assert not row.is_reached(needed - 1, total)


def test_the_rule_is_said_with_the_count_and_huyen_only_is_one_setting(reference: None, folder: Path):
    assert target("huyen-ntm-9.4").rule_for(17) == "tính trên 17 đơn vị cấp huyện"
    assert target("xa-ntm-19.2").rule_for(8207) == "tính trên 8.207 xã"
    replace(folder, 'kinds = ["huyen", "thi_xa", "thanh_pho", "quan"]', 'kinds = ["huyen"]')
    assert "loại đơn vị được tính “huyen, thi_xa, thanh_pho, quan” → “huyen”" in load(folder)
    assert target("huyen-ntm-9.4").rule_for(14) == "tính trên 14 huyện"


def test_every_mistake_comes_at_once_with_its_place(reference: None, folder: Path):
    replace(folder, "percent = 99", "percent = 101")
    replace(folder, "percent = 50", 'percent = "50"')
    replace(folder, 'kinds = ["huyen", "thi_xa"', 'kinds = ["xa", "huyen", "thi_xa"')
    replace(folder, 'province = "64-20200201"', 'province = "64"')
    replace(folder, 'indicator = "huyen-ntmnc-9.1"', 'indicator = "huyen-ntm-9.4"')
    replace(folder, "months_valid = 12", "months_valid = 0")
    before = list(Target.objects.values())
    found = refusal(folder)
    for part in (
        "targets[1].percent: phải từ 1 đến 100",
        "targets[1].months_valid: phải từ 1 đến 120 tháng",
        "targets[2].percent: phải là số nguyên không âm",
        "targets[3].kinds: chỉ tiêu huyen-ntm-9.4 không đánh giá “xa”, chỉ đánh giá: huyen, thi_xa, thanh_pho, quan",
        "province: chưa có tỉnh “64” trong phần mềm; chạy load_units trước",
        "targets[4].due_on: “31/12/2025” trùng với targets[3]",
    ):
        assert any(line.startswith(f"{FILE}:") and part in line for line in found), (part, found)
    assert found[0] == f"Tệp có {len(found) - 1} lỗi, không thay đổi gì:"
    assert list(Target.objects.values()) == before


def test_an_empty_folder_and_a_plan_without_targets_are_refused(reference: None, folder: Path, tmp_path: Path):
    text = (folder / FILE).read_text("utf-8")
    (folder / FILE).write_text(text[: text.index("\n[[targets]]")], "utf-8")
    assert any("kế hoạch chưa có mục tiêu nào" in line for line in refusal(folder))
    (tmp_path / "empty").mkdir()
    assert "không có tệp kế hoạch" in refusal(tmp_path / "empty")[1]


def test_a_target_that_stands_in_no_file_stays_and_is_named(reference: None):
    plan = Plan.objects.current()
    indicator = Indicator.objects.get(code="xa-ntm-19.2")
    Target.objects.create(
        plan=plan, indicator=indicator, percent=90, due_on=datetime.date(2024, 12, 31), kinds=["xa"], position=5
    )
    assert "Không có trong tệp, giữ nguyên mục tiêu: 19.2 xã nông thôn mới: 90%" in load()
    assert plan.targets.count() == 5


def test_the_database_refuses_what_must_never_be(reference: None):
    plan, held = Plan.objects.current(), target("xa-ntm-19.2")
    given = {"plan": plan, "indicator": held.indicator, "kinds": ["xa"], "position": 9}
    other_day = datetime.date(2024, 12, 31)
    broken = [
        (Target(due_on=held.due_on, percent=1, **given), "one_target_of_a_plan_indicator_and_day"),
        (Target(due_on=other_day, percent=0, **given), "target_is_between_1_and_100_percent"),
        (Target(due_on=other_day, percent=101, **given), "target_is_between_1_and_100_percent"),
        (Target(due_on=other_day, percent=50, months_valid=121, **given), "target_result_is_valid_for_1_to_120_months"),
        (Plan(number=plan.number, title="x", signed_on=other_day, province=plan.province), "number"),
    ]
    for row, name in broken:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save()
        assert name in str(refused.value) or "UNIQUE" in str(refused.value)
