"""What a person picked on a page and brings back: revisions, each with the stamp of what was seen of it."""

import hashlib
from collections.abc import Iterable, Mapping

from django.http import Http404

from communes.addresses import number_in
from criteria.models import Revision
from criteria.steps import stamp


def mark(revision: Revision) -> str:
    """Return what a check box carries."""
    return f"{revision.pk}@{stamp(revision)}"


def read_marks(values: Iterable[str]) -> dict[int, str]:
    """Return the stamps by revision id; what no page of ours has written is not found."""
    found = {}
    for value in values:
        pk, _, seen = value.partition("@")
        number = number_in(pk)
        if number is None or not seen:
            raise Http404
        found[number] = seen
    return found


def fingerprint(stamps: Mapping[int, str]) -> str:
    """Return one mark of many revisions, so that "all 340 filtered" is decided as it was seen."""
    text = ",".join(f"{pk}@{seen}" for pk, seen in sorted(stamps.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def count_text(revisions: Iterable[Revision]) -> str:
    """Return "12 xã" where all are of one indicator, else "12 kết quả"."""
    rows = list(revisions)
    nouns = {row.assessment.indicator.unit_noun for row in rows}
    return f"{len(rows)} {nouns.pop() if len(nouns) == 1 else 'kết quả'}"
