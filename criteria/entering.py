"""The one writer of what units say of themselves: every door compares and enters through here.

`compare` tells which lines would change and why some may not; `enter` does it, all or nothing, in one transaction.
Both cost a fixed number of queries per thousand lines.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from communes.models import UnitVersion, User
from criteria import rules, spans
from criteria.extensions import extensions_of
from criteria.lines import Compared, Letter, Line, Status
from criteria.models import (
    EDITABLE,
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    Door,
    Entry,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Upload,
    Verdict,
)
from criteria.outlooks import Outlook
from criteria.restoring import Snapshot, changes_between, snapshots_of
from criteria.standings import Standing, by_thousand, standings_of
from criteria.verdicts import contradiction, item_verdict, verdict_of


class EntryRefused(Exception):
    """Some lines may not be entered; nothing was written. `compared` holds the refused lines."""

    def __init__(self, compared: Sequence[Compared]) -> None:
        super().__init__("; ".join(sorted({item.refusal for item in compared})))
        self.compared = compared


def compare(
    lines: Sequence[Line],
    *,
    by: User,
    period: ReportingPeriod,
    letter: Letter | None = None,
    today: datetime.date | None = None,
) -> list[Compared]:
    """Lay each line beside what stands; write nothing."""
    places = _places_in_scope(lines, by, period)
    indicators = {line.indicator.pk for line in lines}
    standings = standings_of({line.unit_id for line in lines}, indicators, period)
    checklists = checklists_of({line.indicator for line in lines}, period)
    extensions, day = extensions_of([period]), today or timezone.localdate()
    compared = []
    for given in lines:
        standing = standings.get((given.unit_id, given.indicator.pk), Standing())
        asked = checklists[given.indicator.pk][1] if given.indicator.pk in checklists else []
        line = _with_verdicts(given, asked)
        item = Compared(line, standing, Status.SAME, line.bare or verdict_of(dict(line.verdicts), len(asked)))
        item = replace(item, status=_status(item))
        refusal = ""
        if item.status != Status.SAME:
            refusal = (
                _refusal_of_unit(line, places)
                or rules.refusal_to_enter(
                    by.role,
                    standing.state,
                    has_letter=letter is not None,
                    closed=extensions.refusal(period, places[line.unit_id], line.indicator, standing, day),
                )
                or (rules.refusal_of_letter(letter.on, period, day) if letter else "")
                or rules.refusal_of_bare(line.bare, standing.state, standing.verdicts, period.takes_bare_verdicts)
                or _refusal_of_content(item, {condition.pk: condition for condition in asked})
            )
        compared.append(replace(item, refusal=refusal))
    return compared


def enter(
    lines: Sequence[Line],
    *,
    by: User,
    period: ReportingPeriod,
    door: str,
    letter: Letter | None = None,
    upload: Upload | None = None,
    at: datetime.datetime | None = None,
    is_sample: bool = False,
) -> list[Compared]:
    """Enter the lines in one transaction and return what was done.

    Raises `EntryRefused` and writes nothing if one of them may not be entered.

    Over a confirmed result a new revision is opened; the old one stays official until the new one is confirmed.
    `at` dates the entry (sample data); otherwise it is now.
    """
    with transaction.atomic():
        assessments = _locked_assessments(lines, period)
        compared = compare(lines, by=by, period=period, letter=letter)
        refused = [item for item in compared if item.refusal]
        if refused:
            raise EntryRefused(refused)
        changing = [item for item in compared if item.status != Status.SAME]
        checklists = checklists_of({line.indicator for line in lines}, period)
        moment = at or timezone.now()
        before = snapshots_of(_standing_ids(changing)) if upload else None
        revisions = _written_revisions(changing, assessments, checklists, letter, moment, is_sample)
        _write_results(changing, revisions, checklists)
        entry = Entry(by=by, at=moment, door=door, upload=upload)
        _write_entries(changing, revisions, entry, before)
        spans.refresh(assessments.values())
    return compared


def lacks_outlook(item: Compared) -> bool:
    """Whether it says that the unit is not met, and not by when and how it is expected to be."""
    return item.verdict == Verdict.NOT_MET and not item.outlook.is_whole


def carry_over(revisions: Sequence[int], *, old: Checklist, new: Checklist, by: User) -> None:
    """Let drafts say under new guidance what they said under the old: the caller holds the lock and a transaction.

    The conditions go together by number and ask the same (`Condition.question`); answers and verdict stay as they are.
    """
    moment = timezone.now()
    numbers = {condition.number: condition.pk for condition in new.conditions.all()}
    pairs = [(condition.pk, numbers[condition.number]) for condition in old.conditions.all()]
    for some in by_thousand(revisions):
        drafts = Revision.objects.filter(pk__in=some, checklist=old, state__in=EDITABLE)
        if len(drafts) != len(some):
            raise ValueError("only drafts made by the old guidance are carried over")
        for before, after in pairs:
            ConditionResult.objects.filter(revision__in=some, condition=before).update(condition=after)
        drafts.update(checklist=new, updated_at=moment)
        Entry.objects.bulk_create([Entry(revision_id=pk, by=by, at=moment, door=Door.GUIDANCE) for pk in some])


def checklists_of(
    indicators: Iterable[Indicator], period: ReportingPeriod
) -> dict[int, tuple[Checklist, list[Condition]]]:
    """Return, by indicator, the checklist in application on the period's last day and its conditions in order."""
    found = (
        Checklist.objects.in_application_on(period.ends_on)
        .filter(indicator__in=list(indicators))
        .prefetch_related("conditions")
    )
    return {checklist.indicator_id: (checklist, list(checklist.conditions.all())) for checklist in found}


