"""Versions of the law: compared by a named person, begun from a copy, side by side for every role."""

import datetime
import hashlib

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from criteria.law_acts import Text, confirm
from criteria.law_diff import compared, counted, pieces
from criteria.models import (
    Checklist,
    Condition,
    Confirmation,
    CriteriaSetVersion,
    Examiner,
    IndicatorWording,
    Marker,
    ReportingPeriod,
    SignedText,
)
from criteria.situations import checklist_in_application
from tests.cases import BASIC, address, entered
from tests.evidence_files import pdf, sent
from tests.test_admin_law import condition_field, errors_of, save, url, used  # noqa: F401 - a fixture
from tests.test_admin_law import hd04 as hd04_of_the_admin  # noqa: F401 - what `used` builds on
from tests.test_boundaries_now import page, plain
from tests.test_load_criteria import folder, load, replace  # noqa: F401 - a fixture

TEXT = {"text_number": "04/HD-BCA-V05", "text_signed_on": "18/3/2024"}


@pytest.fixture
def hd04(reference):
    return Checklist.objects.get(indicator__code=BASIC, number="04/HD-BCA-V05")


@pytest.fixture
def hd06(reference):
    return Checklist.objects.get(indicator__code=BASIC, number="06/HD-BCA-V05")


@pytest.fixture
def desk(client, quang):
    client.force_login(quang)
    return client


def in_application(checklist, *keys: str) -> dict:
    periods = ReportingPeriod.objects.filter(key__in=keys)
    return {period.key: checklist_in_application(checklist.indicator, period) for period in periods}


def act(desk: Client, name: str, row, **data):
    return desk.post(url("changelist", type(row)), {"action": name, "_selected_action": [row.pk], **data}, follow=True)


def marks_of(answer) -> list[str]:
    return [mark for mark, _ in answer.context["form"].fields["rows"].choices]


def test_a_named_person_confirms_and_the_marker_falls_everywhere(desk, quang, an, hd04):
    revision = entered(an)[0]
    asked = act(desk, "confirm_wording", hd04)
    assert len(marks_of(asked)) == 8
    assert "Việc xác nhận ghi tên người thực hiện" in asked.content.decode()
    done = act(desk, "confirm_wording", hd04, confirmed="1", rows=marks_of(asked)[:1], **TEXT)
    assert "Đã xác nhận đối chiếu 1 nội dung với văn bản 04/HD-BCA-V05 ngày 18/3/2024." in done.content.decode()
    first = hd04.conditions.get(number=1)
    assert (first.marker, first.confirmation.by, first.confirmation.text_number) == (
        Marker.CONFIRMED,
        quang,
        "04/HD-BCA-V05",
    )
    assert plain(page(an, address(revision))).count("chưa đối chiếu văn bản") == 2 + 1  # 2, 3, and the indicator
    told = plain(page(an, hd04.get_absolute_url()))
    assert f"Đã đối chiếu với văn bản 04/HD-BCA-V05 ngày 18/3/2024: {quang.signature}" in told
    again = act(desk, "confirm_wording", hd04)
    assert len(marks_of(again)) == 7
    assert act(desk, "unconfirm_wording", hd04).status_code == 200
    assert not hd04.conditions.filter(marker=Marker.CONFIRMED).exists()
    assert Confirmation.objects.count() == 1  # what was done stays on record


def test_a_wording_changed_meanwhile_is_not_confirmed(desk, hd04):
    marks = marks_of(act(desk, "confirm_wording", hd04))
    hd04.conditions.filter(number=1).update(wording="Lời khác")
    answer = act(desk, "confirm_wording", hd04, confirmed="1", rows=marks[:1], **TEXT)
    assert "Nội dung đã được sửa sau khi mở trang này" in answer.content.decode()
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize("missing", ["text_number", "text_signed_on", "rows"])
def test_the_act_needs_the_text_and_what_was_compared(desk, hd04, missing):
    marks = marks_of(act(desk, "confirm_wording", hd04))
    given = {"rows": marks, **TEXT, missing: []}
    assert act(desk, "confirm_wording", hd04, confirmed="1", **given).context["form"].errors[missing]
    assert not Confirmation.objects.exists()


