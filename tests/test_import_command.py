"""import_assessments: the same reading, checks and rights as the page, in text and in JSON."""

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from communes.models import User
from criteria.models import Door, Entry, Revision, State, Upload, UploadState, Verb
from tests.cases import BASIC
from tests.conftest import unit_of
from tests.upload_books import Filling, made, written_rows
from tests.workbook_files import table

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parent.parent


@pytest.fixture
def good(bao: User, tmp_path: Path) -> Path:
    book = Filling(made(indicator=[BASIC])).all_met()
    book.say("23905", 4, "Chưa đạt")
    return saved_as(tmp_path, book.content())


def saved_as(folder: Path, content: bytes, name: str = "bieu.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def run(file: Path, **options: Any) -> tuple[int, str]:
    """Run the command and return its exit code with what it printed."""
    out = io.StringIO()
    try:
        call_command("import_assessments", file, **{"user": "bao", "period": "2024"} | options, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    return 0, out.getvalue()


def data(file: Path, **options: Any) -> tuple[int, dict[str, Any]]:
    code, printed = run(file, as_json=True, **options)
    return code, json.JSONDecoder().raw_decode(printed)[0]


def test_a_dry_run_counts_and_leaves_no_trace(good: Path) -> None:
    code, printed = run(good)

    assert code == 0
    assert "Huyện Chư Prông, Năm 2024: 19 dòng; nhập lần đầu 19, thay đổi 0" in printed
    assert "Chưa lưu: thêm --confirm để lưu" in printed
    assert written_rows() == [0, 0, 0, 0]
    assert not Upload.objects.exists()


def test_the_json_of_a_clean_file(good: Path) -> None:
    code, found = data(good)

    assert code == 0
    assert found == {
        "file": "bieu.xlsx",
        "sha256": hashlib.sha256(good.read_bytes()).hexdigest(),
        "rows": 19,
        "new": 19,
        "changed": 0,
        "same": 0,
        "skipped": 0,
        "notes": [],
        "unsent": "",
        "absent": 0,
        "absent_units": [],
        "errors": [],
        "written": 0,
        "left_out": 0,
        "submitted": 0,
    }


def test_confirm_saves_and_keeps_the_file(good: Path, bao: User) -> None:
    code, found = data(good, confirm=True)
    again = data(good, confirm=True)[1]

    assert (code, found["written"]) == (0, 19)
    assert (again["written"], again["same"]) == (0, 19)
    assert Revision.objects.count() == 19
    assert set(Entry.objects.values_list("door", "by")) == {(Door.COMMAND, bao.pk)}
    assert set(Upload.objects.values_list("state", flat=True)) == {UploadState.APPLIED}
    assert bytes(Upload.objects.earliest("at").content) == good.read_bytes()


def test_submit_sends_what_is_decided(bao: User, tmp_path: Path) -> None:
    book = Filling(made(indicator=[BASIC])).all_met()
    book.say("23905", 4, None)  # undecided
    book.say("23908", 4, "Chưa đạt")
    book.say("23908", 5, None)  # decided, with a warning
    code, found = data(saved_as(tmp_path, book.content()), confirm=True, submit=True)

    assert (code, found["written"], found["submitted"]) == (0, 19, 18)
    assert Revision.objects.get(assessment__unit=unit_of("23905")).state == State.DRAFT
    review = Revision.objects.get(assessment__unit=unit_of("23908")).reviews.get()
    assert (review.verb, review.reason) == (Verb.SUBMIT, "qua lệnh")


def test_the_reason_given_is_kept(good: Path) -> None:
    run(good, confirm=True, submit=True, reason="theo biên bản rà soát")

    assert Revision.objects.first().reviews.get().reason == "theo biên bản rà soát"


def test_row_errors_end_with_one_and_name_their_cells(bao: User, tmp_path: Path) -> None:
    book = Filling().all_met()
    first, second = book.say("23905", 2, "Không"), book.add("23941", "Xã Ia Ko")
    code, found = data(saved_as(tmp_path, book.content()), confirm=True)

    assert code == 1
    assert [(e["sheet"], e["cell"], e["value"]) for e in found["errors"]] == [
        ("19.2 Xã NTM", first, "Không"),
        ("19.2 Xã NTM", second, "23941"),
    ]
    assert "chưa rõ là không xảy ra hay không đạt" in found["errors"][0]["message"]
    assert found["rows"] == found["new"] + found["changed"] + found["same"] + found["skipped"] + 2
    assert (found["written"], written_rows()) == (0, [0, 0, 0, 0])


def test_absent_units_are_counted_and_named(bao: User, tmp_path: Path) -> None:
    book = Filling(made(indicator=[BASIC])).all_met()
    book.sheet.delete_rows(book.rows["23938"])
    found = data(saved_as(tmp_path, book.content()))[1]

    assert (found["absent"], found["absent_units"]) == (1, ["Ia Mơ"])


def test_setup_errors_end_with_two_and_have_no_cell(good: Path) -> None:
    code, found = data(good, period="2024-Q3", confirm=True)

    assert code == 2
    assert [(e["cell"], e["value"]) for e in found["errors"]] == [(None, "2024")]
    assert found["rows"] == 0
    assert written_rows() == [0, 0, 0, 0]


def test_a_foreign_officer_is_refused_as_on_the_page(good: Path, binh: User) -> None:
    code, found = data(good, user="binh", confirm=True)

    assert code == 2
    assert "không phải Huyện Chư Sê (mã 633)" in found["errors"][0]["message"]
    assert written_rows() == [0, 0, 0, 0]


def test_on_behalf_of_a_unit_it_needs_the_letter(good: Path, chi: User) -> None:
    refused = data(good, user="chi")
    code, found = data(good, user="chi", letter="12/CV-CAH", letter_date="25/12/2024", confirm=True, submit=True)

    assert refused[0] == 2
    assert "cần số và ngày của công văn" in refused[1]["errors"][0]["message"]
    assert (code, found["written"], found["submitted"]) == (0, 19, 19)
    assert set(Revision.objects.values_list("letter_number", flat=True)) == {"12/CV-CAH"}


def test_a_table_that_is_not_ours(bao: User, tmp_path: Path) -> None:
    header = ("TT", "Mã xã", "Tên xã", *(f"Nội dung {number}" for number in range(1, 9)))
    file = saved_as(tmp_path, table([header, (1, "23905", "Xã Ia Băng", *["Đạt"] * 8)], title="Sheet1"))

    assert data(file)[0] == 2
    code, found = data(file, indicator=BASIC, confirm=True)
    assert (code, found["written"], found["absent"]) == (0, 1, 18)


@pytest.mark.parametrize(("name", "sentence"), [("bieu.xlsx", "không phải bảng tính Excel"), ("bieu.xls", ".xls")])
def test_an_unreadable_file_ends_with_two(bao: User, tmp_path: Path, name: str, sentence: str) -> None:
    code, found = data(saved_as(tmp_path, b"khong phai", name))

    assert code == 2
    assert sentence in found["errors"][0]["message"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"user": "khong-co"}, "Không có tài khoản đang dùng nào tên “khong-co”"),
        ({"user": "an"}, "biểu Excel do Công an huyện, Công an tỉnh nộp"),
        ({"user": "lan"}, "lãnh đạo chỉ xem số liệu"),
        ({"period": "2030"}, "Không có kỳ báo cáo “2030”. Các kỳ hiện có: 2021"),
        ({"period": "2025"}, "Kỳ năm 2025: cấp huyện kết thúc hoạt động ngày 30/6/2025"),
        ({"indicator": "xa"}, "Không có chỉ tiêu “xa”. Các chỉ tiêu hiện có: xa-ntm-19.2"),
        ({"submit": True}, "--submit chỉ dùng cùng --confirm"),
        ({"letter": "1/CV"}, "--letter và --letter-date đi cùng nhau"),
        ({"letter": "1/CV", "letter_date": "hôm qua"}, "“hôm qua” không phải là ngày"),
        ({"letter": "1/CV", "letter_date": "10/01/2025"}, "chỉ dùng khi Công an tỉnh nhập thay đơn vị"),
        ({"user": "chi", "letter": "1/CV", "letter_date": "10/01/2199"}, "--letter-date: Ngày công văn 10/01/2199 sau"),
        ({"user": "chi", "letter": "1" * 61, "letter_date": "10/01/2025"}, "--letter: "),
        ({"reason": "x" * 301}, "--reason: "),
    ],
)
def test_unusable_arguments_end_with_two(
    good: Path, an: User, lan: User, chi: User, options: dict, sentence: str
) -> None:
    code, printed = run(good, **options)

    assert code == 2
    assert sentence in printed
    assert not Upload.objects.exists()


