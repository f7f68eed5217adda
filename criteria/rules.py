"""Who may do what to which state, in which period: the one table that every door asks.

Pure: it knows facts (`Case`), not rows. Each function answers with the reason for a refusal, in the words that the
page, the file, the admin and the command all show, or with "" when the step is allowed.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from communes.models import Level, Role
from communes.templatetags.vietnamese import day, lowered
from criteria.models import EDITABLE, PENDING, ReportingPeriod, State, Verb

# The word for what was sent where no district examines.
SENT_TO_PROVINCE = "Đã gửi, chờ xác nhận"
ENTERING_ROLES = (Role.COMMUNE, Role.DISTRICT, Role.PROVINCE, Role.ADMINISTRATOR)
# Those who are not the unit or its district enter on its behalf (nhập thay đơn vị), by a letter.
ON_BEHALF_ROLES = (Role.PROVINCE, Role.ADMINISTRATOR)
NO_LETTER = "nhập thay đơn vị cần số và ngày của công văn đề nghị."


@dataclass(frozen=True)
class Step:
    """From which states a verb may be taken, and by whom."""

    states: tuple[str, ...]
    roles: tuple[str, ...]


STEPS: dict[str, Step] = {
    Verb.SUBMIT: Step(EDITABLE, ENTERING_ROLES),
    Verb.WITHDRAW: Step(PENDING, ENTERING_ROLES),
    Verb.EXAMINE: Step((State.SUBMITTED,), (Role.DISTRICT,)),
    Verb.RETURN: Step(PENDING, (Role.DISTRICT, Role.PROVINCE)),
    Verb.CONFIRM: Step(PENDING, (Role.PROVINCE,)),
    Verb.REOPEN: Step((State.CONFIRMED,), (Role.PROVINCE,)),
}
NEEDS_REASON = (Verb.RETURN, Verb.REOPEN)
# The steps of those who work on a result, and the one that gives it back to them: only while the period is open.
# What was sent in time is examined, returned and confirmed after the closing too.
BOUND_BY_PERIOD = (Verb.SUBMIT, Verb.WITHDRAW, Verb.REOPEN)
# The steps before which a result is checked: what forbids them, and what needs a tick and a reason.
CHECKED = (Verb.SUBMIT, Verb.EXAMINE, Verb.CONFIRM)
# Who opens and closes periods, sets their days and grants extensions.
PERIOD_ROLES = (Role.PROVINCE, Role.ADMINISTRATOR)
# Those who enter or review a unit see its sensitive conditions; a leader only "Chưa đạt" as a whole.
SEES_SENSITIVE_ROLES = ENTERING_ROLES


@dataclass(frozen=True)
class Case:
    """The facts on which the rules decide.

    `is_examined_here`: a district stands above the commune and a body examines on the period's last day.
    `is_own`: the person entered what the revision says, handed in the file that it came by, or submitted it.
    `is_decided_on`: somebody examined it since it was sent.
    `is_in_correction`: a newer revision of the same assessment is in work.
    `is_living`: the unit stands on the period's last day, and the indicator judges it.
    `contradicting`, `lacks_evidence`: the numbers of conditions not met in a result that is, and of those met without
    the evidence that they ask for.
    `lacks_signed_copy`: its period asks for one, and none says what it says now.
    `is_outdated`: it was made by another checklist than the one in application on the period's last day.
    `number` is that of the revision; `extended_until` the last day that an extension gives the unit.
    """

    state: str
    level: str
    verdict: str = ""
    is_examined_here: bool = False
    is_own: bool = False
    is_sender: bool = False
    is_decided_on: bool = False
    is_in_correction: bool = False
    needs_items: bool = False
    is_outdated: bool = False
    number: int = 1
    extended_until: datetime.date | None = None
    lacks_signed_copy: bool = False
    is_living: bool = True
    contradicting: tuple[int, ...] = ()
    lacks_evidence: tuple[int, ...] = ()


def is_correction(state: str, number: int) -> bool:
    """Whether work on what stands so mends what came back or was confirmed; anything else is new work."""
    return number > 1 or state in (State.RETURNED, State.CONFIRMED)


def refusal_of_period(
    period: ReportingPeriod,
    today: datetime.date,
    *,
    is_correction: bool = False,
    extended_until: datetime.date | None = None,
) -> str:
    """Say why nothing may be entered or sent in this period today: not yet, or not any more.

    `extended_until` is the last day that an extension (gia hạn) gives the unit for the indicator beyond the closing.
    """
    name = f"kỳ {lowered(period.label)}"
    if period.opens_after(today):
        return f"{name} chưa mở, nhận kết quả từ ngày {day(period.opens_on)}. Đề nghị Công an tỉnh mở kỳ."
    closed = period.closed_since(today, is_correction=is_correction)
    if closed is None or (extended_until is not None and today <= extended_until):
        return ""
    if is_correction and closed == period.corrections_close_on:
        return f"{name} đã khóa điều chỉnh ngày {day(closed)}. Đề nghị Công an tỉnh gia hạn."
    return f"{name} đã khóa ngày {day(closed)}. Đề nghị Công an tỉnh gia hạn."


def refusal_of_any_work(
    period: ReportingPeriod, today: datetime.date, *, extended_until: datetime.date | None = None
) -> str:
    """Say why neither new work nor a correction is taken: `extended_until` the latest extension of any unit."""
    correcting = refusal_of_period(period, today, is_correction=True, extended_until=extended_until)
    return correcting and refusal_of_period(period, today, extended_until=extended_until)


def refusal_of_step_in_period(verb: str, period: ReportingPeriod, case: Case, today: datetime.date) -> str:
    """Say why this step is not taken in the period today."""
    if verb not in BOUND_BY_PERIOD:
        return ""
    # What is withdrawn becomes a draft again: it may be taken back as long as it could be sent anew.
    return refusal_of_period(
        period, today, is_correction=is_correction(case.state, case.number), extended_until=case.extended_until
    )


def refusal_to_manage_periods(role: str) -> str:
    """Say why this role neither opens nor closes a period, sets its days or grants an extension."""
    return "" if role in PERIOD_ROLES else "kỳ báo cáo do Công an tỉnh mở, khóa và gia hạn."


def refusal_of_bare(bare: str, state: str, items: Mapping[int, str], takes: bool) -> str:
    """Say why a verdict without conditions may not be entered over a result in this state with these items.

    `bare` is the verdict, "" for a line that has conditions; `takes` whether the period allows bare ones.
    """
    if not bare:
        return ""
    if not takes:
        return "kỳ này cần kết quả từng nội dung, không nhận danh sách chỉ có kết quả chung."
    if items:
        return "đã có kết quả từng nội dung; sửa từng nội dung, không nhập kết quả chung."
    return "lần điều chỉnh cần kết quả từng nội dung." if state == State.CONFIRMED else ""


def refusal_to_settle_guidance(role: str) -> str:
    """Say why this role does nothing with the results that older guidance gave."""
    return "" if role == Role.PROVINCE else "kết quả theo hướng dẫn cũ do Công an tỉnh xử lý."


def refusal_to_enter(role: str, state: str, *, has_letter: bool, closed: str = "") -> str:
    """Say why this role may not change what stands in this state ("" for nothing yet).

    `closed` is what `refusal_of_period` says of the day: told before the letter and the state, which no longer help.
    """
    if role not in ENTERING_ROLES:
        return "lãnh đạo chỉ xem số liệu, không nhập."
    if closed:
        return closed
    if role in ON_BEHALF_ROLES and not has_letter:
        return NO_LETTER
    if state == State.SUBMITTED:
        return "kết quả đã gửi, đang chờ xét. Người gửi chọn “Rút lại”, hoặc đề nghị cơ quan nhận trả lại, rồi sửa."
    if state == State.EXAMINED:
        return (
            "kết quả đang chờ Công an tỉnh xác nhận. "
            "Người gửi chọn “Rút lại”, hoặc đề nghị Công an tỉnh trả lại, rồi sửa."
        )
    return ""


def refusal_of_step(
    verb: str, role: str, period: ReportingPeriod, case: Case, today: datetime.date, *, has_letter: bool = True
) -> str:
    """Say why this role may not take this step today: its role, the state, the period, the letter, then the rest."""
    is_unasked = verb == Verb.SUBMIT and role in ON_BEHALF_ROLES and not has_letter
    return (
        refusal_of_role(verb, role)
        or _refusal_of_state(verb, case)
        or refusal_of_step_in_period(verb, period, case, today)
        or (NO_LETTER if is_unasked else "")
        or _REFUSALS[Verb(verb)](role, case)
    )


def refusal_of_letter(on: datetime.date, period: ReportingPeriod, today: datetime.date) -> str:
    """Say why a letter of this day cannot be the one by which results of the period are entered on behalf."""
    if on > today:
        return f"ngày công văn {day(on)} sau ngày hôm nay. Kiểm tra lại ngày công văn."
    if on < period.starts_on:
        since = f"ngày đầu số liệu của {lowered(period.label)} ({day(period.starts_on)})"
        return f"ngày công văn {day(on)} trước {since}. Kiểm tra lại ngày công văn."
    return ""


def refusal(verb: str, role: str, case: Case) -> str:
    """Say why this role may not take this step, on whatever day."""
    return refusal_of_role(verb, role) or _refusal_of_state(verb, case) or _REFUSALS[Verb(verb)](role, case)


def _refusal_of_state(verb: str, case: Case) -> str:
    if case.state in STEPS[verb].states:
        return ""
    is_direct = case.state == State.SUBMITTED and not case.is_examined_here
    return f"kết quả đang ở trạng thái “{SENT_TO_PROVINCE if is_direct else State(case.state).label}”."


def refusal_of_content(case: Case) -> str:
    """Say what in the result itself keeps it from being sent, examined and confirmed."""
    if not case.is_living:
        return "đơn vị không thuộc đối tượng đánh giá vào ngày cuối kỳ. Kỳ này không nhận kết quả của đơn vị."
    if case.contradicting:
        numbers = ", ".join(map(str, case.contradicting))
        return f"kết quả “Đạt” nhưng nội dung {numbers} “Chưa đạt”. Rà soát lại từng nội dung, rồi gửi."
    if case.lacks_evidence:
        numbers = ", ".join(map(str, case.lacks_evidence))
        return f"nội dung {numbers} cần minh chứng, chưa có văn bản nào. Đính kèm minh chứng, rồi gửi."
    return ""


def refusal_of_warnings(warnings: Sequence[str], acceptance: str) -> str:
    """Say that the warnings wait for a tick and a reason."""
    if not warnings or acceptance:
        return ""
    return f"có cảnh báo: {' '.join(warnings)} Đánh dấu đã xem cảnh báo và ghi lý do."


def refusal_of_role(verb: str, role: str) -> str:
    """Say that this role never takes this step."""
    if role in STEPS[verb].roles:
        return ""
    return f"vai trò {Role(role).label} không thực hiện bước “{Verb(verb).label}”."


def is_kept_by_own_work(verb: str, role: str, case: Case) -> bool:
    """Whether only the person's own entry or sending keeps them from this decision (four eyes)."""
    return bool(case.is_own and refusal(verb, role, case)) and not refusal(verb, role, replace(case, is_own=False))


