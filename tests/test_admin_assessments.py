"""The admin as one more door: whoever may enter changes a draft there, and nothing else can be bent."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from criteria.models import Assessment, Door, Entry, Review, Revision, State, Verb
from tests.cases import BASIC, LETTER, entered, line, revision_of, taken

LIST = "/admin/criteria/assessment/"
ADD = f"{LIST}add/?period=2024&indicator={BASIC}&unit="


@pytest.fixture
def staff(bao, chi, chinh, lan, an):
    for person in (bao, chi, chinh, lan, an):
        person.is_staff = True
        person.save()


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def fields(seen="", **given):
    said = {f"verdict_{n}": "met" for n in range(1, 9)}
    return {**said, **{f"reason_{n}": "" for n in range(1, 9)}, "seen": seen, **given}


def change(revision: Revision) -> str:
    return f"{LIST}{revision.assessment_id}/change/"


def test_adding_asks_for_the_unit_first(staff, an):
    page = client_of(an).get(f"{LIST}add/")
    assert page.status_code == 200
    assert "Tiếp tục" in page.content.decode()
    page = client_of(an).get(f"{ADD}ia bang")
    assert "Xã Ia Băng (Chư Prông)" in page.content.decode()


def test_two_units_of_one_folded_name_are_asked_about(staff, bao):
    page = client_of(bao).get(f"{ADD}ia bang").content.decode()
    assert "Có nhiều đơn vị cùng tên" in page
    assert "23905" in page
    assert "23924" in page


def test_a_commune_officer_adds_a_draft(staff, an):
    answer = client_of(an).post(f"{ADD}23905", fields(verdict_4="not_met"))
    assert answer.status_code == 302
    revision = revision_of(line())
    assert (revision.state, revision.verdict) == (State.DRAFT, "not_met")
    assert Entry.objects.get().door == Door.ADMIN


def test_adding_what_is_already_there_leads_to_it(staff, an):
    revision = entered(an)[0]
    assert client_of(an).get(f"{ADD}23905").url == change(revision)


def test_nothing_typed_adds_nothing(staff, an):
    answer = client_of(an).post(f"{ADD}23905", {"seen": ""})
    assert "Chưa nhập nội dung nào." in answer.content.decode()
    assert not Assessment.objects.exists()


def test_a_draft_is_changed_with_its_conditions(staff, bao):
    revision = entered(bao)[0]
    page = client_of(bao).get(change(revision)).content.decode()
    assert 'name="verdict_8"' in page
    client_of(bao).post(change(revision), fields(verdict_4="not_met"))
    revision.refresh_from_db()
    assert revision.verdict == "not_met"
    assert Entry.objects.latest("pk").changes == {"4": ["met", "not_met"]}


def test_on_behalf_the_letter_is_asked_for(staff, chi):
    answer = client_of(chi).post(f"{ADD}23905", fields())
    assert answer.status_code == 200
    assert not Revision.objects.exists()
    letter = {"letter_number": LETTER.number, "letter_on": "10/01/2025"}
    client_of(chi).post(f"{ADD}23905", fields(**letter))
    assert revision_of(line()).letter_number == LETTER.number


def test_an_administrator_enters_as_any_other_door_allows(quang):
    letter = {"letter_number": LETTER.number, "letter_on": "10/01/2025"}
    client_of(quang).post(f"{ADD}23905", fields(**letter))
    revision = revision_of(line())
    assert revision.verdict == "met"
    assert client_of(quang).get(change(revision)).status_code == 200


@pytest.mark.parametrize("examined", [False, True])
def test_what_was_sent_is_only_read(staff, an, bao, examined):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    if examined:
        taken(Verb.EXAMINE, revision, bao)
    page = client_of(an).get(change(revision))
    assert page.status_code == 200
    assert 'name="verdict_' not in page.content.decode()
    answer = client_of(an).post(change(revision), fields(verdict_4="not_met"))
    assert answer.status_code == 403
    assert ("Công an tỉnh trả lại" if examined else "Rút lại") in answer.content.decode()
    revision.refresh_from_db()
    assert revision.verdict == "met"


def test_over_a_confirmed_result_a_correction_opens(staff, bao, chi):
    first = taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    client_of(bao).post(change(first), fields(verdict_4="not_met"))
    first.refresh_from_db()
    assert first.state == State.CONFIRMED
    assert revision_of(line()).number == 2


def test_a_stale_form_is_refused(staff, an, bao):
    revision = entered(an)[0]
    entered(bao, line(but={5: "not_met"}))
    answer = client_of(an).post(change(revision), fields(seen="something-older", verdict_4="not_met"))
    assert "đã được sửa sau khi mở trang này" in answer.content.decode()
    assert revision_of(line()).results.get(condition__number=4).verdict == "met"


def test_a_foreign_assessment_is_in_no_list_and_at_no_address(staff, an, binh):
    binh.is_staff = True
    binh.save()
    revision = entered(an)[0]
    assert "Ia Băng" not in client_of(binh).get(LIST).content.decode()
    assert client_of(binh).get(change(revision)).status_code == 404
    assert "Không có đơn vị này" in client_of(binh).get(f"{ADD}23905").content.decode()
    for trail in ("entry", "review"):
        assert "Ia Băng" not in client_of(binh).get(f"/admin/criteria/{trail}/").content.decode()


def test_a_leader_only_reads(staff, an, lan):
    revision = entered(an)[0]
    page = client_of(lan).get(change(revision)).content.decode()
    assert 'name="verdict_' not in page
    answer = client_of(lan).get(f"{LIST}add/")
    assert answer.status_code == 403
    assert "ãnh đạo chỉ xem số liệu, không nhập." in answer.content.decode()
    assert client_of(lan).post(change(revision), fields()).status_code == 403


def test_nobody_without_admin_access_gets_in(an):
    assert client_of(an).get(LIST).status_code == 302


def test_nothing_is_deleted(quang, an):
    revision = entered(an)[0]
    assert client_of(quang).get(f"{LIST}{revision.assessment_id}/delete/").status_code == 403
    answer = client_of(quang).post(
        LIST, {"action": "delete_selected", "_selected_action": [revision.assessment_id]}, follow=True
    )
    assert Revision.objects.filter(pk=revision.pk).exists()
    assert answer.status_code == 200


def act(person, action, *revisions, **given):
    data = {"action": action, "_selected_action": [r.assessment_id for r in revisions], **given}
    return client_of(person).post(LIST, data, follow=True)


def test_the_steps_are_actions_asked_about_and_then_taken(staff, bao, chi):
    revisions = entered(bao, line("23902"), line("23905"))
    page = act(bao, "submit", *revisions).content.decode()
    assert "Gửi 2 kết quả" in page
    assert not Review.objects.exists()
    act(bao, "submit", *revisions, confirmed="1")
    assert set(Revision.objects.values_list("state", flat=True)) == {State.EXAMINED}
    act(chi, "return_", revisions[0], confirmed="1")
    revisions[0].refresh_from_db()
    assert revisions[0].state == State.EXAMINED  # no reason given
    act(chi, "return_", revisions[0], confirmed="1", reason="Rà soát lại.")
    act(chi, "confirm", revisions[1], confirmed="1")
    assert set(Revision.objects.values_list("state", flat=True)) == {State.RETURNED, State.CONFIRMED}
    act(chi, "reopen", revisions[1], confirmed="1", reason="Sai số liệu.")
    assert revision_of(line("23905")).number == 2


def test_a_refused_row_is_named_in_the_same_words_and_nothing_is_done(staff, bao, chi):
    theirs = taken(Verb.SUBMIT, entered(bao, line("23902"))[0], bao)
    own = taken(Verb.SUBMIT, entered(chi, letter=LETTER)[0], chi)
    page = act(chi, "confirm", theirs, own, confirmed="1").content.decode()
    assert "Xã Ia Băng (Chư Prông, đến 30/6/2025): người đã nhập hoặc gửi kết quả này không xét kết quả đó." in page
    assert not Revision.objects.official().exists()


def test_the_list_costs_the_same_at_two_sizes(staff, bao, chi):
    living = ["23902", "23905"]
    entered(bao, *(line(code) for code in living))
    few = queries_of(chi, LIST)
    entered(bao, *(line(code) for code in ("23908", "23924", "23890", "23893")))
    assert queries_of(chi, LIST) == few
    assert reverse("admin:criteria_assessment_changelist") == LIST


def queries_of(person, url):
    client = client_of(person)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len(captured)
