from criteria.models.assessments import (
    EDITABLE,
    IN_WORK,
    OUTLOOK_CHANGE,
    PENDING,
    Assessment,
    ConditionResult,
    Door,
    Entry,
    Revision,
    State,
)
from criteria.models.evidence import Attachment, Evidence, EvidenceKind, EvidenceScope
from criteria.models.extensions import Extension, ExtensionQuerySet, covered_by
from criteria.models.guidance import Act, GuidanceAct
from criteria.models.law import (
    FREE_OF_A_VERSION,
    FREE_WHEN_USED,
    Checklist,
    Condition,
    CriteriaSet,
    CriteriaSetVersion,
    Criterion,
    Indicator,
    IndicatorWording,
    Marker,
    kinds_text,
)
from criteria.models.law_texts import Confirmation, SignedText
from criteria.models.mappings import AliasProposal, ColumnMapping, ColumnRole, ProposalState, UnitChoice
from criteria.models.periods import Examiner, PeriodAct, PeriodChange, PeriodKind, ReportingPeriod
from criteria.models.registers import Recognition, RegisterEntry, RegisterKind, Registration, YearlyTitle
from criteria.models.reviews import ReturnedItem, Review, Verb
from criteria.models.security_models import ModelKind, SecurityModel
from criteria.models.signing import SheetKind, SignedCopy
from criteria.models.spans import StandingSpan, UnitStanding
from criteria.models.uploads import SAVED, Upload, UploadState
from criteria.verdicts import Comparison, ConditionKind, Verdict

__all__ = [
    "EDITABLE",
    "FREE_OF_A_VERSION",
    "FREE_WHEN_USED",
    "IN_WORK",
    "OUTLOOK_CHANGE",
    "PENDING",
    "SAVED",
    "Act",
    "AliasProposal",
    "Assessment",
    "Attachment",
    "Checklist",
    "ColumnMapping",
    "ColumnRole",
    "Comparison",
    "Condition",
    "ConditionKind",
    "ConditionResult",
    "Confirmation",
    "CriteriaSet",
    "CriteriaSetVersion",
    "Criterion",
    "Door",
    "Entry",
    "Evidence",
    "EvidenceKind",
    "EvidenceScope",
    "Examiner",
    "Extension",
    "ExtensionQuerySet",
    "GuidanceAct",
    "Indicator",
    "IndicatorWording",
    "Marker",
    "ModelKind",
    "PeriodAct",
    "PeriodChange",
    "PeriodKind",
    "ProposalState",
    "Recognition",
    "RegisterEntry",
    "RegisterKind",
    "Registration",
    "ReportingPeriod",
    "ReturnedItem",
    "Review",
    "Revision",
    "SecurityModel",
    "SheetKind",
    "SignedCopy",
    "SignedText",
    "StandingSpan",
    "State",
    "UnitChoice",
    "UnitStanding",
    "Upload",
    "UploadState",
    "Verb",
    "Verdict",
    "YearlyTitle",
    "covered_by",
    "kinds_text",
]
