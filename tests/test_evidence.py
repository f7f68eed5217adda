"""Minh chứng through its addresses: attaching, removing, sharing, seeing, freezing, and what still lacks it."""

import datetime
import hashlib
import json
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.evidence.lacking import missing_evidence, without_evidence
from criteria.models import (
    Attachment,
    Condition,
    Evidence,
    EvidenceScope,
    Indicator,
    ReportingPeriod,
    Revision,
    Verb,
    Verdict,
)
from tests.cases import BASIC, address, conditions, entered, line, taken
from tests.conftest import unit_of
from tests.evidence_files import pdf, sent
from tests.grids import grid_url
from tests.test_assessment_pages import client_of, text

pytestmark = pytest.mark.django_db

MINE = ("2024", BASIC, "23905")
TICK = {"is_clean": "on"}
DECISION = {"kind": "decision", "number": "12/QĐ-UBND", "issued_on": "05/10/2024", "issuer": "UBND xã"} | TICK


def page_of(code: str = "23905", page: str = "assessment_evidence", period: str = "2024") -> str:
    return reverse(page, args=[period, BASIC, unit_of(code).pk])


def post(client: Client, by: User, url: str, **given: Any) -> Any:
    client.force_login(by)
    return client.post(url, DECISION | given)


def attached(client: Client, by: User, code: str = "23905", **given: Any) -> Evidence:
    response = post(client, by, page_of(code), **given)
    assert response.status_code == 302, response.content.decode()
    return Evidence.objects.order_by("-attached_at").first()


def shared(client: Client, by: User, **given: Any) -> Any:
    url = reverse("evidence_new") + f"?period=2024&indicator={BASIC}"
    return post(client, by, url, **({"covers": "all"} | given))


def said(response: Any) -> str:
    return response.content.decode()


def read(client: Client, by: User, url: str) -> str:
    client.force_login(by)
    response = client.get(url)
    assert response.status_code == 200
    return said(response)


def numbered(*numbers: int) -> list[int]:
    return [conditions()[number].pk for number in numbers]


# --- attaching -------------------------------------------------------------------------------------------


def test_number_date_issuer_and_kind_are_enough(client: Client, an: User) -> None:
    evidence = attached(client, an)

    assert evidence.title == "Quyết định số 12/QĐ-UBND ngày 05/10/2024"
    assert (evidence.scope, evidence.place_id, evidence.file.name) == ("unit", an.unit_id, "")
    page = read(client, an, page_of(page="assessment"))
    assert evidence.title in page
    assert "Cả kết quả" in page
    assert "Chưa có tệp" in page


def test_a_file_is_kept_under_a_name_that_tells_nothing_and_comes_back_as_it_was(client: Client, an: User) -> None:
    content = pdf()
    evidence = attached(client, an, file=sent("Quyết định 12.pdf", content))

    assert evidence.filename == "Quyết định 12.pdf"
    assert uuid.UUID(evidence.file.name.rpartition("/")[2].removesuffix(".pdf"))
    response = client.get(reverse("evidence_file", args=[evidence.pk]))
    assert response.content == content
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_evidence_may_be_of_some_conditions(client: Client, an: User) -> None:
    attached(client, an, conditions=numbered(2, 4))

    assert "Nội dung 2, 4" in read(client, an, page_of(page="assessment"))


def test_a_link_at_a_condition_marks_it(client: Client, an: User) -> None:
    page = read(client, an, page_of() + "?condition=3")

    (pk,) = numbered(3)
    assert page.count(" checked") == 1
    assert f'value="{pk}" id' in page.split(" checked")[0][-200:]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"is_clean": ""}, "Chỉ đính kèm tài liệu không chứa bí mật nhà nước"),
        ({"number": ""}, "Ghi số, ký hiệu văn bản"),
        ({"issuer": ""}, "Ghi cơ quan ban hành"),
        ({"kind": ""}, "Chọn loại văn bản"),
        ({"issued_on": ""}, "Ghi ngày văn bản"),
        ({"issued_on": "05/10/2999"}, "Ngày văn bản sau ngày hôm nay"),
        ({"kind": "photo", "number": ""}, "Ghi số, ký hiệu văn bản"),
        ({"conditions": ["999999"]}, "không"),
    ],
)
def test_what_is_lacking_is_said_at_its_field(client: Client, an: User, given: dict, words: str) -> None:
    response = post(client, an, page_of(), **given)

    assert response.status_code == 200
    assert words in said(response)
    assert not Evidence.objects.exists()


