"""How an item is judged from numbers, and what every door says of numbers: typed, in a cell, in the admin, copied."""

from decimal import Decimal

import pytest

from criteria.entering import EntryRefused, Line, enter
from criteria.models import Condition, ConditionResult, Door, Entry, ReportingPeriod, Revision, Verb
from criteria.standings import standing_of
from criteria.verdicts import Rule, contradiction, item_verdict
from criteria.workbooks.sheets import Cell
from criteria.workbooks.values import Problem, Verdict, read_answer
from tests.cases import ADVANCED, BASIC, address, conditions, entered, line, taken
from tests.test_boundaries_now import page, plain
from tests.upload_books import Filling, made, received

NONE = Rule("count", limit=0, noun="vụ")
TWO = Rule("count", limit=2, noun="vụ")
SHARE = Rule("ratio", threshold=Decimal("70"))
HALF = Rule("ratio", threshold=Decimal("66.50"))
CURBED = Rule("year", comparison="at_most", noun="vụ")
FEWER = Rule("year", comparison="below", noun="vụ")


@pytest.mark.parametrize(
    ("rule", "numbers", "verdict", "said"),
    [
        (NONE, (0,), "met", "Đạt khi không có vụ nào: 0 vụ"),
        (NONE, (1,), "not_met", "Đạt khi không có vụ nào: 1 vụ"),
        (TWO, (1,), "met", "Đạt khi không quá 2 vụ: 1 vụ"),
        (TWO, (2,), "met", "Đạt khi không quá 2 vụ: 2 vụ"),
        (TWO, (3,), "not_met", "Đạt khi không quá 2 vụ: 3 vụ"),
        (SHARE, (45, 60), "met", "Đạt khi tỷ lệ từ 70% trở lên: 45/60 = 75,00%"),
        (SHARE, (7, 10), "met", "Đạt khi tỷ lệ từ 70% trở lên: 7/10 = 70,00%"),
        (SHARE, (69_999, 100_000), "not_met", "Đạt khi tỷ lệ từ 70% trở lên: 69.999/100.000 = 69,99%"),
        (HALF, (133, 200), "met", "Đạt khi tỷ lệ từ 66,5% trở lên: 133/200 = 66,50%"),
        (HALF, (664_999, 999_999), "not_met", "Đạt khi tỷ lệ từ 66,5% trở lên: 664.999/999.999 = 66,49%"),
        (CURBED, (15, 15), "met", "Đạt khi không nhiều hơn năm trước: 15 vụ, năm trước 15 vụ"),
        (CURBED, (16, 15), "not_met", "Đạt khi không nhiều hơn năm trước: 16 vụ, năm trước 15 vụ"),
        (FEWER, (12, 15), "met", "Đạt khi ít hơn năm trước, hoặc bằng 0: 12 vụ, năm trước 15 vụ"),
        (FEWER, (15, 15), "not_met", "Đạt khi ít hơn năm trước, hoặc bằng 0: 15 vụ, năm trước 15 vụ"),
        (FEWER, (0, 0), "met", "Đạt khi ít hơn năm trước, hoặc bằng 0: 0 vụ, năm trước 0 vụ"),
    ],
)
def test_the_verdict_follows_from_the_numbers(rule, numbers, verdict, said):
    assert not rule.fault(numbers)
    assert item_verdict(rule, numbers) == verdict
    assert rule.explained(numbers) == said


def test_what_is_typed_holds_without_numbers_and_never_against_them():
    assert item_verdict(TWO, (), "not_met") == "not_met"
    assert item_verdict(TWO, ()) == ""
    assert contradiction(TWO, (3,), "not_met") == contradiction(TWO, (3,), "") == contradiction(TWO, (), "met") == ""
    assert "(đạt khi không quá 2 vụ: 3 vụ), kết quả ghi “Đạt”" in contradiction(TWO, (3,), "met")


@pytest.mark.parametrize(
    ("rule", "numbers", "why"),
    [
        (SHARE, (0, 0), "mẫu số phải lớn hơn 0"),
        (SHARE, (61, 60), "tử số 61 lớn hơn mẫu số 60"),
        (SHARE, (45,), "cần đủ 2 số"),
        (TWO, (1_000_000,), "số phải từ 0 đến 999.999"),
        (Rule(), (1,), "không nhập số"),
    ],
)
def test_numbers_that_cannot_be(rule, numbers, why):
    assert why in rule.fault(numbers)


