"""The one table of rules, whole: state × role × period × verb, each with its answer and words.

Written from design.md, section 2 (States), not from `criteria.rules`. Pure: no database.
"""

import datetime
from collections.abc import Mapping

import pytest

from communes.models import Role
from criteria.models import ReportingPeriod, State, Verb
from criteria.rules import Case, is_correction, refusal_of_period, refusal_of_step, refusal_to_enter

# --- when: the day, what new work and what a correction are told on it ------------------------------------

YEAR = ReportingPeriod(
    key="2024",
    label="Năm 2024",
    opens_on=datetime.date(2024, 12, 1),
    due_on=datetime.date(2024, 12, 15),
    closes_on=datetime.date(2024, 12, 20),
    corrections_close_on=datetime.date(2024, 12, 31),
)
UNTIL = datetime.date(2025, 1, 5)  # the last day of an extension (gia hạn)
PERIODS = {
    # situation: day, extended until, new work, correction
    "not begun": (datetime.date(2024, 11, 30), None, "not yet", "not yet"),
    "open": (datetime.date(2024, 12, 10), None, "", ""),
    "due passed": (datetime.date(2024, 12, 18), None, "", ""),
    "closed for new work": (datetime.date(2024, 12, 25), None, "closed", ""),
    "closed": (datetime.date(2025, 1, 2), None, "closed", "no correction"),
    "extension": (datetime.date(2025, 1, 2), UNTIL, "", ""),
    "extension passed": (datetime.date(2025, 1, 6), UNTIL, "closed", "no correction"),
}

# --- what each refusal says ------------------------------------------------------------------------------

WORDS = {
    "not yet": "kỳ năm 2024 chưa mở, nhận kết quả từ ngày 01/12/2024. Đề nghị Công an tỉnh mở kỳ.",
    "closed": "kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn.",
    "no correction": "kỳ năm 2024 đã khóa điều chỉnh ngày 31/12/2024. Đề nghị Công an tỉnh gia hạn.",
    "reader": "lãnh đạo chỉ xem số liệu, không nhập.",
    "letter": "nhập thay đơn vị cần số và ngày của công văn đề nghị.",
    "sent": "kết quả đã gửi, đang chờ xét. Người gửi chọn “Rút lại”, hoặc đề nghị cơ quan nhận trả lại, rồi sửa.",
    "waits": (
        "kết quả đang chờ Công an tỉnh xác nhận. Người gửi chọn “Rút lại”, hoặc đề nghị Công an tỉnh trả lại, rồi sửa."
    ),
    "sender": "chỉ người gửi được rút lại.",
    "examined": "kết quả đã được thẩm tra. Đề nghị Công an tỉnh trả lại.",
    "own": "người đã nhập hoặc gửi kết quả này không xét kết quả đó. Đề nghị người khác xét.",
    "skips": "kết quả này không qua bước thẩm tra ở cấp huyện.",
    "province": "kết quả đang chờ Công an tỉnh. Đề nghị Công an tỉnh trả lại.",
    "first": "kết quả chưa được thẩm tra ở cấp huyện.",
    "unfinished": "kết quả này đang có lần điều chỉnh chưa xong.",
}
STATES = {
    # column: state, number of the revision, its word where a district examines
    "draft": (State.DRAFT, 1, "Đang nhập"),
    "draft2": (State.DRAFT, 2, "Đang nhập"),
    "returned": (State.RETURNED, 1, "Trả lại để bổ sung"),
    "submitted": (State.SUBMITTED, 1, "Đã gửi, chờ thẩm tra"),
    "submitted2": (State.SUBMITTED, 2, "Đã gửi, chờ thẩm tra"),
    "examined": (State.EXAMINED, 1, "Đã thẩm tra, chờ xác nhận"),
    "confirmed": (State.CONFIRMED, 1, "Đã xác nhận"),
    "replaced": (State.REPLACED, 1, "Đã thay bằng lần điều chỉnh sau"),
}
ROLES = {
    "c": (Role.COMMUNE, "Công an xã"),
    "d": (Role.DISTRICT, "Công an huyện"),
    "p": (Role.PROVINCE, "Công an tỉnh"),
    "l": (Role.LEADER, "Lãnh đạo"),
    "a": (Role.ADMINISTRATOR, "Quản trị hệ thống"),
}
BUTTONS = {
    "submit": "Gửi",
    "withdraw": "Rút lại",
    "examine": "Thẩm tra xong",
    "return": "Trả lại",
    "confirm": "Xác nhận",
    "reopen": "Mở lại để điều chỉnh",
}

