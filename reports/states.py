"""In which words the state of a revision is told, where many of many periods stand together."""

from django.db.models import Exists, OuterRef

from criteria.models import Examiner, Revision, State
from criteria.models.assessments import RevisionQuerySet, places_of
from criteria.situations import PENDING_PROVINCE, state_word


def with_examination(revisions: RevisionQuerySet) -> RevisionQuerySet:
    """Annotate whether a body examines at the district before the province confirms (`state_of` asks for it)."""
    bodies = Examiner.objects.as_of(OuterRef("assessment__period__ends_on"))
    return revisions.annotate(is_examined_here=Exists(places_of("assessment__").with_a_district()) & Exists(bodies))


def state_of(revision: Revision) -> tuple[str, str]:
    """Return the name of the state in the style sheet and its word: what goes straight to the province says so."""
    is_direct = revision.state == State.SUBMITTED and not revision.is_examined_here  # type: ignore[attr-defined]
    key = PENDING_PROVINCE if is_direct else revision.state
    return key, state_word(key, revision.assessment.indicator)
