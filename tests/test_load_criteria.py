"""`load_criteria`: the law as files, loaded twice, broken, and used."""

import datetime
import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from criteria.law_files import FOLDER
from criteria.models import (
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    CriteriaSet,
    CriteriaSetVersion,
    Criterion,
    Examiner,
    Indicator,
    IndicatorWording,
    Marker,
    ReportingPeriod,
    Revision,
    Verdict,
)
from tests.conftest import unit_of

HD04_DAY = datetime.date(2024, 3, 18)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "data"))


def load(folder: Path = FOLDER) -> str:
    out = io.StringIO()
    call_command("load_criteria", folder=folder, stdout=out)
    return out.getvalue()


def refusal(folder: Path) -> list[str]:
    """The lines of the refusal; the first counts the mistakes."""
    with pytest.raises(CommandError) as refused:
        load(folder)
    assert refused.value.returncode == 1
    return str(refused.value).splitlines()


def replace(folder: Path, file: str, old: str, new: str, times: int = 1) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, times), "utf-8")


def rows() -> dict[str, list[dict]]:
    models = (CriteriaSet, CriteriaSetVersion, Criterion, Indicator, IndicatorWording, Checklist, Condition)
    return {
        model.__name__: list(model.objects.order_by("pk").values()) for model in (*models, ReportingPeriod, Examiner)
    }


def hd04() -> Checklist:
    return Checklist.objects.get(indicator__code="xa-ntm-19.2", applies_from=HD04_DAY)


@pytest.fixture
def used(reference: None) -> Checklist:
    """HD 04, used by one draft of Xã Ia Băng for 2024."""
    checklist = hd04()
    assessment = Assessment.objects.create(
        unit=unit_of("23905"), indicator=checklist.indicator, period=ReportingPeriod.objects.get(key="2024")
    )
    revision = Revision.objects.create(assessment=assessment, checklist=checklist)
    ConditionResult.objects.create(revision=revision, condition=checklist.conditions.get(number=8), verdict=Verdict.MET)
    return checklist


# --- what is shipped -------------------------------------------------------------------------------------


def test_loading_into_nothing_names_what_was_added_and_the_second_time_changes_nothing(without_reference: None):
    said = load()
    assert "Thêm 4 bộ tiêu chí: " in said
    assert "Thêm 35 kỳ báo cáo\n" in said
    assert "Thêm 2 cơ quan thẩm tra: Công an huyện; Cơ quan thẩm tra cấp huyện" in said
    before = rows()
    assert load() == "Không có thay đổi.\n"
    assert rows() == before


def test_the_four_indicators_with_their_criterion_and_units(reference: None):
    found = {
        row.code: (row.criterion.number, row.criterion.name, row.level, row.kinds)
        for row in Indicator.objects.select_related("criterion")
    }
    district_kinds = ["huyen", "thi_xa", "thanh_pho", "quan"]
    politics = "Hệ thống chính trị - An ninh, trật tự - Hành chính công"
    assert found == {
        "xa-ntm-19.2": ("19", "Quốc phòng và An ninh", "commune", ["xa"]),
        "xa-ntmnc-19.2": ("19", "Quốc phòng và An ninh", "commune", ["xa"]),
        "huyen-ntm-9.4": ("9", politics, "district", district_kinds),
        "huyen-ntmnc-9.1": ("9", "An ninh, trật tự - Hành chính công", "district", district_kinds),
    }


@pytest.mark.parametrize(
    ("key", "number", "conditions"),
    [
        ("2023", "06/HD-BCA-V05", 7),
        ("2023-Q4", "06/HD-BCA-V05", 7),
        ("2024-Q1", "04/HD-BCA-V05", 8),
        ("2024", "04/HD-BCA-V05", 8),
        ("2025-H1", "04/HD-BCA-V05", 8),
        ("2021-Q1", "06/HD-BCA-V05", 7),
    ],
)
def test_the_checklist_of_a_period_is_the_one_in_application_on_its_last_day(
    reference: None, key: str, number: str, conditions: int
):
    period = ReportingPeriod.objects.get(key=key)
    checklist = Checklist.objects.in_application_on(period.ends_on).get(indicator__code="xa-ntm-19.2")
    assert (checklist.number, checklist.conditions.count()) == (number, conditions)