@pytest.mark.parametrize(
    ("kind", "typed", "found"),
    [
        ("count", "2", (2,)),
        ("count", "02", (2,)),
        ("count", "Đạt", Verdict.MET),
        ("count", "Không", "chưa rõ là không xảy ra hay không đạt. Ghi số nguyên (ví dụ 2; không có thì ghi 0)"),
        ("count", "2 hoặc 3", "chưa rõ số liệu"),
        ("count", "1.000", "chưa rõ số liệu"),
        ("ratio", "45/60", (45, 60)),
        ("ratio", "45 / 60", (45, 60)),
        ("ratio", "75%", "chỉ có tỷ lệ, thiếu tử số và mẫu số nên không kiểm tra được. Ghi tử số/mẫu số (ví dụ 45/60)"),
        ("ratio", "chua dat", Verdict.NOT_MET),
        ("year", "12 so với 15", (12, 15)),
        ("year", "12 SO VOI 15", (12, 15)),
        ("year", "12/15", 'dấu "/" chỉ dùng cho tỷ lệ. Ghi số kỳ này so với số năm trước (ví dụ 12 so với 15)'),
        ("year", "giảm", "chưa rõ số liệu"),
        ("yes_no", "45/60", 'chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"'),
    ],
)
def test_what_a_cell_says(kind, typed, found):
    said = read_answer(Cell("text", typed, typed), kind=kind, negative=kind == "count", accepted={})
    assert found in said.message if isinstance(said, Problem) else said == found


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("count", Cell("number", 2.5, "2,5"), "không phải số nguyên"),
        ("count", Cell("number", -1, "-1"), "không phải số nguyên"),
        ("ratio", Cell("number", 0.75, "0,75"), "chỉ có tỷ lệ"),
        ("ratio", Cell("date", "2024-05-12", "5/12/2024"), "có thể do Excel tự đổi từ chữ. Ghi tử số/mẫu số"),
        ("year", Cell("formula", None, "=B4"), "Ô chứa công thức chưa có kết quả"),
    ],
)
def test_what_no_cell_may_say(kind, value, why):
    said = read_answer(value, kind=kind, negative=False, accepted={})
    assert isinstance(said, Problem)
    assert why in said.message
    assert read_answer(Cell("number", 3, "3"), kind="count", negative=True, accepted={}) == (3,)


def counted(**numbers):
    """All met, with the numbers of these conditions (by number) and no verdict of their own."""
    asked = conditions()
    ids = {asked[int(name[1:])].pk: said for name, said in numbers.items()}
    base = line()
    verdicts = {pk: verdict for pk, verdict in base.verdicts.items() if pk not in ids}
    return Line(base.unit_id, base.indicator, verdicts, numbers=ids)


def test_numbers_are_entered_copied_and_told(an, bao, chi):
    revision = entered(bao, counted(n6=(12, 15)))[0]
    assert revision.verdict == "met"
    result = revision.results.get(condition__number=6)
    assert (result.verdict, result.this_period, result.year_before) == ("met", 12, 15)
    enter([counted(n6=(16, 15))], by=bao, period=ReportingPeriod.objects.get(key="2024"), door=Door.FORM)
    revision.refresh_from_db()
    assert revision.verdict == "not_met"
    moved = ["met", "not_met", "12 vụ, năm trước 15 vụ", "16 vụ, năm trước 15 vụ"]
    assert Entry.objects.latest("pk").changes == {"6": moved}
    text = plain(page(bao, address(revision)))
    assert "Đạt (12 vụ, năm trước 15 vụ) → Chưa đạt (16 vụ, năm trước 15 vụ)" in text
    assert "Đạt khi không nhiều hơn năm trước" in text
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, revision, bao), chi)
    taken(Verb.REOPEN, revision, chi, reason="Rà soát số liệu.")
    copy = Revision.objects.get(number=2)
    assert copy.results.get(condition__number=6).numbers == (16, 15)
    assert standing_of(copy.assessment).numbers == {conditions()[6].pk: (16, 15)}


def test_only_the_numbers_moving_is_a_change_and_a_hash(bao):
    revision = entered(bao, counted(n6=(12, 15)))[0]
    before = revision.content_hash()
    entered(bao, counted(n6=(13, 15)))
    fresh = Revision.objects.get()
    assert fresh.content_hash() != before
    assert Entry.objects.latest("pk").changes["6"][:2] == ["met", "met"]
    ConditionResult.objects.update(this_period=None, year_before=None)
    entries = Entry.objects.count()
    assert [item.status for item in enter([line()], by=bao, period=fresh.assessment.period, door=Door.FORM)] == ["same"]
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    ("verdict", "numbers", "why"),
    [
        ("met", (16, 15), "nội dung 6: số liệu cho kết quả “Chưa đạt”"),
        ("not_applicable", (12, 15), "kết quả ghi “Không áp dụng”"),
        ("", (12,), "nội dung 6: cần đủ 2 số"),
    ],
)
def test_what_contradicts_its_numbers_is_refused_whole(bao, verdict, numbers, why):
    base = counted(n6=numbers)
    six = conditions()[6].pk
    typed = {six: verdict} if verdict else {}
    mixed = Line(base.unit_id, base.indicator, {**base.verdicts, **typed}, {six: "không có"}, numbers=base.numbers)
    with pytest.raises(EntryRefused, match=why):
        entered(bao, mixed)
    assert not Revision.objects.exists()


