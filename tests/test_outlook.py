"""Dự kiến đạt: by which quarter and by which measure what is not met is expected to be."""

import datetime
import hashlib
import json

from django.utils import timezone

from criteria.models import Entry, Revision, State, Verb
from criteria.outlooks import MEASURES, Outlook, Quarter, quarters_after
from tests.cases import address, entered, line, taken
from tests.test_assessment_pages import client_of, fields, page_of, text
from tests.test_self_assessment import said, sheet

MEASURE = MEASURES[0]


def ahead() -> Quarter:
    return Quarter.of(timezone.localdate()).after(2)


def failed(**given):
    return fields(verdict_4="not_met", expected=ahead().key, measure=MEASURE, **given)


def test_quarters_follow_each_other_over_the_year():
    third = Quarter.of(datetime.date(2025, 9, 30))
    assert (third.key, third.label) == ("2025-Q3", "Quý III/2025")
    assert third.after(2) == Quarter(2026, 1)
    assert third.has_passed(datetime.date(2025, 10, 1))
    assert not third.has_passed(datetime.date(2025, 9, 30))
    offered = list(quarters_after(datetime.date(2024, 12, 31), datetime.date(2025, 2, 1)))
    assert (offered[0], offered[-1], len(offered)) == (Quarter(2025, 1), Quarter(2027, 1), 9)


def test_the_form_asks_and_the_page_and_the_story_tell_it(an):
    client = client_of(an)
    assert "Chưa ghi dự kiến" not in text(client.post(page_of(page="edit/"), failed(), follow=True))
    revision = Revision.objects.get()
    assert revision.outlook == Outlook(ahead(), MEASURE)
    seen = text(client.get(address(revision)))
    assert f"Dự kiến đạt: {ahead().label}; biện pháp: {MEASURE}" in seen
    assert "quá hạn dự kiến" not in seen
    token = client.get(page_of(page="edit/")).context["form"].standing.token
    client.post(page_of(page="edit/"), fields(token, verdict_4="not_met", measure=MEASURE))
    told = Entry.objects.latest("pk").changes
    assert told == {"outlook": [Outlook(ahead(), MEASURE).text, f"biện pháp: {MEASURE}"]}
    assert f"→ biện pháp: {MEASURE}" in text(client.get(address(revision)))


def test_it_is_not_required_and_its_absence_is_told(an):
    answer = client_of(an).post(page_of(page="edit/"), fields(verdict_4="not_met"), follow=True)
    assert "chưa ghi dự kiến đạt và biện pháp" in text(answer)


def test_a_quarter_that_is_not_offered_is_refused_at_the_field(an):
    answer = client_of(an).post(page_of(page="edit/"), failed() | {"expected": "1999-Q1", "measure": "Khác"})
    assert {"expected", "measure"} <= set(answer.context["form"].errors)
    assert not Revision.objects.exists()


def test_what_is_met_expects_nothing(an):
    client = client_of(an)
    client.post(page_of(page="edit/"), failed())
    token = client.get(page_of(page="edit/")).context["form"].standing.token
    client.post(page_of(page="edit/"), fields(token, expected=ahead().key, measure=MEASURE))
    revision = Revision.objects.get()
    assert (revision.verdict, revision.outlook) == ("met", Outlook())


def test_a_door_that_does_not_ask_keeps_it(an):
    client_of(an).post(page_of(page="edit/"), failed())
    entered(an, line(but={4: "not_met", 7: "not_met"}))
    assert Revision.objects.get().outlook == Outlook(ahead(), MEASURE)
    entered(an, line())
    assert Revision.objects.get().outlook == Outlook()


def test_the_sheet_of_the_commune_asks_too(an):
    client = client_of(an)
    data = said(but={4: "not_met"})
    assert "Chưa ghi dự kiến đạt và biện pháp." in text(client.post(sheet(), data, follow=True))
    client.post(sheet(), said(but={4: "not_met"}, expected=ahead().key, measure=MEASURE))
    assert Revision.objects.get().outlook == Outlook(ahead(), MEASURE)


def test_a_decision_names_it_and_a_correction_keeps_it(bao, chi):
    revision = entered(bao, line(but={4: "not_met"}))[0]
    before = revision.content_hash()
    results = sorted([r.condition.number, r.verdict, r.reason] for r in revision.results.all())
    bare = {
        "unit": revision.assessment.unit.key,
        "indicator": revision.assessment.indicator.code,
        "period": "2024",
        "checklist": [revision.checklist.number, revision.checklist.applies_from.isoformat()],
        "verdict": "not_met",
        "results": results,
    }
    said_before = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert before == hashlib.sha256(said_before.encode()).hexdigest()
    Revision.objects.filter(pk=revision.pk).update(expected_year=2025, expected_quarter=1, measure=MEASURE)
    official = taken(Verb.CONFIRM, taken(Verb.SUBMIT, Revision.objects.get(), bao), chi)
    assert official.content_hash() != before
    taken(Verb.REOPEN, official, chi, reason="Rà soát lại.")
    copy = Revision.objects.get(number=2)
    assert (copy.state, copy.outlook) == (State.DRAFT, Outlook(Quarter(2025, 1), MEASURE))


def test_the_list_of_units_not_met_says_when_and_what_is_overdue(bao, chi, lan):
    revision = entered(bao, line(but={4: "not_met"}))[0]
    Revision.objects.filter(pk=revision.pk).update(expected_year=2025, expected_quarter=1, measure=MEASURE)
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, revision, bao), chi)
    seen = text(client_of(lan).get("/progress/xa-ntm-19.2/?as_of=2024-12-31&standing=not_met"))
    assert f"Dự kiến đạt: Quý I/2025; biện pháp: {MEASURE} quá hạn dự kiến" in seen