def test_every_indicator_has_one_checklist_in_every_period(reference: None):
    for period in ReportingPeriod.objects.all():
        assert Checklist.objects.in_application_on(period.ends_on).count() == 4, period.key


def test_hd_06_and_hd_04_meet_without_gap(reference: None):
    def number_on(day: datetime.date) -> str:
        return Checklist.objects.in_application_on(day).get(indicator__code="xa-ntm-19.2").number

    assert number_on(HD04_DAY - datetime.timedelta(days=1)) == "06/HD-BCA-V05"
    assert number_on(HD04_DAY) == "04/HD-BCA-V05"
    assert not Checklist.objects.in_application_on(datetime.date(2020, 12, 31)).exists()


def test_unconfirmed_wording_bears_its_marker(reference: None):
    markers = list(hd04().conditions.order_by("number").values_list("marker", flat=True))
    assert markers == [Marker.UNCHECKED] * 3 + [Marker.DRAFT] * 5
    assert set(Condition.objects.exclude(checklist=hd04()).values_list("marker", flat=True)) == {Marker.DRAFT}
    for model in (CriteriaSetVersion, IndicatorWording, Condition, Examiner):
        assert not model.objects.filter(marker=Marker.CONFIRMED).exists()


def test_negative_conditions_take_no_further_words_and_are_those_that_begin_with_khong(reference: None):
    for condition in Condition.objects.all():
        assert condition.is_negative == condition.wording.startswith("Không"), condition.wording
        assert not (condition.is_negative and condition.meanings)
        assert not condition.asks_for_evidence
    positive = hd04().conditions.get(number=8)
    assert positive.accepted_words() == {"có": True, "không": False, "x": True, "✓": True, "1": True, "0": False}


def test_two_conditions_are_sensitive_so_that_neither_is_told_by_its_absence(reference: None):
    for checklist in Checklist.objects.all():
        numbers = list(checklist.conditions.filter(is_sensitive=True).values_list("number", flat=True))
        assert len(numbers) in (0, 2), checklist


def test_the_thirty_five_periods(reference: None):
    kinds = list(ReportingPeriod.objects.order_by("kind").values_list("kind", flat=True))
    assert [kinds.count(kind) for kind in ("year", "half", "quarter")] == [5, 10, 20]
    period = ReportingPeriod.objects.get(key="2024-Q3")
    assert period.label == "Quý III/2024"
    assert (period.starts_on, period.ends_on) == (datetime.date(2024, 7, 1), datetime.date(2024, 9, 30))
    assert period.due_on == datetime.date(2024, 10, 5)
    assert ReportingPeriod.objects.get(key="2024-H2").label == "6 tháng cuối năm 2024"
    assert ReportingPeriod.objects.get(key="2024").ends_on == datetime.date(2024, 12, 31)
    for row in ReportingPeriod.objects.all():
        assert row.takes_bare_verdicts == (row.ends_on.year < 2025)
        assert row.due_on > row.ends_on
        assert row.closes_on is None


def test_who_examines_on_a_day(reference: None):
    def names(year: int, month: int, day: int) -> list[str]:
        return [body.name for body in Examiner.objects.as_of(datetime.date(year, month, day))]

    assert names(2025, 2, 28) == ["Công an huyện"]
    assert names(2025, 3, 1) == names(2025, 6, 30) == ["Cơ quan thẩm tra cấp huyện"]
    assert names(2025, 7, 1) == []


# --- changed files ---------------------------------------------------------------------------------------


