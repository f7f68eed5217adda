"""What a reader should notice of evidence: no file, a date outside the period, the same file or number elsewhere."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from communes.models import User
from communes.templatetags.vietnamese import day
from criteria.evidence.records import evidence_for
from criteria.models import Evidence
from criteria.naming import full_name, place_on

# What `place_name` reads.
PLACES = ("place__versions__parent__versions", "place__versions__unit")


@dataclass(frozen=True)
class Notice:
    """A sentence, and the other evidence that it is about."""

    text: str
    others: tuple[Evidence, ...] = ()

    @property
    def elsewhere(self) -> list[dict[str, str]]:
        """Return where the others are attached: "Xã Ia Băng (Chư Prông), Năm 2024"."""
        return [
            {"url": one.get_absolute_url(), "place": f"{place_name(one)}, {one.period.label}"} for one in self.others
        ]

    def __str__(self) -> str:
        return " ".join([self.text, "; ".join(one["place"] for one in self.elsewhere)]).strip()


def place_name(evidence: Evidence) -> str:
    """Return the place as it was called on the period's last day: "Xã Ia Băng (Chư Prông)"."""
    place = place_on(evidence.place.versions.all(), evidence.period.ends_on)
    return full_name(place) if place else evidence.place.key


def notices_of(rows: Iterable[Evidence], user: User) -> dict[object, list[Notice]]:
    """Return the notices of each evidence by its id; what lies outside the person's scope is not told.

    A fixed number of queries; the rows come with their period and attachments.
    """
    shown = list(rows)
    found: dict[object, list[Notice]] = defaultdict(list)
    same_file, same_number = _others(shown, user)
    for row in shown:
        if row.is_outside_period:
            span = f"{day(row.period.starts_on)} đến {day(row.period.ends_on)}"
            found[row.pk].append(Notice(f"Ngày văn bản ngoài kỳ báo cáo ({span})."))
        files = tuple(one for one in same_file[row.sha256] if one.pk != row.pk)
        if files:
            found[row.pk].append(Notice("Cùng một tệp đã đính kèm ở:", files))
        numbers = tuple(one for one in same_number[_name_of(row)] if _is_doubled(one, row))
        if numbers:
            found[row.pk].append(Notice("Văn bản cùng số, cùng ngày đã đính kèm cho đơn vị này:", numbers))
    return found


def _name_of(row: Evidence) -> tuple[object, ...]:
    return (row.number.casefold(), row.issued_on, row.indicator_id, row.period_id)


def _is_doubled(one: Evidence, row: Evidence) -> bool:
    return bool(one.number) and one.pk != row.pk and bool(_units(one) & _units(row))


def _units(row: Evidence) -> set[int]:
    return {attachment.unit_id for attachment in row.attachments.all() if attachment.removed_at is None}


def _others(
    rows: list[Evidence], user: User
) -> tuple[dict[str, list[Evidence]], dict[tuple[object, ...], list[Evidence]]]:
    """Return the live evidence that shares a file or a number with one of the rows."""
    files: dict[str, list[Evidence]] = defaultdict(list)
    numbers: dict[tuple[object, ...], list[Evidence]] = defaultdict(list)
    hashes, said = {row.sha256 for row in rows} - {""}, {row.number for row in rows} - {""}
    if not hashes | said:
        return files, numbers
    seen: Any = evidence_for(user)
    found = (
        seen.live()
        .filter(Q(sha256__in=hashes) | Q(number__in=said, indicator__in={row.indicator_id for row in rows}))
        .select_related("period", "indicator", "place")
        .prefetch_related("attachments", *PLACES)
    )
    for one in found:
        if one.sha256:
            files[one.sha256].append(one)
        numbers[_name_of(one)].append(one)
    return files, numbers