# --- who may enter over what, and take which step ---------------------------------------------------------
# Of a commune's decided result where a district examines, that the person neither entered nor sent.
#   +      allowed, whatever the period           state  refused with the word of the state
#   N, C   allowed while the period takes new work, corrections; before another answer: that first
#   role   the role never takes the step          the others: WORDS
# own: what they entered or sent · bare: without the letter · sent: what they sent · busy: its correction is not done
# direct: where no district examines · "nothing": the unit has said nothing yet; what is replaced no longer stands.

ENTERING = """
               nothing  draft     draft2    returned  submitted submitted2 examined  confirmed
    c          N        N         C         C         N:sent    C:sent     N:waits   C
    d          N        N         C         C         N:sent    C:sent     N:waits   C
    p          N        N         C         C         N:sent    C:sent     N:waits   C
    p bare     N:letter N:letter  C:letter  C:letter  N:letter  C:letter   N:letter  C:letter
    l          reader   reader    reader    reader    reader    reader     reader    reader
    a          N        N         C         C         N:sent    C:sent     N:waits   C
    a bare     N:letter N:letter  C:letter  C:letter  N:letter  C:letter   N:letter  C:letter
"""
STEPS = """
                      draft     draft2    returned  submitted submitted2 examined  confirmed  replaced
    submit c          N         C         C         state     state      state     state      state
    submit d          N         C         C         state     state      state     state      state
    submit p          N         C         C         state     state      state     state      state
    submit p bare     N:letter  C:letter  C:letter  state     state      state     state      state
    submit l          role      role      role      role      role       role      role       role
    submit a          N         C         C         state     state      state     state      state
    submit a bare     N:letter  C:letter  C:letter  state     state      state     state      state

    withdraw c        state     state     state     N:sender  C:sender   N:sender  state      state
    withdraw c sent   state     state     state     N         C          N:examined state     state
    withdraw d        state     state     state     N:sender  C:sender   N:sender  state      state
    withdraw d sent   state     state     state     N         C          N         state      state
    withdraw p        state     state     state     N:sender  C:sender   N:sender  state      state
    withdraw p sent   state     state     state     N         C          N         state      state
    withdraw l        role      role      role      role      role       role      role       role
    withdraw a        state     state     state     N:sender  C:sender   N:sender  state      state
    withdraw a sent   state     state     state     N         C          N         state      state

    examine c         role      role      role      role      role       role      role       role
    examine d         state     state     state     +         +          state     state      state
    examine d own     state     state     state     own       own        state     state      state
    examine d direct  state     state     state     skips     skips      state     state      state
    examine p         role      role      role      role      role       role      role       role
    examine l         role      role      role      role      role       role      role       role
    examine a         role      role      role      role      role       role      role       role

    return c          role      role      role      role      role       role      role       role
    return d          state     state     state     +         +          province  state      state
    return d own      state     state     state     +         +          province  state      state
    return d direct   state     state     state     province  province   province  state      state
    return p          state     state     state     +         +          +         state      state
    return p own      state     state     state     +         +          +         state      state
    return p direct   state     state     state     +         +          +         state      state
    return l          role      role      role      role      role       role      role       role
    return a          role      role      role      role      role       role      role       role

    confirm c         role      role      role      role      role       role      role       role
    confirm d         role      role      role      role      role       role      role       role
    confirm p         state     state     state     first     first      +         state      state
    confirm p own     state     state     state     first     first      own       state      state
    confirm p direct  state     state     state     +         +          +         state      state
    confirm l         role      role      role      role      role       role      role       role
    confirm a         role      role      role      role      role       role      role       role

    reopen c          role      role      role      role      role       role      role       role
    reopen d          role      role      role      role      role       role      role       role
    reopen p          state     state     state     state     state      state     C          state
    reopen p own      state     state     state     state     state      state     C          state
    reopen p busy     state     state     state     state     state      state     C:unfinished state
    reopen l          role      role      role      role      role       role      role       role
    reopen a          role      role      role      role      role       role      role       role
"""