def test_a_changed_value_is_brought_in_and_named(reference: None, folder: Path):
    replace(folder, "sets/xa-ntm.toml", 'unit_noun = "xã"', 'unit_noun = "xã, làng"')
    assert load(folder) == "Sửa chỉ tiêu 19.2 xã nông thôn mới: gọi đơn vị là “xã” → “xã, làng”\n"
    assert Indicator.objects.get(code="xa-ntm-19.2").unit_noun == "xã, làng"


def test_a_key_left_out_stands_for_its_default(reference: None, folder: Path):
    replace(folder, "sets/xa-ntmnc.toml", "is_negative = true\n", "")
    assert "viết dạng phủ định “có” → “không”" in load(folder)


def test_a_condition_left_out_of_an_unused_checklist_goes(reference: None, folder: Path):
    path = folder / "sets/huyen-ntmnc.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex("[[criteria.indicators.checklists.conditions]]")], "utf-8")
    assert load(folder) == "Bỏ nội dung đánh giá: Nội dung 2\n"
    assert Condition.objects.filter(checklist__indicator__code="huyen-ntmnc-9.1").count() == 1


def test_what_an_administrator_added_stays_and_is_named(reference: None):
    added = Checklist.objects.create(
        indicator=Indicator.objects.get(code="huyen-ntm-9.4"),
        number="99/HD-THU",
        signed_on=HD04_DAY,
        applies_from=HD04_DAY,
    )
    said = load()
    assert said.splitlines()[0] == "Không có thay đổi."
    assert "Không có trong tệp, giữ nguyên hướng dẫn đánh giá: 99/HD-THU (9.4 huyện nông thôn mới)" in said
    assert Checklist.objects.filter(pk=added.pk).exists()


def test_a_due_date_set_in_the_portal_holds_and_is_named(reference: None):
    ReportingPeriod.objects.filter(key="2024-Q3").update(due_on=datetime.date(2024, 10, 20))
    said = load()
    assert "Giữ hạn gửi báo cáo “20/10/2024” đã đặt trong phần mềm: Quý III/2024 (tệp ghi “05/10/2024”)" in said
    assert ReportingPeriod.objects.get(key="2024-Q3").due_on == datetime.date(2024, 10, 20)


# --- a checklist that was used ---------------------------------------------------------------------------


def test_the_wording_of_a_used_checklist_does_not_change(used: Checklist, folder: Path):
    before = rows()
    replace(folder, "sets/xa-ntm.toml", "Không để xảy ra tội phạm đặc biệt", "Không xảy ra tội phạm đặc biệt", 2)
    found = refusal(folder)
    assert found[0] == "Tệp có 1 lỗi, không thay đổi gì:"
    assert "checklists[2].conditions[4].wording" in found[1]
    assert "đã dùng cho 1 lần đánh giá nên không sửa được; lập phiên bản mới" in found[1]
    assert rows() == before


def test_a_used_checklist_loses_and_gains_no_condition(used: Checklist, folder: Path):
    path = folder / "sets/xa-ntm.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.rindex("[[criteria.indicators.checklists.conditions]]")], "utf-8")
    assert "phần mềm có 8 nội dung, tệp có 7: hướng dẫn này đã dùng" in refusal(folder)[1]
    more = '[[criteria.indicators.checklists.conditions]]\nnumber = 9\nwording = "Có thêm"\nmarker = "draft"\n'
    path.write_text(f"{text}\n{more}", "utf-8")
    assert "phần mềm có 8 nội dung, tệp có 9" in refusal(folder)[1]
    assert used.conditions.count() == 8


def test_markers_and_sources_of_a_used_checklist_may_change(used: Checklist, folder: Path):
    replace(folder, "sets/xa-ntm.toml", "lời văn trích trên báo, chưa so với bản ký", "lời văn trích trên báo")
    assert load(folder).startswith("Sửa nội dung đánh giá Nội dung 1: nguồn ")