def is_kept_by_content(verb: str, role: str, case: Case) -> bool:
    """Whether only what stands in the result itself keeps the person from this step."""
    whole = replace(case, is_living=True, contradicting=(), lacks_evidence=(), lacks_signed_copy=False)
    return bool(refusal(verb, role, case)) and not refusal(verb, role, whole)


def _refusal_to_submit(role: str, case: Case) -> str:
    if case.needs_items:
        return "kết quả chưa có nội dung. Nhập từng nội dung rồi gửi."
    if case.is_outdated:
        return "hướng dẫn đánh giá của kỳ đã thay đổi. Mở biểu nhập, rà soát theo hướng dẫn hiện hành, lưu rồi gửi."
    if not case.verdict:
        return "chưa đủ nội dung để có kết quả. Nhập đủ các nội dung, hoặc một nội dung “Chưa đạt”, rồi gửi."
    return refusal_of_content(case)


def _refusal_to_withdraw(role: str, case: Case) -> str:
    if not case.is_sender:
        return "chỉ người gửi được rút lại."
    if case.is_decided_on:
        return "kết quả đã được thẩm tra. Đề nghị Công an tỉnh trả lại."
    return ""


def _refusal_to_examine(role: str, case: Case) -> str:
    if not case.is_examined_here:
        return "kết quả này không qua bước thẩm tra ở cấp huyện."
    return _refusal_of_own(case) or refusal_of_content(case)