def test_a_date_outside_the_period_warns_and_stays_shown(client: Client, an: User) -> None:
    client.force_login(an)
    response = client.post(page_of(), DECISION | {"issued_on": "05/10/2023"}, follow=True)

    words = "Ngày văn bản ngoài kỳ báo cáo (01/01/2024 đến 31/12/2024)."
    assert said(response).count(words) == 2  # once said, once standing
    assert Evidence.objects.get().is_outside_period


def test_the_same_file_and_the_same_number_are_noticed(client: Client, an: User) -> None:
    attached(client, an, file=sent("a.pdf", pdf()))
    page = said(client.post(page_of(), DECISION | {"file": sent("b.pdf", pdf())}, follow=True))

    assert "Cùng một tệp đã đính kèm ở:" in page
    assert "Văn bản cùng số, cùng ngày đã đính kèm cho đơn vị này:" in page
    assert "Xã Ia Băng (Chư Prông), Năm 2024" in page


def test_the_same_file_in_another_place_is_told_only_within_the_scope(
    client: Client, an: User, binh: User, chi: User
) -> None:
    attached(client, binh, code="23944", file=sent("a.pdf", pdf()))
    evidence = attached(client, an, file=sent("b.pdf", pdf()))

    words = "Cùng một tệp đã đính kèm ở:"
    assert words not in read(client, an, evidence.get_absolute_url())
    assert words in read(client, chi, evidence.get_absolute_url())


# --- who may ---------------------------------------------------------------------------------------------


def test_roles_that_enter_attach_and_a_leader_only_reads(
    client: Client, an: User, bao: User, chi: User, quang: User, lan: User
) -> None:
    for person in (an, bao, chi, quang):
        attached(client, person)
    assert Evidence.objects.count() == 4

    for response in (post(client, lan, page_of()), client.get(page_of())):
        assert response.status_code == 403
        assert "Lãnh đạo chỉ xem số liệu, không nhập." in said(response)
    assert "Đính kèm minh chứng</a>" not in read(client, lan, page_of(page="assessment"))


def test_what_was_sent_keeps_its_evidence(client: Client, an: User, bao: User) -> None:
    evidence = attached(client, an)
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    refused = "Kết quả đã gửi, đang chờ xét."

    for response in (
        post(client, an, page_of()),
        post(client, an, reverse("evidence_remove", args=[evidence.pk]), usual="Thay bằng văn bản khác."),
    ):
        assert response.status_code == 403
        assert refused in said(response)
    assert "Gỡ minh chứng</h2>" not in read(client, an, evidence.get_absolute_url())

    taken(Verb.RETURN, revision, bao, reason="Bổ sung biên bản.")
    attached(client, an, number="13/QĐ-UBND")
    assert client.post(reverse("evidence_remove", args=[evidence.pk]), {"usual": "Thay bằng văn bản khác."}).url
    assert Attachment.objects.get(evidence=evidence).removed_by == an