def cells(table: str) -> dict[tuple[str, str], str]:
    """Return the answer of each (row, column)."""
    head, *rows = (text.split() for text in table.splitlines() if text.strip())
    return {
        (" ".join(row[: -len(head)]), column): answer
        for row in rows
        for column, answer in zip(head, row[-len(head) :], strict=True)
    }


def told(
    answer: str, period: str, *, role: str = "", verb: str = "", word: str = "", more: Mapping[str, str] | None = None
) -> str:
    """Return the words of an answer of the table in a period, "" where it is allowed."""
    clock, _, then = (
        answer.rpartition(":") if ":" in answer else (answer, "", "") if answer in "NC" else ("", "", answer)
    )
    closed = PERIODS[period][2 if clock == "N" else 3] if clock else ""
    return {
        **WORDS,
        **(more or {}),
        "": "",
        "+": "",
        "state": f"kết quả đang ở trạng thái “{word}”.",
        "role": f"vai trò {role} không thực hiện bước “{BUTTONS.get(verb, '')}”.",
    }[closed or then]


@pytest.mark.parametrize("period", PERIODS)
def test_entering(period: str) -> None:
    day, until, _, _ = PERIODS[period]
    wrong = {}
    for (row, column), answer in cells(ENTERING).items():
        letter, _, how = row.partition(" ")
        state, number, _ = STATES.get(column, ("", 0, ""))
        closed = refusal_of_period(YEAR, day, is_correction=is_correction(state, number), extended_until=until)
        found = refusal_to_enter(ROLES[letter][0], state, has_letter=how != "bare", closed=closed)
        if found != told(answer, period):
            wrong[row, column] = found
    assert wrong == {}


@pytest.mark.parametrize("period", PERIODS)
def test_every_step(period: str) -> None:
    day, until, _, _ = PERIODS[period]
    wrong = {}
    for (row, column), answer in cells(STEPS).items():
        verb, letter, *how = row.split()
        state, number, word = STATES[column]
        role, name = ROLES[letter]
        case = Case(
            state=state,
            number=number,
            level="commune",
            verdict="met",
            is_examined_here=how != ["direct"],
            is_own=how in (["own"], ["sent"]),
            is_sender=how == ["sent"],
            # What a commune sent is in this state only after the district examined it.
            is_decided_on=letter == "c" and state == State.EXAMINED,
            is_in_correction=how == ["busy"],
            extended_until=until,
        )
        if how == ["direct"] and state == State.SUBMITTED:
            word = "Đã gửi, chờ xác nhận"
        found = refusal_of_step(verb, role, YEAR, case, day, has_letter=how != ["bare"])
        if found != told(answer, period, role=name, verb=verb, word=word):
            wrong[row, column] = found
    assert wrong == {}


def test_the_tables_are_whole() -> None:
    """Every state × role × verb has its answer: a new one fails here until it is written down."""
    rows = {tuple(row.split()[:2]) for row, _ in cells(STEPS)}
    assert rows == {(verb, letter) for verb in Verb.values for letter in ROLES}
    assert {row.split()[0] for row, _ in cells(ENTERING)} == set(ROLES)
    assert {column for _, column in cells(STEPS)} == set(STATES)
    assert {column for _, column in cells(ENTERING)} == {"nothing", *STATES} - {"replaced"}
    assert {state for state, _, _ in STATES.values()} == set(State)
    assert {role for role, _ in ROLES.values()} == set(Role)
    used = {answer.rpartition(":")[2] for table in (ENTERING, STEPS) for answer in cells(table).values()}
    assert set(WORDS) - used == {"not yet", "closed", "no correction"}