def _places_in_scope(lines: Sequence[Line], by: User, period: ReportingPeriod) -> dict[int, UnitVersion]:
    """Return how each unit stands on the period's last day, of those in the person's scope."""
    found: dict[int, UnitVersion] = {}
    for units in by_thousand({line.unit_id for line in lines}):
        versions = UnitVersion.objects.as_of(period.ends_on).visible_to(by).filter(unit__in=units)
        found.update({version.unit_id: version for version in versions.select_related("unit")})
    return found


def _refusal_of_unit(line: Line, places: Mapping[int, UnitVersion]) -> str:
    place = places.get(line.unit_id)
    if place is None:
        return "đơn vị không thuộc phạm vi được nhập trong kỳ này."
    if place.unit.level != line.indicator.level or not line.indicator.judges(place.kind):
        return f"{place.title} không thuộc đối tượng đánh giá của chỉ tiêu {line.indicator.number}."
    return ""


def _with_verdicts(line: Line, asked: Sequence[Condition]) -> Line:
    """Return the line with the verdicts that follow from its numbers, beside those that were given."""
    if not line.numbers:
        return line
    follow = {
        condition.pk: item_verdict(condition.rule, line.numbers[condition.pk])
        for condition in asked
        if line.numbers.get(condition.pk) and not condition.rule.fault(line.numbers[condition.pk])
    }
    return replace(line, verdicts={**follow, **line.verdicts})


def _refusal_of_content(item: Compared, asked: Mapping[int, Condition]) -> str:
    if not asked:
        return "chưa có hướng dẫn đánh giá áp dụng trong kỳ này."
    if not {*item.line.verdicts, *item.line.numbers} <= set(asked):
        return "có nội dung không thuộc hướng dẫn áp dụng trong kỳ này. Mở lại trang để lấy nội dung đúng."
    for condition, verdict in item.line.verdicts.items():
        if verdict == Verdict.NOT_APPLICABLE and not item.line.reasons.get(condition):
            return "“Không áp dụng” cần ghi lý do."
    for pk, numbers in item.line.numbers.items():
        rule = asked[pk].rule
        fault = rule.fault(numbers) or contradiction(rule, numbers, item.line.verdicts.get(pk, ""))
        if fault:
            return f"nội dung {asked[pk].number}: {fault}."
    if item.is_stale:
        return "kết quả đã được sửa sau khi mở trang này. Xem giá trị đang lưu bên cạnh, rồi lưu lại nếu vẫn cần."
    return ""


def _status(item: Compared) -> str:
    line, standing = item.line, item.standing
    if not standing.state:
        return Status.NEW if line.verdicts or line.numbers or line.bare else Status.SAME
    reasons = {condition: reason for condition, reason in line.reasons.items() if reason}
    said = (dict(line.verdicts), reasons, dict(line.numbers))
    is_same = said == (standing.verdicts, standing.reasons, standing.numbers) and line.bare in ("", standing.verdict)
    if line.outlook is not None:
        is_same = is_same and item.outlook == standing.outlook
    return Status.SAME if is_same else Status.CHANGED


def _locked_assessments(lines: Sequence[Line], period: ReportingPeriod) -> dict[tuple[int, int], int]:
    """Make the assessments that are missing and lock all of them until the transaction ends."""
    wanted = {(line.unit_id, line.indicator.pk) for line in lines if line.verdicts or line.numbers or line.bare}
    found = _lock(lines, period)
    missing = sorted(wanted - set(found))
    if missing:
        Assessment.objects.bulk_create(
            [Assessment(unit_id=unit, indicator_id=indicator, period=period) for unit, indicator in missing],
            ignore_conflicts=True,
            batch_size=1000,
        )
        found = _lock(lines, period)
    return found