def test_over_a_confirmed_result_a_correction_comes_first(client: Client, an: User, bao: User, chi: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    taken(Verb.CONFIRM, taken(Verb.EXAMINE, revision, bao), chi)
    response = post(client, an, page_of())
    assert response.status_code == 403
    assert "Nhập lần điều chỉnh, rồi đính kèm" in said(response)

    entered(an, line(but={4: Verdict.NOT_MET}))
    evidence = attached(client, an)
    official, in_work = Revision.objects.order_by("number")
    assert official.attachments() == []
    assert [one.evidence for one in in_work.attachments()] == [evidence]


def test_a_closed_period_refuses_with_the_words_of_the_other_doors(client: Client, an: User) -> None:
    evidence = attached(client, an)
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
    words = "Kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."

    assert words in said(post(client, an, page_of()))
    assert words in said(
        post(client, an, reverse("evidence_remove", args=[evidence.pk]), usual="Thay bằng văn bản khác.")
    )
    assert Attachment.objects.live().count() == 1


def test_a_foreign_unit_is_not_found_by_any_address(
    client: Client, an: User, binh: User, bao: User, make_person
) -> None:
    evidence = attached(client, an, file=sent("a.pdf", pdf()))
    stranger = make_person("stranger", "province", "52")

    for person in (binh, stranger):
        client.force_login(person)
        for page in ("evidence_document", "evidence_remove", "evidence_file"):
            url = reverse(page, args=[evidence.pk])
            assert client.get(url).status_code == 404
            assert client.post(url).status_code in (404, 405)
        assert client.get(page_of()).status_code == 404
        assert client.post(page_of(), DECISION).status_code == 404
        register = client.get(reverse("evidence") + f"?period=2024&indicator={BASIC}")
        assert evidence.number not in said(register)
    assert Attachment.objects.live().count() == 1
    assert evidence.title in read(client, bao, evidence.get_absolute_url())


def test_an_unknown_or_file_less_document_is_not_found(client: Client, an: User) -> None:
    evidence = attached(client, an)

    assert client.get(reverse("evidence_file", args=[evidence.pk])).status_code == 404
    assert client.get(reverse("evidence_document", args=[uuid.uuid4()])).status_code == 404


# --- removing --------------------------------------------------------------------------------------------


def test_removal_is_a_mark_with_a_reason(client: Client, an: User) -> None:
    evidence = attached(client, an)
    url = reverse("evidence_remove", args=[evidence.pk])

    assert "Chọn lý do, hoặc ghi lý do khác." in said(client.post(url))
    assert client.get(url).url == evidence.get_absolute_url()
    page = said(client.post(url, {"usual": "Thay bằng văn bản khác."}, follow=True))
    assert "Đã gỡ minh chứng." in page
    assert "Thay bằng văn bản khác." in page
    assert client.post(url, {"usual": "Thay bằng văn bản khác."}).status_code == 403

    story = read(client, an, page_of(page="assessment"))
    assert "Chưa đính kèm văn bản nào." in story
    entered(an)
    story = read(client, an, page_of(page="assessment"))
    assert f"Đính kèm {evidence.named}" in story
    assert f"Gỡ {evidence.named}" in story


# --- one document for many units -------------------------------------------------------------------------


def test_one_decision_covers_every_commune_of_the_district(client: Client, an: User, bao: User, binh: User) -> None:
    response = shared(client, bao)

    evidence = Evidence.objects.get()
    assert response.url == evidence.get_absolute_url()
    assert (evidence.scope, evidence.place_id) == (EvidenceScope.ALL, bao.unit_id)
    assert evidence.attachments.count() == 19
    assert "dùng chung, Huyện Chư Prông" in read(client, an, page_of(page="assessment"))
    assert evidence.title in read(client, an, evidence.get_absolute_url())
    client.force_login(binh)
    assert client.get(evidence.get_absolute_url()).status_code == 404


def test_chosen_units_only(client: Client, bao: User) -> None:
    chosen = [unit_of("23905").pk, unit_of("23924").pk]
    assert "Chọn ít nhất một đơn vị." in said(shared(client, bao, covers="chosen"))
    shared(client, bao, covers="chosen", units=chosen)

    assert sorted(Attachment.objects.values_list("unit", flat=True)) == sorted(chosen)


def test_another_districts_unit_is_not_on_offer(client: Client, bao: User) -> None:
    response = shared(client, bao, covers="chosen", units=[unit_of("23944").pk])

    assert response.status_code == 200
    assert not Evidence.objects.exists()


def test_those_already_sent_are_left_out_and_named(client: Client, an: User, bao: User) -> None:
    taken(Verb.SUBMIT, entered(an)[0], an)
    url = reverse("evidence_new") + f"?period=2024&indicator={BASIC}"
    page = read(client, bao, url)
    assert "1 xã không đính kèm được lúc này." in page
    assert "Xã Ia Băng: kết quả đã gửi" in page
    shared(client, bao)

    assert Attachment.objects.count() == 18
    assert Revision.objects.get().attachments() == []


def test_the_province_covers_all_its_communes_or_one_district(client: Client, chi: User) -> None:
    shared(client, chi)
    assert Evidence.objects.get().attachments.count() == 180

    url = reverse("evidence_new") + f"?period=2024&indicator={BASIC}&district={unit_of('632').pk}"
    post(client, chi, url, covers="all", number="14/QĐ-UBND")
    assert Evidence.objects.get(number="14/QĐ-UBND").attachments.count() == 19


def test_a_shared_document_is_removed_by_those_above(client: Client, an: User, bao: User) -> None:
    shared(client, bao)
    taken(Verb.SUBMIT, entered(bao, line("23924"))[0], bao)
    url = reverse("evidence_remove", args=[Evidence.objects.get().pk])
    reason = {"usual": "Thay bằng văn bản khác."}

    response = post(client, an, url, **reason)
    assert response.status_code == 403
    assert "do Công an cấp trên gỡ" in said(response)
    client.force_login(bao)
    page = said(client.post(url, reason, follow=True))
    assert "Giữ nguyên ở 1 xã" in page
    assert list(Attachment.objects.live().values_list("unit", flat=True)) == [unit_of("23924").pk]


def test_who_shares_nothing_may_not_open_the_page(client: Client, an: User, lan: User, quang: User) -> None:
    for person in (an, lan):
        client.force_login(person)
        assert client.get(reverse("evidence_new")).status_code == 403
    assert "Chưa chọn địa bàn." in read(client, quang, reverse("evidence_new") + f"?period=2024&indicator={BASIC}")


# --- the register ----------------------------------------------------------------------------------------


def test_the_register_narrows_to_what_needs_looking_at(client: Client, an: User, bao: User) -> None:
    attached(client, an, file=sent("a.pdf", pdf()))
    attached(client, an, number="13/QĐ-UBND", issued_on="05/10/2023")
    url = reverse("evidence") + f"?period=2024&indicator={BASIC}"

    page = read(client, bao, url)
    assert "Đang dùng (2)" in page
    assert "Chưa có tệp (1)" in page
    assert "Ngày ngoài kỳ (1)" in page
    assert "13/QĐ-UBND" in read(client, bao, url + "&show=no-file")
    assert "12/QĐ-UBND" not in read(client, bao, url + "&show=outside")
    assert "Không có văn bản nào như vậy." in read(client, bao, url + "&show=removed")


def test_the_register_of_a_district_costs_the_same_for_one_and_for_forty(client: Client, bao: User, chi: User) -> None:
    url = reverse("evidence") + f"?period=2024&indicator={BASIC}"

    def cost(person: User) -> int:
        client.force_login(person)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    shared(client, bao)
    attached(client, bao, number="x", file=sent("a.pdf", pdf()))
    few = cost(bao), cost(chi)
    for number in range(20):
        attached(client, bao, code="23924", number=f"{number}/BC", file=sent("a.pdf", pdf()))
        attached(client, bao, code="23905", number=f"{number}/BC", file=sent("b.pdf", pdf()))
    assert (cost(bao), cost(chi)) == few


# --- sensitive conditions --------------------------------------------------------------------------------


def test_evidence_of_a_sensitive_condition_is_for_those_who_enter_and_review(
    client: Client, an: User, bao: User, lan: User
) -> None:
    Condition.objects.filter(pk__in=numbered(3)).update(is_sensitive=False)
    Condition.objects.filter(pk__in=numbered(4)).update(is_sensitive=True)
    evidence = attached(client, an, conditions=numbered(4), file=sent("a.pdf", pdf()))
    both = attached(client, an, conditions=numbered(3, 4), number="13/QĐ-UBND")

    client.force_login(lan)
    for page in ("evidence_document", "evidence_file"):
        assert client.get(reverse(page, args=[evidence.pk])).status_code == 404
    assert evidence.title not in read(client, lan, page_of(page="assessment"))
    assert "Nội dung 3" in (page := read(client, lan, page_of(page="assessment")))
    assert "Nội dung 3, 4" not in page
    assert conditions()[4].wording not in read(client, lan, both.get_absolute_url())
    # A list names it to nobody.
    register = read(client, bao, reverse("evidence") + f"?period=2024&indicator={BASIC}")
    assert evidence.title in register
    assert "Nội dung 3, 4" not in register


# --- what lacks it ---------------------------------------------------------------------------------------


def asks(*numbers: int) -> None:
    Condition.objects.filter(pk__in=numbered(*numbers)).update(asks_for_evidence=True)


def lacking(revision: Revision) -> list[int]:
    found = {one.number for one in missing_evidence([revision]).get(revision.pk, ())}
    assert bool(found) == without_evidence(Revision.objects.filter(pk=revision.pk)).exists()
    return sorted(found)


def test_a_condition_that_asks_is_satisfied_by_its_own_the_whole_or_the_shared(
    client: Client, an: User, bao: User
) -> None:
    (revision,) = entered(an)
    assert lacking(revision) == []
    asks(2, 4, 6)
    assert lacking(revision) == [2, 4, 6]
    assert "Chưa có minh chứng theo yêu cầu:" in read(client, an, page_of(page="assessment"))

    own = attached(client, an, conditions=numbered(2))
    assert lacking(revision) == [4, 6]
    shared(client, bao, conditions=numbered(4))
    assert lacking(revision) == [6]
    attached(client, an)
    assert lacking(revision) == []
    assert "Chưa có minh chứng theo yêu cầu:" not in read(client, an, page_of(page="assessment"))

    Attachment.objects.exclude(evidence=own).update(removed_by=an, removed_at=own.attached_at, removal_reason="Nhầm.")
    assert lacking(revision) == [4, 6]


def test_each_item_says_which_evidence_it_asks_for(an: User) -> None:
    Condition.objects.filter(pk__in=numbered(1, 2)).update(asks_for_evidence=True)
    one = reverse("self_assessment", args=["2024", an.unit_id])
    checklist = Condition.objects.get(pk=numbered(1)[0]).checklist.get_absolute_url()
    client = client_of(an)
    for url in (page_of(page="assessment"), page_of(page="assessment_edit"), one, grid_url(), checklist):
        words = text(client.get(url))
        assert "Minh chứng: nghị quyết của Đảng ủy, kế hoạch của UBND xã trong năm (bắt buộc)." in words, url
        assert "Cần minh chứng kèm theo." in words, url
        assert "Minh chứng: quyết định thành lập mô hình, báo cáo kết quả hoạt động." in words, url


def test_only_what_is_said_to_be_met_needs_proof(an: User) -> None:
    asks(2, 4)
    (revision,) = entered(an, line(but={2: Verdict.NOT_MET}))

    assert lacking(revision) == [4]


def test_what_lacks_it_is_asked_in_a_fixed_number_of_queries(
    client: Client, bao: User, django_assert_num_queries: Any
) -> None:
    codes = ("23905", "23924", "23888", "23890", "23893")
    revisions = entered(bao, *(line(code) for code in codes))
    with django_assert_num_queries(1):
        missing_evidence(revisions)
    asks(2, 4)
    shared(client, bao, conditions=numbered(2))
    for some in (revisions[:1], revisions):
        with django_assert_num_queries(3):
            assert len(missing_evidence(some)) == len(some)


# --- the mark of the content -----------------------------------------------------------------------------


def test_without_evidence_the_mark_stays_as_it_was(an: User) -> None:
    (revision,) = entered(an)

    content = {
        "unit": revision.assessment.unit.key,
        "indicator": BASIC,
        "period": "2024",
        "checklist": [revision.checklist.number, revision.checklist.applies_from.isoformat()],
        "verdict": "met",
        "results": [[number, "met", ""] for number in sorted(conditions())],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert revision.content_hash() == hashlib.sha256(text.encode()).hexdigest()


def test_a_decision_names_the_evidence_that_it_saw(client: Client, an: User, bao: User) -> None:
    (revision,) = entered(an)
    bare = revision.content_hash()
    attached(client, an, file=sent("a.pdf", pdf()))
    revision = taken(Verb.SUBMIT, Revision.objects.get(), an)
    taken(Verb.EXAMINE, revision, bao)

    marks = set(revision.reviews.values_list("content_hash", flat=True))
    assert marks == {Revision.objects.get().content_hash()}
    assert bare not in marks


def test_a_page_opened_before_the_evidence_changed_does_not_decide(client: Client, an: User) -> None:
    (revision,) = entered(an)
    before = revision.updated_at
    attached(client, an)

    revision.refresh_from_db()
    assert revision.updated_at > before


def test_steps_cost_the_same_with_and_without_much_evidence(client: Client, bao: User) -> None:
    def cost(codes: tuple[str, ...]) -> int:
        revisions = entered(bao, *(line(code) for code in codes))
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            taken(Verb.SUBMIT, revisions[0], bao)
        return len(captured)

    shared(client, bao)
    first = cost(("23905",))
    shared(client, bao, number="13/QĐ-UBND")
    assert cost(("23924", "23888")) == first


# --- always true -----------------------------------------------------------------------------------------


def stored(an: User, **given: Any) -> Evidence:
    facts = {
        "kind": "decision",
        "number": "12",
        "issued_on": "2024-10-05",
        "issuer": "UBND",
        "indicator": Indicator.objects.get(code=BASIC),
        "period": ReportingPeriod.objects.get(key="2024"),
        "place": an.unit,
        "scope": "unit",
        "attached_by": an,
        "attached_at": "2024-11-01T08:00:00+07:00",
    }
    return Evidence.objects.create(**facts | given)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"kind": "tweet"}, "evidence_has_a_known_kind"),
        ({"scope": "nation"}, "evidence_has_a_known_scope"),
        ({"issuer": ""}, "evidence_names_its_issuer"),
        ({"number": ""}, "evidence_has_a_number_or_a_file"),
        ({"file": "a.pdf"}, "evidence_file_comes_with_its_facts"),
        ({"sha256": "a"}, "evidence_file_comes_with_its_facts"),
    ],
)
def test_evidence_constraints(an: User, given: dict, name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        stored(an, **given)


@pytest.mark.parametrize("given", [{"removal_reason": "Nhầm."}, {"removed_at": "2024-11-01T08:00:00+07:00"}])
def test_a_removal_says_by_whom_when_and_why(an: User, given: dict) -> None:
    evidence = stored(an)
    with pytest.raises(IntegrityError, match="removed_attachment_says"), transaction.atomic():
        Attachment.objects.create(evidence=evidence, unit=an.unit, **given)


def test_evidence_speaks_once_for_a_unit(an: User) -> None:
    evidence = stored(an)
    Attachment.objects.create(evidence=evidence, unit=an.unit)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.create(evidence=evidence, unit=an.unit)


def test_the_admin_shows_it_and_changes_nothing(client: Client, an: User, quang: User) -> None:
    evidence = attached(client, an)
    client.force_login(quang)

    assert evidence.number in said(client.get(reverse("admin:criteria_evidence_changelist")))
    url = reverse("admin:criteria_evidence_change", args=[evidence.pk])
    assert evidence.number in said(client.get(url))
    assert client.post(url, {"number": "x"}).status_code == 403
    assert client.get(reverse("admin:criteria_evidence_add")).status_code == 403


def test_the_pages_of_an_assessment_still_lead_here(client: Client, an: User) -> None:
    (revision,) = entered(an)

    assert page_of() in read(client, an, address(revision))


def test_the_register_narrows_to_a_district(client: Client, an: User, binh: User, chi: User) -> None:
    mine = attached(client, an)
    theirs = attached(client, binh, code="23944", number="13/QĐ-UBND")
    url = reverse("evidence") + f"?period=2024&indicator={BASIC}&district={unit_of('633').pk}"

    page = read(client, chi, url)
    assert theirs.get_absolute_url() in page
    assert mine.get_absolute_url() not in page
