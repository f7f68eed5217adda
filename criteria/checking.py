"""The checks of one step as a page prints them: what forbids it, what needs a reason, what to notice, and where."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from communes.models import User
from criteria import rules
from criteria.checks import Finding, found_in
from criteria.models import Revision, Verb
from criteria.naming import full_name, places_of_rows
from criteria.steps import Refused, refusals


@dataclass(frozen=True)
class Place:
    """What was found of one result, under the name of its unit: each in words, with its address."""

    name: str
    indicator: str
    url: str
    findings: list[tuple[str, str]]


@dataclass(frozen=True)
class Check:
    """The checks of a step with some results; `mark` stands for the warnings that a page showed."""

    refused: list[Refused] = field(default_factory=list)
    warnings: list[Place] = field(default_factory=list)
    notices: list[Place] = field(default_factory=list)

    @property
    def mark(self) -> str:
        said = sorted((text, url) for one in self.warnings for text, url in one.findings)
        return hashlib.sha256(repr(said).encode()).hexdigest()[:20] if said else ""


def check_of(verb: str, revisions: Iterable[Revision], by: User) -> Check:
    """Return what to know before the step; the rows come with assessment, period, indicator and unit."""
    rows = list(revisions)
    return replace(look_at(verb, rows, by), refused=refusals(verb, rows, by))


def look_at(verb: str, rows: Sequence[Revision], by: User) -> Check:
    """Return the warnings and the notices alone."""
    if verb not in rules.CHECKED:
        return Check()
    found, places = found_in(rows, by), places_of_rows(rows, by)
    warnings: list[Place] = []
    notices: list[Place] = []
    for row in rows:
        of = row.assessment
        place = places.get((of.unit_id, of.period_id))
        named = (full_name(place) if place else of.unit.key, of.indicator.name, of.get_absolute_url())
        for listed, findings in ((warnings, found[row.pk].warnings), (notices, found[row.pk].notices)):
            if findings:
                listed.append(Place(*named, [(one.text, _address(verb, row, one)) for one in findings]))
    return Check([], warnings, notices)


def _address(verb: str, row: Revision, finding: Finding) -> str:
    """Return where the finding is mended: in the form for those who send, on the page for those who decide."""
    is_form = verb == Verb.SUBMIT and finding.anchor != "evidence"
    return f"{row.assessment.get_absolute_url()}{'edit/' if is_form else ''}#{finding.anchor}"
