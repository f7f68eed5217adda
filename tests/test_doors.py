"""Every door for every role: who may is served; who may not changes nothing and reads why, in the same words."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.test import RequestFactory

from communes.models import User
from criteria.models import Assessment, Entry, ReportingPeriod, Review, Revision, State, Verb
from tests.cases import LETTER, entered, taken
from tests.doors import ENTERING, STEPS, Person, at_a_browser, handed_in, heard, saved_upload, sent_upload
from tests.test_matrix import WORDS, cells, told

WHO = {
    "an": "Công an xã",
    "bao": "Công an huyện",
    "chi": "Công an tỉnh",
    "lan": "Lãnh đạo",
    "quang": "Quản trị hệ thống",
}
WORDS_OF_A_DOOR = {
    "workbook": "biểu Excel do Công an huyện, Công an tỉnh nộp. Nhập kết quả ở trang Đánh giá chỉ tiêu.",
    "queue": "chỉ Công an huyện và Công an tỉnh xét kết quả.",
}

# + it is entered; else why not. Whoever may is told in a closed period that it is closed.
DOORS = """
               an        bao    chi     lan     quang
    form       +         +      +       reader  +
    sheet      +         +      letter  reader  letter
    grid       +         +      +       reader  +
    cells      +         +      +       reader  +
    admin      +         +      +       reader  +
    command    workbook  +      +       reader  +
"""
# The door, how the result stands, the verb. An entered and sent it, Bảo examined it, Chi confirmed it; "mine": each has
# sent it himself. + the step is taken; "none": the admin does not offer it; - as above.
MOVES = """
                                  an        bao       chi       lan     quang
    button draft submit           +         +         +         role    +
    button submitted submit       state     state     state     -       state
    button mine withdraw          +         +         +         -       +
    button submitted withdraw     -         sender    sender    role    sender
    button examined withdraw      examined  -         -         -       -
    button submitted examine      role      +         role      role    role
    button examined examine       -         state     -         -       -
    button submitted return       role      +         +         role    role
    button examined return        -         province  +         -       -
    button confirmed return       -         -         state     -       -
    button submitted confirm      role      role      first     role    role
    button examined confirm       -         -         +         -       -
    button examined reopen        role      role      state     role    role
    button confirmed reopen       -         -         +         -       -
    list draft submit             +         +         +         role    +
    list submitted submit         state     state     state     -       state
    queue submitted examine       queue     +         -         queue   queue
    queue examined examine        -         state     -         -       -
    queue submitted confirm       -         -         first     -       -
    queue examined confirm        -         -         +         -       -
    queue submitted return        queue     +         +         queue   queue
    queue examined return         -         province  +         -       -
    queue confirmed return        -         -         state     -       -
    action draft submit           +         +         +         none    +
    action submitted submit       state     state     state     -       state
    action mine withdraw          +         +         +         -       +
    action submitted withdraw     -         sender    sender    none    sender
    action examined withdraw      examined  -         -         -       -
    action submitted examine      none      +         none      none    none
    action examined examine       -         state     -         -       -
    action submitted return       none      +         +         none    none
    action examined return        -         province  +         -       -
    action submitted confirm      none      none      first     none    none
    action examined confirm       -         -         +         -       -
    action examined reopen        none      none      state     none    none
    action confirmed reopen       -         -         +         -       -
