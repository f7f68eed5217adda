"""What one upload wrote, and how those results stand now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from communes.models import Level, UnitVersion
from criteria.history import verdict_words
from criteria.models import OUTLOOK_CHANGE, Door, Entry, Examiner, Indicator, Revision, State, Upload
from criteria.naming import full_name
from criteria.rules import SENT_TO_PROVINCE
from criteria.standings import by_thousand
from criteria.uploads.planning import Change


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written: whose, what moved, and the revision as it stands now."""

    name: str
    indicator: Indicator
    changes: list[Change]
    revision: Revision
    is_examined: bool

    @property
    def state_label(self) -> str:
        """Say where the result is now: what was sent waits for the province where no district examines."""
        is_direct = self.revision.state == State.SUBMITTED and not self.is_examined
        return SENT_TO_PROVINCE if is_direct else self.revision.get_state_display()

    @property
    def summary(self) -> str:
        """ "8 nội dung"; of a correction what moved: "nội dung 4: Đạt → Chưa đạt"."""
        if not self.changes and self.revision.is_bare:
            return "không có nội dung"
        if not any(change.old for change in self.changes):
            return f"{len(self.changes)} nội dung"
        return "; ".join(
            f"nội dung {change.number}: {verdict_words(change.old, change.old_told)} → "
            f"{verdict_words(change.new, change.new_told)}"
            for change in self.changes
        )


class Receipt(Sequence[Written]):
    """The rows that an upload wrote, in the order of the file; a page of it costs three queries."""

    def __init__(self, upload: Upload) -> None:
        self.day = upload.period.ends_on
        self.is_province = upload.unit.level == Level.PROVINCE
        entries = Entry.objects.filter(upload=upload).exclude(door=Door.UNDO).order_by("pk")
        self.entries = entries.select_related(
            "revision__assessment__indicator", "revision__assessment__period", "revision__assessment__unit"
        )

    def __len__(self) -> int:
        return self.entries.count()

    def __getitem__(self, wanted: Any) -> Any:
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        entries = list(self.entries[wanted])
        names = self._names({entry.revision.assessment.unit_id for entry in entries})
        has_examiner = Examiner.objects.as_of(self.day).exists()
        return [
            Written(
                names[entry.revision.assessment.unit_id],
                entry.revision.assessment.indicator,
                [Change(int(n), *moved) for n, moved in entry.changes.items() if n != OUTLOOK_CHANGE],
                entry.revision,
                is_examined=has_examiner and entry.revision.assessment.indicator.level == Level.COMMUNE,
            )
            for entry in entries
        ]

    def _names(self, units: set[int]) -> dict[int, str]:
        """Return the names as the check before saving gave them: with the district where several are covered."""
        found: dict[int, str] = {}
        for some in by_thousand(sorted(units)):
            versions = UnitVersion.objects.as_of(self.day).filter(unit__in=some)
            places = versions.with_district_on(self.day)
            found.update({one.unit_id: full_name(one) if self.is_province else one.title for one in places})
        return found


def receipt_of(upload: Upload) -> Receipt:
    return Receipt(upload)