def _refusal_to_return(role: str, case: Case) -> str:
    if role == Role.DISTRICT and (case.state != State.SUBMITTED or not case.is_examined_here):
        return "kết quả đang chờ Công an tỉnh. Đề nghị Công an tỉnh trả lại."
    return ""


def _refusal_to_confirm(role: str, case: Case) -> str:
    if case.state == State.SUBMITTED and case.is_examined_here:
        return "kết quả chưa được thẩm tra ở cấp huyện."
    if case.lacks_signed_copy:
        return "kỳ này cần bản ký, chưa có bản ký khớp số liệu đang gửi. Đề nghị đơn vị in biểu, ký và đính kèm bản ký."
    return _refusal_of_own(case) or refusal_of_content(case)


def _refusal_to_reopen(role: str, case: Case) -> str:
    return "kết quả này đang có lần điều chỉnh chưa xong." if case.is_in_correction else ""


def _refusal_of_own(case: Case) -> str:
    return "người đã nhập hoặc gửi kết quả này không xét kết quả đó. Đề nghị người khác xét." if case.is_own else ""


_REFUSALS = {
    Verb.SUBMIT: _refusal_to_submit,
    Verb.WITHDRAW: _refusal_to_withdraw,
    Verb.EXAMINE: _refusal_to_examine,
    Verb.RETURN: _refusal_to_return,
    Verb.CONFIRM: _refusal_to_confirm,
    Verb.REOPEN: _refusal_to_reopen,
}


def next_state(verb: str, role: str, case: Case) -> str:
    """Return the state that the step leads to.

    What a commune officer submits waits for the district, where one examines; what a district officer submits for a
    commune, or the province on its behalf, waits for the province.
    """
    if verb == Verb.SUBMIT:
        skips_district = case.level == Level.COMMUNE and case.is_examined_here and role != Role.COMMUNE
        return State.EXAMINED if skips_district else State.SUBMITTED
    return {
        Verb.WITHDRAW: State.DRAFT,
        Verb.EXAMINE: State.EXAMINED,
        Verb.RETURN: State.RETURNED,
        Verb.CONFIRM: State.CONFIRMED,
        Verb.REOPEN: State.CONFIRMED,
    }[Verb(verb)]