"""
LABELS = {
    "draft": "Đang nhập",
    "submitted": "Đã gửi, chờ thẩm tra",
    "examined": "Đã thẩm tra, chờ xác nhận",
    "confirmed": "Đã xác nhận",
}
WAY = {"submitted": (Verb.SUBMIT, "an"), "examined": (Verb.EXAMINE, "bao"), "confirmed": (Verb.CONFIRM, "chi")}


@pytest.fixture
def people(an: User, bao: User, chi: User, lan: User, quang: User) -> dict[str, Person]:
    User.objects.update(is_staff=True)
    return {user.username: at_a_browser(user) for user in User.objects.all()}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def says(page: str, words: str) -> bool:
    """Whether the page says it, within a sentence or as one."""
    return words in page or words[0].upper() + words[1:] in page


@contextmanager
def shut() -> Iterator[None]:
    """Let the period be closed, and take back what is done within."""
    with undone():
        ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
        yield


@pytest.mark.parametrize("door", sorted({door for door, _ in cells(DOORS)}))
def test_entering_by_every_door(people: dict[str, Person], tmp_path: Path, door: str) -> None:
    words = WORDS | WORDS_OF_A_DOOR
    for who, one in people.items():
        expected = cells(DOORS)[door, who]
        with undone():
            page = ENTERING[door](one, tmp_path)
            if expected == "+":
                assert list(Revision.objects.values_list("state", "verdict")) == [(State.DRAFT, "met")], (who, page)
                assert Entry.objects.get().by == one.user
            else:
                assert says(page, words[expected]), (who, page)
                assert not Revision.objects.exists(), who
        if expected in ("+", "letter"):
            with shut():
                assert says(page := ENTERING[door](one, tmp_path), words["closed"]), (who, page)
                assert not Revision.objects.exists(), who


def offered(one: Person) -> set[str]:
    """Return the steps among the actions that the admin offers; what it does not offer it does not take."""
    request = RequestFactory().get("/")
    request.user = one.user
    return {name.strip("_") for name in site.get_model_admin(Assessment).get_actions(request)}


@pytest.mark.parametrize("state", ["draft", "submitted", "examined", "confirmed", "mine"])
def test_every_step_by_every_door(people: dict[str, Person], state: str) -> None:
    revision = entered(people["an"].user)[0]
    for verb, by in list(WAY.values())[: [*LABELS, "mine"].index(state) % len(LABELS)]:
        taken(verb, revision, people[by].user)
    for (row, who), expected in cells(MOVES).items():
        door, stands, verb = row.split()
        if stands != state or expected == "-":
            continue
        if expected == "none":
            assert verb not in offered(people[who])
            continue
        with undone():
            if state == "mine":
                taken(Verb.SUBMIT, revision, people[who].user, letter=LETTER)
            before = Review.objects.count()
            page = STEPS[door](people[who], verb, revision)
            done = list(Review.objects.values_list("verb", "by", "door"))[before:]
            by = (verb, people[who].user.pk, "admin" if door == "action" else "form")
            assert done == ([by] if expected == "+" else []), (row, who, page)
            if expected != "+":
                word = LABELS.get(state, "")
                words = told(expected, "open", role=WHO[who], verb=verb, word=word, more=WORDS_OF_A_DOOR)
                assert says(page, words), (row, who, page)
        revision.refresh_from_db()


@pytest.mark.parametrize("who", WHO)
def test_what_a_workbook_brings_is_saved_and_sent(people: dict[str, Person], who: str) -> None:
    one, refused = people[who], {"an": WORDS_OF_A_DOOR["workbook"], "lan": WORDS["reader"]}.get(who, "")
    if refused:
        assert says(handed_in(one)[0], refused)
        url = handed_in(people["bao"])[1]
        assert says(sent_upload(one, url), refused)
        assert not Revision.objects.exists()
        return
    url = handed_in(one)[1]
    with shut():
        assert says(page := saved_upload(one, url), WORDS["closed"]), page
        assert not Revision.objects.exists()
    saved_upload(one, url)
    assert [(entry.by, entry.door) for entry in Entry.objects.all()] == [(one.user, "upload")]
    with shut():
        assert says(page := sent_upload(one, url), WORDS["closed"]), page
        assert not Review.objects.exists()
    assert "Đã gửi 1/19 xã" in sent_upload(one, url)
    assert (Review.objects.get().by, Review.objects.get().door) == (one.user, "upload")
    with shut():
        assert "Đã gửi 1 kết quả đến Công an tỉnh" in heard(one.client.get(url))


def test_the_tables_are_whole() -> None:
    assert {door for door, _ in cells(DOORS)} == set(ENTERING) - {"upload"}
    offered = {
        door: {verb for (row, _) in cells(MOVES) for at, _, verb in (row.split(),) if at == door} for door in STEPS
    }
    deciding = {Verb.EXAMINE, Verb.RETURN, Verb.CONFIRM}
    assert offered == {"button": set(Verb), "list": {Verb.SUBMIT}, "queue": deciding, "action": set(Verb)}