def test_numbers_for_a_condition_that_asks_none_are_refused(bao):
    with pytest.raises(EntryRefused, match="nội dung 1: nội dung này không nhập số"):
        entered(bao, counted(n1=(1,)))


FORM = {f"verdict_{number}": "met" for number in range(1, 9)}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"verdict_6": "met", "this_period_6": "16", "year_before_6": "15"}, "Số liệu cho kết quả “Chưa đạt”"),
        ({"verdict_6": "", "this_period_6": "16"}, "Cần đủ 2 số."),
        ({"verdict_6": "", "this_period_6": "-1", "year_before_6": "15"}, "Ghi số nguyên từ 0 đến 999.999."),
    ],
)
def test_the_form_says_at_the_field_what_is_wrong(an, bao, client, typed, said):
    revision = entered(bao)[0]
    client.force_login(an)
    seen = standing_of(revision.assessment).token
    answer = client.post(address(revision, "edit/"), {**FORM, "seen": seen, **typed})
    assert said in plain(answer.content.decode())
    assert ConditionResult.objects.filter(this_period__isnull=False).count() == 0


def test_the_form_takes_numbers_and_shows_them_again(an, bao, client):
    revision = entered(bao)[0]
    client.force_login(an)
    shown = client.get(address(revision, "edit/")).content.decode()
    assert "Theo số liệu" in shown
    assert "Đạt khi không nhiều hơn năm trước" in shown
    seen = standing_of(revision.assessment).token
    numbers = {"verdict_6": "", "this_period_6": "16", "year_before_6": "15"}
    assert client.post(address(revision, "edit/"), {**FORM, "seen": seen, **numbers}).status_code == 302
    revision.refresh_from_db()
    assert revision.verdict == "not_met"
    again = client.get(address(revision, "edit/")).content.decode()
    assert 'name="this_period_6" value="16"' in again
    sheet = plain(page(an, f"/assessments/2024/self/{revision.assessment.unit_id}/"))
    assert "16 vụ, năm trước 15 vụ" in sheet


def test_the_shipped_law_asks_for_numbers_only_where_its_words_do(reference):
    asking = Condition.objects.exclude(kind="yes_no")
    assert asking.filter(kind="year").count() == 4
    assert not asking.filter(is_sensitive=True).exists()
    assert all("so với năm trước" in one.wording for one in asking.filter(kind="year"))
    assert all(one.wording.startswith("Không") and one.limit == 0 for one in asking.filter(kind="count"))
    assert conditions(ADVANCED)[1].kind == "count"


def test_a_workbook_takes_numbers_and_gives_them_back(bao, client):
    book = Filling(made()).all_met(["23905", "23888"])
    book.say("23905", 6, "16 so với 15")
    upload = received(client, bao, book.content())
    assert client.post(f"/uploads/{upload.pk}/apply/").status_code in (200, 302)
    revision = Revision.objects.get(assessment__unit__versions__code="23905", assessment__indicator__code=BASIC)
    assert revision.verdict == "not_met"
    assert revision.results.get(condition__number=6).numbers == (16, 15)
    again = Filling(made())
    cell = again.sheet.cell(again.rows["23905"], again.columns["Nội dung 6"])
    assert (cell.value, cell.number_format) == ("16 so với 15", "@")
    lists = [v for v in again.sheet.data_validations.dataValidation if v.type == "list"]
    assert {str(v.sqref)[0] for v in lists} & {cell.column_letter} == set()
    assert len(lists) == 6
    guide = " ".join(str(c.value) for row in again.book["Hướng dẫn"].iter_rows() for c in row if c.value)
    assert "Đạt khi không nhiều hơn năm trước. Ghi kỳ này so với năm trước (ví dụ 12 so với 15)" in guide


def test_a_contradicting_or_unclear_cell_is_named(bao, client):
    book = Filling(made(), ADVANCED).all_met(["23905"])
    places = [book.say("23905", 1, "một người")]
    upload = received(client, bao, book.content())
    text = plain(client.get(f"/uploads/{upload.pk}/").content.decode())
    assert all(place in text for place in places)
    assert "chưa rõ số liệu. Ghi số nguyên" in text
    assert not Revision.objects.exists()