def test_a_missing_file_ends_with_two(bao: User, tmp_path: Path) -> None:
    code, printed = run(tmp_path / "khong-co.xlsx")

    assert code == 2
    assert "Không mở được tệp" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "còn thiếu TỆP, --user, --period"),
        (["b.xlsx", "--user", "a", "--period", "2024", "--la"], "không có tham số --la"),
    ],
)
def test_on_the_command_line_arguments_are_refused_in_vietnamese(arguments: list[str], sentence: str) -> None:
    command = [sys.executable, "manage.py", "import_assessments", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stdout == ""


def test_only_the_right_rows_are_saved_as_on_the_page(good: Path, bao: User) -> None:
    book = Filling(good.read_bytes())
    book.say("23908", 1, "đạt?")
    good.write_bytes(book.content())
    assert run(good, only_right=True)[0] == 2  # without --confirm nothing is saved at all
    assert written_rows() == [0, 0, 0, 0]

    code, said = data(good, confirm=True, only_right=True, submit=True, reason="Gửi trước")

    assert code == 1
    assert (said["written"], said["left_out"], len(said["errors"]), said["submitted"]) == (18, 1, 1, 18)
    upload = Upload.objects.get()
    assert (upload.state, upload.outcome["wrong"]) == (UploadState.APPLIED, 1)
    assert not Revision.objects.filter(assessment__unit=unit_of("23908")).exists()
    code, printed = run(good, confirm=True, only_right=True)
    assert "bỏ 2 dòng" not in printed
