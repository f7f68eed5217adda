"""What officers said of their own tables: which column holds what, which unit a name means."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from communes.models import Unit, UnitVersion
from criteria.models.law import Condition, Indicator
from criteria.models.registers import person_field
from criteria.models.uploads import Upload


class ColumnRole(models.TextChoices):
    """What a column of a district's own table holds."""

    CODE = "code", "Mã đơn vị"
    NAME = "name", "Tên đơn vị"
    DISTRICT = "district", "Huyện"
    CONDITION = "condition", "Nội dung"
    VERDICT = "verdict", "Kết quả chung"
    NOTE = "note", "Không đọc cột này"


class ColumnMappingQuerySet(models.QuerySet["ColumnMapping"]):
    def visible_to(self, user: Any) -> "ColumnMappingQuerySet":
        """Return the columns of the places in the person's scope, as they stand or stood at any time."""
        if user.sees_everything:
            return self
        return self.filter(Exists(UnitVersion.objects.visible_to(user).filter(unit=OuterRef("unit"))))

    def live(self) -> "ColumnMappingQuerySet":
        return self.filter(removed_at__isnull=True)


class ColumnMapping(models.Model):
    """Cột đã đối chiếu: a header in the own tables of a district or province, and what its column holds.

    Remembered from the day on which an officer said so until one takes it back. A condition is one of a version of the
    checklist: under new guidance the column is asked for again.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="column_mappings", verbose_name="đơn vị")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="column_mappings", verbose_name="chỉ tiêu")
    header = models.CharField("tiêu đề cột", max_length=300)
    header_key = models.CharField(max_length=300, editable=False)
    role = models.CharField("được đọc là", max_length=10, choices=ColumnRole.choices)
    condition = models.ForeignKey(
        Condition,
        models.PROTECT,
        related_name="column_mappings",
        null=True,
        blank=True,
        verbose_name="nội dung",
    )
    made_by = person_field("made_mappings", "người đối chiếu")
    made_at = models.DateTimeField("đối chiếu lúc", auto_now_add=True)
    removed_by = person_field("removed_mappings", "người bỏ", null=True)
    removed_at = models.DateTimeField("bỏ lúc", null=True, blank=True)

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "cột đã đối chiếu"
        ordering = ("-made_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "indicator", "header_key"),
                condition=Q(removed_at__isnull=True),
                name="one_mapping_of_a_header_of_a_place",
                violation_error_message="Cột này đã được đối chiếu.",
            ),
            models.CheckConstraint(
                condition=Q(role__in=ColumnRole.values),
                name="column_mapping_has_a_known_role",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(role=ColumnRole.CONDITION, condition__isnull=False)
                | (~Q(role=ColumnRole.CONDITION) & Q(condition__isnull=True)),
                name="column_of_a_condition_names_it",
                violation_error_message="Cột nội dung cần chọn nội dung; cột khác thì không.",
            ),
            models.CheckConstraint(
                condition=Q(removed_by__isnull=True, removed_at__isnull=True)
                | Q(removed_by__isnull=False, removed_at__isnull=False),
                name="removed_mapping_says_by_whom_and_when",
                violation_error_message="Bỏ cột đã đối chiếu cần người bỏ và thời điểm.",
            ),
        )

    def __str__(self) -> str:
        return self.header

    @property
    def meaning(self) -> str:
        """ "Nội dung 3", "Tên đơn vị"."""
        return f"Nội dung {self.condition.number}" if self.condition else str(ColumnRole(self.role).label)


class UnitChoice(models.Model):
    """Đơn vị do người nộp chọn: which unit a name in one upload means that led to none by itself."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="unit_choices", verbose_name="lần nộp")
    typed = models.CharField("tên trong tệp", max_length=200)
    typed_key = models.CharField(max_length=400, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="upload_choices", verbose_name="đơn vị")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người chọn")
    at = models.DateTimeField("chọn lúc", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "đơn vị do người nộp chọn"
        ordering = ("upload", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("upload", "typed_key"),
                name="one_choice_for_a_name_in_an_upload",
                violation_error_message="Tên này đã được chọn đơn vị.",
            ),
        )

    def __str__(self) -> str:
        return self.typed


class ProposalState(models.TextChoices):
    OPEN = "open", "Chờ xét"
    ACCEPTED = "accepted", "Đã chấp nhận"
    REFUSED = "refused", "Đã từ chối"


class AliasProposal(models.Model):
    """Đề nghị tên gọi khác: an officer chose a unit for a name and would keep the name; an administrator decides."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="alias_proposals", verbose_name="đơn vị")
    name = models.CharField("tên gọi khác", max_length=80)
    upload = models.ForeignKey(
        Upload, models.SET_NULL, related_name="alias_proposals", null=True, verbose_name="từ lần nộp"
    )
    proposed_by = person_field("proposed_aliases", "người đề nghị")
    proposed_at = models.DateTimeField("đề nghị lúc", auto_now_add=True)
    state = models.CharField(
        "tình trạng", max_length=8, choices=ProposalState.choices, default=ProposalState.OPEN, editable=False
    )
    decided_by = person_field("decided_aliases", "người xét", null=True)
    decided_at = models.DateTimeField("xét lúc", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "đề nghị tên gọi khác"
        ordering = ("-proposed_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "name"),
                condition=Q(state=ProposalState.OPEN),
                name="one_open_proposal_of_a_name_for_a_unit",
                violation_error_message="Tên này đang chờ xét cho đơn vị.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values),
                name="alias_proposal_has_a_known_state",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.OPEN, decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state=ProposalState.OPEN) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_proposal_says_by_whom_and_when",
                violation_error_message="Đề nghị đã xét cần người xét và thời điểm.",
            ),
        )

    def __str__(self) -> str:
        return self.name