def test_the_days_of_a_used_period_do_not_move(used: Checklist, folder: Path):
    replace(folder, "periods.toml", "2024-01-01, ends_on = 2024-12-31", "2024-01-01, ends_on = 2024-12-30")
    found = refusal(folder)
    assert found[1].endswith("periods[22].ends_on: kỳ này đã có số liệu báo cáo, không đổi được ngày của số liệu")


# --- broken files ----------------------------------------------------------------------------------------


def test_every_mistake_of_every_file_comes_at_once_with_its_place(reference: None, folder: Path):
    before = rows()
    replace(folder, "sets/xa-ntm.toml", 'kinds = ["xa"]', 'kinds = ["lang"]')
    replace(folder, "sets/xa-ntm.toml", 'sheet_title = "19.2 Xã NTM"', f'sheet_title = "{"x" * 32}"')
    replace(folder, "sets/xa-ntm.toml", "signed_on = 2022-03-08", 'signed_on = "2022-03-08"')
    replace(folder, "sets/xa-ntm.toml", "number = 7", "number = 6")
    replace(folder, "sets/xa-ntm.toml", 'version = "211/QĐ-TTg"', 'version = "212/QĐ-TTg"')
    replace(folder, "sets/xa-ntmnc.toml", 'marker = "draft"', 'marker = "nháp"')
    replace(folder, "sets/xa-ntmnc.toml", 'code = "xa-ntmnc-19.2"', 'code = "xa-ntm-19.2"')
    replace(folder, "sets/xa-ntmnc.toml", "is_negative = true", "is_negatve = true")
    replace(folder, "sets/huyen-ntm.toml", 'unit_noun = "đơn vị cấp huyện"\n', "")
    replace(folder, "sets/huyen-ntm.toml", 'kinds = ["huyen"', 'kinds = ["xa"')
    replace(folder, "periods.toml", 'key = "2021-H1"', 'key = "2021-H3"')
    replace(folder, "periods.toml", "starts_on = 2022-04-01", "starts_on = 2022-03-31")
    replace(folder, "examiners.toml", "starts_on = 2025-03-01", "starts_on = 2025-02-28")
    (folder / "sets/them.toml").write_text('code = "a\n', "utf-8")
    found = refusal(folder)
    assert found[0] == f"Tệp có {len(found) - 1} lỗi, không thay đổi gì:"
    for part in (
        "xa-ntm.toml:70: criteria[1].indicators[1].kinds: không có loại đơn vị “lang”",
        "sheet_title: dài 32 ký tự, tối đa 31",
        "versions[1].signed_on: phải là ngày dạng 2024-03-18, không có dấu nháy",
        "checklists[1].conditions[7].number: “6” trùng với",
        "checklists[1].conditions: các nội dung phải đánh số liên tục từ 1 đến 7; tệp ghi: 1, 2, 3, 4, 5, 6, 6",
        "wordings[2].version: bộ tiêu chí không có phiên bản “212/QĐ-TTg”",
        "conditions[1].marker: “nháp” không dùng được; chọn một trong: confirmed (đã đối chiếu văn bản), unchecked",
        "indicators[1].code: “xa-ntm-19.2” trùng với",
        "conditions[1].is_negatve: không có khóa này; các khóa dùng được: number, wording",
        "criteria[1].indicators[1]: thiếu khóa “unit_noun”",
        "kinds: “xa” không thuộc cấp của bộ tiêu chí; chọn trong: quan, thanh_pho, thi_xa, huyen",
        "periods[2].key: “2021-H3” không phải mã kỳ",
        "starts_on: trùng ngày với “Quý I/2022”",
        "examiners[2].starts_on: trùng ngày với “Công an huyện”",
        "them.toml:1: cột ",
    ):
        assert any(part in line for line in found), (part, found)
    assert rows() == before