def test_one_version_at_a_time(desk, hd04, hd06):
    data = {"action": "confirm_wording", "_selected_action": [hd04.pk, hd06.pk]}
    assert "Chọn đúng một dòng" in desk.post(url("changelist", Checklist), data, follow=True).content.decode()


def test_a_version_of_a_set_and_an_examiner_are_confirmed_too(desk, quang, reference):
    version, examiner = CriteriaSetVersion.objects.first(), Examiner.objects.first()
    for row in (version, examiner):
        asked = act(desk, "confirm_wording", row)
        act(desk, "confirm_wording", row, confirmed="1", rows=marks_of(asked), **TEXT)
        row.refresh_from_db()
        assert (row.marker, row.confirmation.by) == (Marker.CONFIRMED, quang)
    assert not version.wordings.exclude(marker=Marker.CONFIRMED).exists()


@pytest.mark.parametrize("model", [Condition, IndicatorWording, CriteriaSetVersion, Examiner])
def test_the_database_keeps_marker_and_person_together(quang, model, reference):
    row = model.objects.first()
    with pytest.raises(IntegrityError, match="names_who_compared_it"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(marker=Marker.CONFIRMED)
    made = Confirmation.objects.create(text_number="1", text_signed_on="2024-03-18", by=quang, at=timezone.now())
    with pytest.raises(IntegrityError, match="names_who_compared_it"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(confirmation=made)


def test_the_database_refuses_halves(quang, hd04):
    day = datetime.date(2024, 3, 18)
    broken = [
        (Confirmation(text_number="", text_signed_on=day, by=quang, at=timezone.now()), "confirmation_names_its_text"),
        (
            SignedText(file="law/x.pdf", filename="", size=1, sha256="0", kept_by=quang, kept_at=timezone.now()),
            "signed_text_comes_with_its_facts",
        ),
        (
            Checklist(
                indicator=hd04.indicator, number="1", signed_on=day, applies_from="2030-01-01", applies_to="2029-12-31"
            ),
            "checklist_ends_after_it_begins",
        ),
    ]
    version = CriteriaSetVersion.objects.first()
    version.applies_to = version.applies_from - datetime.timedelta(days=1)
    for row, name in [*broken, (version, "set_version_ends_after_it_begins")]:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            row.save()


def test_no_form_confirms_and_rewording_undoes(desk, quang, hd04):
    field = condition_field(hd04, 1, "marker")
    assert "Hãy chọn" in errors_of(save(desk, hd04, **{field: Marker.CONFIRMED})) or not hd04.conditions.filter(
        marker=Marker.CONFIRMED
    )
    confirm(hd04.conditions.filter(number__in=(1, 2)), by=quang, text=Text("04", datetime.date(2024, 3, 18)))
    reworded = {condition_field(hd04, 1, "wording"): "Lời khác", condition_field(hd04, 2, "source"): "bản ký"}
    assert save(desk, hd04, **reworded).status_code == 302
    first, second = hd04.conditions.get(number=1), hd04.conditions.get(number=2)
    assert (first.marker, first.confirmation) == (Marker.UNCHECKED, None)
    assert (second.marker, second.source) == (Marker.CONFIRMED, "bản ký")


def test_a_file_rewords_and_says_that_the_comparison_falls(quang, hd04, folder):  # noqa: F811
    confirm(hd04.conditions.all(), by=quang, text=Text("04", datetime.date(2024, 3, 18)))
    assert load() == "Không có thay đổi.\n"
    replace(folder, "sets/xa-ntm.toml", "Hằng năm, Đảng ủy", "Mỗi năm, Đảng ủy")
    said = load(folder)
    assert "Bỏ xác nhận đối chiếu nội dung đánh giá Nội dung 1: lời văn đã đổi, cần đối chiếu lại" in said
    first, second = hd04.conditions.get(number=1), hd04.conditions.get(number=2)
    assert (first.marker, first.confirmation, second.marker) == (Marker.UNCHECKED, None, Marker.CONFIRMED)
    assert load(folder) == "Không có thay đổi.\n"


def test_a_new_version_is_made_from_a_copy(desk, quang, hd04):
    confirm(hd04.conditions.all(), by=quang, text=Text("04", datetime.date(2024, 3, 18)))
    text = {"number": "05/HD-BCA-V05", "issuer": "Bộ Công an", "signed_on": "01/7/2025"}
    taken = act(desk, "begin_new_version", hd04, confirmed="1", **text, applies_from="18/3/2024")
    assert "Đã có phiên bản áp dụng từ ngày này." in taken.content.decode()
    answer = act(desk, "begin_new_version", hd04, confirmed="1", **text, applies_from="01/7/2025")
    made = Checklist.objects.get(number="05/HD-BCA-V05")
    assert answer.redirect_chain[-1][0] == url("change", made)
    assert [c.question for c in made.conditions.all()] == [c.question for c in hd04.conditions.all()]
    assert not made.conditions.filter(marker=Marker.CONFIRMED).exists()
    assert hd04.conditions.filter(marker=Marker.CONFIRMED).count() == 8
    found = in_application(hd04, "2024", "2025")
    assert found == {"2024": hd04, "2025": made}


def test_a_version_of_a_set_is_copied_with_its_wordings(desk, reference):
    old = CriteriaSetVersion.objects.filter(number="211/QĐ-TTg").first()
    given = {
        "number": "51/QĐ-TTg",
        "issuer": "Thủ tướng Chính phủ",
        "signed_on": "01/12/2025",
        "applies_from": "01/01/2026",
    }
    act(desk, "begin_new_version", old, confirmed="1", **given)
    made = CriteriaSetVersion.objects.get(number="51/QĐ-TTg")
    assert [w.text for w in made.wordings.all()] == [w.text for w in old.wordings.all()]


def test_a_version_that_ended_is_not_asked_for(hd04):
    Checklist.objects.filter(pk=hd04.pk).update(applies_to="2024-06-30")
    found = in_application(hd04, "2024-H1", "2024")
    assert found["2024-H1"] == hd04
    assert found["2024"].number == "06/HD-BCA-V05"  # of those still in application


def test_a_version_of_a_set_in_use_is_frozen(desk, used, folder):  # noqa: F811
    version = CriteriaSetVersion.objects.get(criteria_set__code="xa-ntm", number="211/QĐ-TTg")
    before = version.criteria_set.versions.get(number="318/QĐ-TTg")
    assert (version.is_used, before.is_used) == (True, False)
    save(desk, version, number="212/QĐ-TTg", applies_to="31/12/2025")
    version.refresh_from_db()
    assert (version.number, version.applies_to) == ("211/QĐ-TTg", datetime.date(2025, 12, 31))
    wording = version.wordings.get()
    page_url = url("change", used.indicator)
    inline = desk.get(page_url).context["inline_admin_formsets"][0].formset
    form = next(one for one in inline.forms if one.instance == wording)
    assert form.fields["text"].disabled
    assert not next(one for one in inline.forms if one.instance.version == before).fields["text"].disabled


# --- the signed file -------------------------------------------------------------------------------------


def test_the_signed_file_is_kept_privately_and_read_by_all(desk, an, hd04):
    content = pdf("Hướng dẫn")
    assert save(desk, hd04, signed_file=sent("HD 04.pdf", content)).status_code == 302
    hd04.refresh_from_db()
    kept = hd04.signed_text
    assert (kept.filename, kept.sha256) == ("HD 04.pdf", hashlib.sha256(content).hexdigest())
    client = Client()
    assert client.get(f"/criteria/signed/{kept.pk}/").status_code == 302  # nobody unknown
    client.force_login(an)
    answer = client.get(f"/criteria/signed/{kept.pk}/")
    assert (answer.content, answer["X-Content-Type-Options"]) == (content, "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "bản ký HD 04.pdf" in plain(page(an, hd04.get_absolute_url()))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("hd.pdf", b"<html></html>", "nội dung không đúng với đuôi tên tệp"),
        ("hd.pdf", b"", "không có nội dung"),
        ("hd.exe", b"MZ", "không thuộc loại được nhận"),
    ],
)
def test_what_is_no_pdf_is_refused(desk, hd04, name, content, why):
    answer = save(desk, hd04, signed_file=sent(name, content))
    assert why in errors_of(answer)
    assert not SignedText.objects.exists()


# --- side by side ----------------------------------------------------------------------------------------


def test_words_that_differ_are_marked_on_their_side():
    old, new = pieces("Không để xảy ra tội phạm", "Không có tội phạm mới")
    assert [(p.text, p.is_changed) for p in old] == [("Không", False), ("để xảy ra", True), ("tội phạm", False)]
    assert [(p.text, p.is_changed) for p in new] == [("Không", False), ("có", True), ("tội phạm", False), ("mới", True)]


def test_items_are_paired_by_their_words_then_their_number(hd04, hd06):
    told = dict(counted(compared(hd06, hd04)))
    assert sum(told.values()) >= 8
    moved = next(pair for pair in compared(hd06, hd04) if pair.new and pair.new.number == 3)
    assert (moved.old.number, moved.difference.label, moved.is_moved) == (2, "Giữ nguyên", True)
    copy = Checklist.objects.create(
        indicator=hd04.indicator, number="x", signed_on="2025-01-01", applies_from="2025-01-01"
    )
    for one in list(hd04.conditions.all()):
        one.pk, one.checklist = None, copy
        one.save()
    copy.conditions.filter(number=6).update(comparison="below")
    copy.conditions.filter(number=4).update(wording="Không để xảy ra tội phạm rất nghiêm trọng")
    copy.conditions.filter(number=8).delete()
    assert counted(compared(hd04, copy)) == [("Giữ nguyên", 5), ("Đổi cách tính", 1), ("Sửa lời", 1), ("Bỏ", 1)]


def test_the_page_says_it_in_words_to_every_role(an, lan, hd04, hd06):
    for user in (an, lan):
        text = page(user, f"/criteria/{hd04.pk}/compare/{hd06.pk}/")
        assert "<h1>So sánh 06/HD-BCA-V05 với 04/HD-BCA-V05</h1>" in text  # the older on the left, however asked
        assert '<span class="visually-hidden">bỏ: </span>' in text
        assert "Giữ nguyên, số 2 thành 3" in plain(text)
    other = Checklist.objects.exclude(indicator=hd04.indicator).first()
    page(an, f"/criteria/{hd04.pk}/compare/{other.pk}/", 404)


def test_the_pages_cost_the_same_however_many_were_compared(client, an, chi, quang, hd04, hd06):
    client.force_login(an)
    addresses = (hd04.get_absolute_url(), f"/criteria/{hd06.pk}/compare/{hd04.pk}/")
    confirm(hd04.conditions.filter(number=1), by=chi, text=Text("04", datetime.date(2024, 3, 18)))
    costs = [len(queries_of(client, one)) for one in addresses]
    for number, person in zip(range(2, 9), [quang, chi] * 4, strict=False):
        confirm(hd04.conditions.filter(number=number), by=person, text=Text("04", datetime.date(2024, 3, 18)))
    assert [len(queries_of(client, one)) for one in addresses] == costs


def queries_of(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return captured
