"""Chọn đơn vị: the officer says which unit a name means that leads to none; the name may be proposed as an alias."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import transaction
from django.utils import timezone

from communes import registry
from communes.models import UnitVersion, User
from criteria.models import AliasProposal, ProposalState, UnitChoice, Upload
from criteria.uploads.places import Directory
from criteria.uploads.planning import UploadPlan
from criteria.uploads.rows import RowRead, choice_key
from criteria.workbooks.matching import split_kind
from criteria.workbooks.text import fold, squash

MOST_OFFERED, TYPED_LENGTH, ALIAS_LENGTH = 12, 200, 80


@dataclass(frozen=True, slots=True)
class Unclear:
    """A name in the file that leads to no unit: where it stands, and the units that no other row has, nearest first."""

    key: str
    typed: str
    row: RowRead
    offered: tuple[tuple[UnitVersion, str], ...]

    @property
    def alias(self) -> str:
        """The name without the kind before it, as it would be kept; "" if it is too long for that."""
        name = split_kind(self.typed)[1]
        return name if len(name) <= ALIAS_LENGTH else ""


def unclear_in(plan: UploadPlan) -> list[Unclear]:
    """Return the names that lead to no unit, each once, in the order of the file."""
    directory = Directory(plan.place, plan.period)
    taken = {(row.indicator.pk, row.unit.unit_id) for row in plan.planned}
    found: dict[str, Unclear] = {}
    for row in plan.unclear:
        key = choice_key(row.name, row.district)
        if key not in found:
            indicator = row.table.indicator
            free = [one for one in directory.expected(indicator) if (indicator.pk, one.unit_id) not in taken]
            found[key] = Unclear(key, row.name[:TYPED_LENGTH], row, _nearest(row, free, directory))
    return list(found.values())


def _nearest(row: RowRead, units: Iterable[UnitVersion], directory: Directory) -> tuple[tuple[UnitVersion, str], ...]:
    """Return the units whose names are most like what was typed, of its district where it names one."""
    name, district = fold(split_kind(row.name)[1]), squash(split_kind(row.district)[1])

    def likeness(unit: UnitVersion) -> float:
        return SequenceMatcher(None, name, fold(unit.name)).ratio()

    within = [unit for unit in units if not district or squash(directory.district(unit)) in ("", district)]
    return tuple((unit, directory.title(unit)) for unit in sorted(within, key=likeness, reverse=True)[:MOST_OFFERED])


@transaction.atomic
def choose(
    upload: Upload, unclear: Sequence[Unclear], chosen: Mapping[str, int], proposed: Iterable[str], *, by: User
) -> None:
    """Keep the chosen units, by the key of each name; propose the names in `proposed` as aliases of them."""
    wanted = set(proposed)
    for one in unclear:
        unit = chosen.get(one.key)
        if unit is None:
            continue
        UnitChoice.objects.update_or_create(
            upload=upload, typed_key=one.key, defaults={"typed": one.typed, "unit_id": unit, "by": by}
        )
        if one.key in wanted and one.alias:
            AliasProposal.objects.get_or_create(
                unit_id=unit,
                name=one.alias,
                state=ProposalState.OPEN,
                defaults={"upload": upload, "proposed_by": by},
            )


def choices_of(upload: Upload | None) -> list[UnitChoice]:
    return list(UnitChoice.objects.filter(upload=upload)) if upload else []


def chosen_units(choices: Iterable[UnitChoice]) -> dict[str, int]:
    return {choice.typed_key: choice.unit_id for choice in choices}


def take_over(choices: Iterable[UnitChoice], upload: Upload) -> None:
    """Let the mended file mean what the file before it was told to mean."""
    UnitChoice.objects.bulk_create(
        UnitChoice(upload=upload, typed=one.typed, typed_key=one.typed_key, unit_id=one.unit_id, by_id=one.by_id)
        for one in choices
    )


@transaction.atomic
def accept(proposal: AliasProposal, *, by: User) -> None:
    """Keep the name as another name of the unit. Raises `registry.Refused`."""
    source = f"Đề nghị từ lần nộp {proposal.upload.code}" if proposal.upload else "Đề nghị của người nộp biểu"
    if not _decide(proposal, ProposalState.ACCEPTED, by):
        return
    row = registry.AliasRow(unit=proposal.unit.key, name=proposal.name, source=source, place="alias")
    registry.write(registry.Rows(aliases=[row]))


def refuse(proposal: AliasProposal, *, by: User) -> None:
    _decide(proposal, ProposalState.REFUSED, by)


def _decide(proposal: AliasProposal, state: str, by: User) -> bool:
    """Decide once: of two presses the second changes nothing."""
    still_open = AliasProposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN)
    return bool(still_open.update(state=state, decided_by=by, decided_at=timezone.now()))