def test_the_line_named_is_the_line_of_the_mistake(reference: None, folder: Path):
    replace(folder, "sets/xa-ntm.toml", "is_sensitive = true", 'is_sensitive = "có"')
    replace(folder, "periods.toml", "due_on = 2024-10-05", "due_on = 5")
    for line in refusal(folder)[1:]:
        file, number, _ = line.split(":", 2)
        path = folder / file if (folder / file).exists() else folder / "sets" / file
        text = path.read_text("utf-8").splitlines()[int(number) - 1]
        assert '"có"' in text or "due_on = 5" in text


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sets/xa-ntm.toml", 'marker = "draft"', 'marker = "confirmed"', "do người có tên xác nhận"),
        ("sets/xa-ntm.toml", "is_sensitive = true\n", 'meanings = { "x" = "met" }\n', "phủ định chỉ nhận"),
        ("sets/xa-ntm.toml", '"x" = "met"', '"x" = "đạt"', 'phải có dạng { "có" = "met"'),
        ("sets/xa-ntm.toml", "position = 1", "position = true", "phải là số nguyên không âm"),
        ("sets/xa-ntm.toml", "position = 1", "position = -1", "phải là số nguyên không âm"),
        ("sets/xa-ntm.toml", 'number = "19"', 'number = ""', "không được để trống"),
        ("sets/xa-ntm.toml", 'kinds = ["xa"]', 'kinds = ["xa", "xa"]', "loại đơn vị viết hai lần"),
        ("sets/xa-ntm.toml", 'code = "xa-ntm-19.2"', 'code = "Xã 19.2"', "Mã gồm chữ thường không dấu"),
        ("sets/xa-ntm.toml", 'kinds = ["xa"]', "kinds = []", "phải là danh sách loại đơn vị"),
        ("sets/xa-ntm.toml", 'number = "211/QĐ-TTg"', 'number = "318/QĐ-TTg"', "có hai phiên bản"),
        ("sets/xa-ntm.toml", "applies_from = 2024-03-18", "applies_from = 2021-01-01", "trùng với criteria[1]"),
        ("sets/xa-ntm.toml", "signed_on = 2022-03-08", "signed_on = 2022-02-30", "sai cú pháp TOML"),
        ("periods.toml", "ends_on = 2021-12-31", "ends_on = 2021-01-01", "phải sau starts_on"),
        ("periods.toml", "due_on = 2022-01-15", "due_on = 2020-01-15", "không được trước starts_on"),
        ("periods.toml", 'key = "2021-H1"', 'key = "2021"', "“2021” trùng với"),
        ("examiners.toml", "ends_on = 2025-02-28", "ends_on = 2020-02-28", "không được trước starts_on"),
    ],
)
def test_a_mistake_is_refused_in_words(reference: None, folder: Path, file: str, old: str, new: str, message: str):
    before = rows()
    replace(folder, file, old, new)
    found = refusal(folder)
    assert any(message in line and line.startswith(Path(file).name) for line in found), found
    assert rows() == before


def test_missing_and_unreadable_files(reference: None, folder: Path, tmp_path: Path):
    (folder / "examiners.toml").unlink()
    (folder / "periods.toml").write_bytes('key = "năm"'.encode("cp1258", "replace"))
    found = refusal(folder)
    assert "examiners.toml: không có tệp này" in found[-1]
    assert any("periods.toml:1: tệp không phải mã UTF-8" in line for line in found)
    assert any("không có tệp bộ tiêu chí" in line for line in refusal(tmp_path))


def test_a_clash_with_a_row_of_the_portal_is_refused_with_its_place(reference: None, folder: Path):
    other = Indicator.objects.get(code="huyen-ntm-9.4")
    other.pk, other.code, other.sheet_title, other.position = None, "thu-1", "Thử", 9
    other.save()
    replace(folder, "sets/xa-ntm.toml", 'sheet_title = "19.2 Xã NTM"', 'sheet_title = "Thử"')
    found = refusal(folder)
    assert "criteria[1].indicators[1]: trùng với một chỉ tiêu khác đã có trong phần mềm" in found[1]