def _lock(lines: Sequence[Line], period: ReportingPeriod) -> dict[tuple[int, int], int]:
    indicators = {line.indicator.pk for line in lines}
    found = {}
    for units in by_thousand(sorted({line.unit_id for line in lines})):
        rows = (
            Assessment.objects.select_for_update()
            .filter(period=period, indicator__in=indicators, unit__in=units)
            .order_by("pk")
        )
        found.update({(row.unit_id, row.indicator_id): row.pk for row in rows})
    return found


def _written_revisions(
    changing: Sequence[Compared],
    assessments: Mapping[tuple[int, int], int],
    checklists: Mapping[int, tuple[Checklist, list[Condition]]],
    letter: Letter | None,
    at: datetime.datetime,
    is_sample: bool,
) -> list[int]:
    """Update the drafts in work, open the revisions that are missing, and return the id of each line's revision."""
    made: list[Revision] = []
    edited: dict[tuple[str, int, Outlook, bool], list[int]] = defaultdict(list)
    # A letter stays named after the unit itself has entered again: it is the ground of the earlier entry.
    said = {"letter_number": letter.number, "letter_on": letter.on} if letter else {}
    for item in changing:
        indicator, standing, bare = item.line.indicator.pk, item.standing, bool(item.line.bare)
        checklist = checklists[indicator][0]
        if standing.state in ("", State.CONFIRMED):
            made.append(
                Revision(
                    assessment_id=assessments[item.line.unit_id, indicator],
                    number=standing.number + 1,
                    checklist=checklist,
                    verdict=item.verdict,
                    is_bare=bare,
                    is_sample=is_sample,
                    **{**said, **_expected(item.outlook)},
                )
            )
        elif standing.revision_id is not None:
            edited[item.verdict, checklist.pk, item.outlook, bare].append(standing.revision_id)
    for (verdict, checklist_id, outlook, bare), ids in edited.items():
        for some in by_thousand(ids):
            Revision.objects.filter(pk__in=some).update(
                verdict=verdict, checklist=checklist_id, is_bare=bare, updated_at=at, **said, **_expected(outlook)
            )
    new = iter(Revision.objects.bulk_create(made, batch_size=1000))
    return [
        next(new).pk if item.standing.state in ("", State.CONFIRMED) else item.standing.revision_id or 0
        for item in changing
    ]


def _expected(outlook: Outlook) -> dict[str, Any]:
    quarter = outlook.quarter
    return {
        "expected_year": quarter.year if quarter else None,
        "expected_quarter": quarter.number if quarter else None,
        "measure": outlook.measure,
    }


def _write_results(
    changing: Sequence[Compared],
    revisions: Sequence[int],
    checklists: Mapping[int, tuple[Checklist, list[Condition]]],
) -> None:
    columns = {condition.pk: condition.rule.columns for _, asked in checklists.values() for condition in asked}
    # A thousand at a time: all the results of a province at once would take hundreds of megabytes.
    for some in by_thousand(zip(changing, revisions, strict=True)):
        ConditionResult.objects.filter(revision__in=[revision for _, revision in some]).delete()
        ConditionResult.objects.bulk_create(
            [
                ConditionResult(
                    revision_id=revision,
                    condition_id=condition,
                    verdict=verdict,
                    reason=item.line.reasons.get(condition, ""),
                    **dict(zip(columns[condition], item.line.numbers.get(condition, ()), strict=False)),
                )
                for item, revision in some
                for condition, verdict in item.line.verdicts.items()
            ],
            batch_size=5000,
        )


def _standing_ids(changing: Sequence[Compared]) -> list[int]:
    """Return the revisions in work that will be written over."""
    standing = (item.standing for item in changing if item.standing.state in EDITABLE)
    return [one.revision_id for one in standing if one.revision_id is not None]


def _write_entries(
    changing: Sequence[Compared], revisions: Sequence[int], entry: Entry, before: Mapping[int, Snapshot] | None
) -> None:
    """Write for each revision the entry with what moved; with `before` what stood, {} if just opened."""
    ids = {c for item in changing for c in (*item.line.verdicts, *item.standing.verdicts)}
    conditions = Condition.objects.in_bulk(ids)
    for some in by_thousand(zip(changing, revisions, strict=True)):
        Entry.objects.bulk_create(
            Entry(
                revision_id=revision,
                by=entry.by,
                at=entry.at,
                door=entry.door,
                upload=entry.upload,
                changes=changes_between(item.standing, item.line, conditions, expected=item.outlook),
                before=None if before is None else before.get(revision, {}),
            )
            for item, revision in some
        )
