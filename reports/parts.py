"""The former units behind a restated result, as a page prints them: name, share, standing, assessment."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from communes.models import Kind, UnitVersion, User
from criteria.models import PENDING, Condition, Revision, Verdict
from criteria.naming import full_name, place_on
from reports.lineage import share_text
from reports.progress import Standing
from reports.restating import Part, Restated

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class ShownPart:
    """A part of a unit as it was on the eve of the day it went in.

    `revision` is the official one that counts, or the one that was sent; None where there is none or where the reader
    does not see it. `is_self`: the unit as it was before it took others in. `parts` are the part's own, where it too
    stands as others did.
    """

    version: UnitVersion
    is_open: bool
    is_self: bool
    before: datetime.date
    share: str
    standing: Standing
    revision: Revision | None
    parts: list["ShownPart"] = field(default_factory=list)
    left_out: list["ShownPart"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return full_name(self.version)

    @property
    def kind(self) -> str:
        """The kind in the middle of a sentence: "thị trấn"."""
        return Kind(self.version.kind).label.lower()

    @property
    def failed(self) -> list[Condition]:
        """The conditions not met; a sensitive one is named only on the assessment itself."""
        if self.revision is None or self.standing != Standing.NOT_MET:
            return []
        return [result.condition for result in self.revision.results.all() if result.verdict == Verdict.NOT_MET]


def all_parts(restated: Restated) -> Iterator[Part]:
    """Yield the parts of a restated result, theirs in turn, and those left out."""
    for part in (*restated.parts, *restated.left_out):
        yield part
        yield from all_parts(part.restated)


@dataclass(frozen=True)
class Behind:
    """What pages print of many parts, fetched at once: three queries, whatever their number.

    `revisions` are those that the reader sees, by id: the counted ones and those sent.
    """

    versions: Mapping[int, list[UnitVersion]]
    revisions: Mapping[int, Revision]

    def parts(self, unit: int, indicator: int, restated: Restated) -> list[ShownPart]:
        return [self._shown(unit, indicator, part) for part in restated.parts]

    def left_out(self, unit: int, indicator: int, restated: Restated) -> list[ShownPart]:
        return [self._shown(unit, indicator, part) for part in restated.left_out]

    def _shown(self, whole: int, indicator: int, part: Part) -> ShownPart:
        version = place_on(self.versions[part.unit], part.before - DAY)
        if version is None:
            raise LookupError(f"unit {part.unit} did not live on the eve of {part.before}")
        return ShownPart(
            version,
            version.is_open,  # type: ignore[attr-defined]
            part.unit == whole,
            part.before,
            "" if part.share == 1 else share_text(part.share),
            Standing(part.restated.standing),
            self._revision(indicator, part),
            self.parts(part.unit, indicator, part.restated),
            self.left_out(part.unit, indicator, part.restated),
        )

    def _revision(self, indicator: int, part: Part) -> Revision | None:
        if part.restated.counted is not None:
            return self.revisions.get(part.restated.counted)
        if part.restated.parts or part.restated.standing != Standing.PENDING:
            return None
        sent = [
            one
            for one in self.revisions.values()
            if one.state in PENDING
            and (one.assessment.unit_id, one.assessment.indicator_id) == (part.unit, indicator)
            and one.assessment.period.ends_on < part.before
        ]
        return max(sent, key=lambda one: (one.assessment.period.ends_on, one.pk), default=None)


def behind(restated: Iterable[Restated], revisions: Mapping[int, Revision], user: User) -> Behind:
    """Fetch the units of all the parts."""
    ids = {part.unit for one in restated for part in all_parts(one)}
    open_to = UnitVersion.objects.visible_to(user).filter(unit=OuterRef("unit"))
    found = UnitVersion.objects.filter(unit__in=ids).select_related("unit").prefetch_related("parent__versions")
    versions: dict[int, list[UnitVersion]] = {}
    for version in found.annotate(is_open=Exists(open_to)):
        versions.setdefault(version.unit_id, []).append(version)
    return Behind(versions, revisions)
