"""Returning single items, each with its reason: where the officer mends them, in the story, and to nobody else."""

import pytest

from criteria.history import reasons_by_number
from criteria.models import ReturnedItem, Review, Revision, State, Verb
from tests.cases import address, conditions, entered, line, taken
from tests.grids import grid_url, opened, typed
from tests.grids import sent as sent_cells
from tests.test_assessment_pages import client_of, text
from tests.test_review_queue import DECIDE, marks
from tests.test_self_assessment import sheet

WHY = "Chưa có số, ngày văn bản."


@pytest.fixture
def returned(an, bao):
    """What An sent, returned by Bảo for condition 4 alone."""
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    client_of(bao).post(address(revision, "return/"), {"item_4": WHY})
    return Revision.objects.get(pk=revision.pk)


def test_a_reason_at_one_item_is_enough_and_stands_at_the_item(returned, an):
    assert returned.state == State.RETURNED
    assert Review.objects.get(verb=Verb.RETURN).reason == "Xem lý do ở nội dung 4."
    assert reasons_by_number(returned, an) == {4: WHY}
    form = client_of(an).get(address(returned, "edit/")).context["form"]
    assert [row["returned"] for row in form.rows()] == ["", "", "", WHY, "", "", "", ""]
    assert f"Lý do trả lại: {WHY}" in text(client_of(an).get(address(returned, "edit/")))
    assert f"Lý do trả lại: {WHY}" in text(client_of(an).get(sheet()))


def test_the_grid_says_it_at_the_cell_until_it_is_sent_again(returned, an, lan):
    client = client_of(an)
    page = client.get(grid_url())
    (row,) = page.context["grid"].rows
    assert [one.returned for one in row.cells] == ["", "", "", WHY, "", "", "", ""]
    assert text(page).count(f"Trả lại: {WHY}") == 1
    assert "Lý do trả lại: Xem lý do ở nội dung 4." in text(page)
    answer = sent_cells(client, opened(client), typed({4: "Chưa đạt"}))
    assert f"Trả lại: {WHY}" in answer["rows"][str(an.unit_id)]["cells"]["4"]["foot"]
    taken(Verb.SUBMIT, returned, an)
    assert WHY not in text(client.get(grid_url()))


def test_the_story_and_the_batch_tell_it(returned, an, bao):
    assert text(client_of(an).get(address(returned))).count(f"Nội dung 4: {WHY}") == 2  # at the head, in the story
    batch = Review.objects.get(verb=Verb.RETURN).batch
    assert f"Nội dung 4: {WHY}" in text(client_of(bao).get(f"/reviews/batches/{batch}/"))


def test_a_leader_reads_no_reason(returned, lan):
    assert WHY not in text(client_of(lan).get(address(returned)))
    assert WHY not in text(client_of(lan).get(f"/reviews/batches/{Review.objects.get(verb=Verb.RETURN).batch}/"))


def test_the_queue_asks_for_items_where_one_result_is_returned(an, bao):
    taken(Verb.SUBMIT, entered(an)[0], an)
    client = client_of(bao)
    data = {"decision": "return", "pick": marks(client.get("/reviews/"))}
    asked = client.post(DECIDE, data)
    assert len(asked.context["form"].item_fields) == 8
    assert "hoặc ghi lý do ở từng nội dung" in text(client.post(DECIDE, data | {"confirmed": "1"}))
    client.post(DECIDE, data | {"confirmed": "1", "reason": "Rà soát lại.", "item_7": WHY})
    assert Review.objects.get(verb=Verb.RETURN).reason == "Rà soát lại."
    assert [(item.condition.number, item.reason) for item in ReturnedItem.objects.all()] == [(7, WHY)]


def test_several_are_returned_as_a_whole(bao, chi):
    for revision in entered(bao, line("23905"), line("23902")):
        taken(Verb.SUBMIT, revision, bao)
    asked = client_of(chi).post(DECIDE, {"decision": "return-all"})
    assert not asked.context["form"].item_fields


def test_no_other_step_names_items(an):
    revision = entered(an)[0]
    taken(Verb.SUBMIT, revision, an, items={conditions()[4].pk: WHY})
    assert not ReturnedItem.objects.exists()
