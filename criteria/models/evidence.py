"""What proves a result: documents, with or without their file, and the units that each speaks for."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from communes.dated import REAL_DAYS
from communes.models import Unit, UnitVersion
from communes.templatetags.vietnamese import day
from criteria.models.law import Condition, Indicator
from criteria.models.periods import ReportingPeriod
from criteria.models.uploads import Upload


class EvidenceKind(models.TextChoices):
    RESOLUTION = "resolution", "Nghị quyết"
    PLAN = "plan", "Kế hoạch"
    DECISION = "decision", "Quyết định"
    REPORT = "report", "Báo cáo"
    MINUTES = "minutes", "Biên bản"
    LETTER = "letter", "Công văn"
    PHOTO = "photo", "Ảnh chụp"
    OTHER = "other", "Văn bản khác"


class EvidenceScope(models.TextChoices):
    """For whom a document speaks: one unit, or many below a district or a province."""

    UNIT = "unit", "Một đơn vị"
    CHOSEN = "chosen", "Một số đơn vị"
    ALL = "all", "Tất cả đơn vị"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: Any) -> "EvidenceQuerySet":
        """Return what speaks for a unit of the person's scope, as the units stand on the period's last day."""
        if user.sees_everything:
            return self
        places: Any = UnitVersion.objects.as_of(OuterRef("period__ends_on")).visible_to(user)
        below = Q(unit=OuterRef("place")) | Q(parent=OuterRef("place")) | Q(province=OuterRef("place"))
        return self.filter(
            Exists(places.filter(unit__attachments__evidence=OuterRef("pk")))
            | Q(Exists(places.filter(below)), scope=EvidenceScope.ALL)
        )

    def live(self) -> "EvidenceQuerySet":
        return self.filter(Exists(Attachment.objects.live().filter(evidence=OuterRef("pk"))))

    def removed(self) -> "EvidenceQuerySet":
        return self.exclude(Exists(Attachment.objects.live().filter(evidence=OuterRef("pk"))))

    def dated_outside_period(self) -> "EvidenceQuerySet":
        return self.filter(
            Q(issued_on__lt=models.F("period__starts_on")) | Q(issued_on__gt=models.F("period__ends_on"))
        )

    def with_only_sensitive_conditions(self) -> "EvidenceQuerySet":
        mine = Condition.objects.filter(evidence=OuterRef("pk"))
        return self.filter(Exists(mine), ~Exists(mine.filter(is_sensitive=False)))


class Evidence(models.Model):
    """Minh chứng: a document (or photographs) for one indicator and period; its file is optional.

    It speaks for the units of its attachments, and in each for the conditions named; without a condition, for the
    whole result. `place` is the unit itself, or the district or province whose document covers many. Nothing of it
    changes: what is wrong is removed (a mark on the attachments) and attached anew. `sha256` is of what is stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("loại", max_length=10, choices=EvidenceKind.choices)
    number = models.CharField("số, ký hiệu", max_length=60, blank=True, default="")
    issued_on = models.DateField("ngày văn bản", validators=REAL_DAYS)
    issuer = models.CharField("cơ quan ban hành", max_length=100)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="evidence", verbose_name="chỉ tiêu")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="evidence", verbose_name="kỳ báo cáo")
    place = models.ForeignKey(Unit, models.PROTECT, related_name="evidence", verbose_name="địa bàn")
    scope = models.CharField("phạm vi", max_length=6, choices=EvidenceScope.choices)
    conditions = models.ManyToManyField(Condition, related_name="evidence", blank=True, verbose_name="nội dung")
    file = models.FileField("tệp", max_length=120, blank=True, default="")
    filename = models.CharField("tên tệp", max_length=200, blank=True, default="")
    size = models.PositiveIntegerField("dung lượng", null=True, blank=True)
    sha256 = models.CharField("mã SHA-256", max_length=64, blank=True, default="", db_index=True)
    content_type = models.CharField("định dạng", max_length=100, blank=True, default="")
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attached_evidence", verbose_name="người đính kèm"
    )
    attached_at = models.DateTimeField("đính kèm lúc")

    upload = models.ForeignKey(
        Upload, models.SET_NULL, related_name="evidence", null=True, blank=True, verbose_name="từ lần nộp"
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "minh chứng"
        ordering = ("-attached_at", "pk")
        indexes = (models.Index(fields=("period", "indicator"), name="evidence_of_a_period"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=EvidenceKind.values),
                name="evidence_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=EvidenceScope.values),
                name="evidence_has_a_known_scope",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(issuer=""),
                name="evidence_names_its_issuer",
                violation_error_message="Ghi cơ quan ban hành.",
            ),
            models.CheckConstraint(
                condition=~Q(number="") | ~Q(file=""),
                name="evidence_has_a_number_or_a_file",
                violation_error_message="Minh chứng cần số, ký hiệu hoặc tệp.",
            ),
            models.CheckConstraint(
                condition=Q(file="", filename="", sha256="", content_type="", size__isnull=True)
                | (~Q(file="") & ~Q(filename="") & ~Q(sha256="") & ~Q(content_type="") & Q(size__gt=0)),
                name="evidence_file_comes_with_its_facts",
                violation_error_message="Tệp minh chứng thiếu tên, dung lượng hoặc mã SHA-256; đính kèm lại tệp.",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("evidence_document", args=[self.pk])

    @property
    def title(self) -> str:
        """ "Quyết định số 12/QĐ-UBND ngày 05/10/2024"."""
        number = f" số {self.number}" if self.number else ""
        return f"{self.get_kind_display()}{number} ngày {day(self.issued_on)}"

    @property
    def named(self) -> str:
        """The title inside a sentence."""
        return self.title[:1].lower() + self.title[1:]

    @property
    def is_shared(self) -> bool:
        return self.scope != EvidenceScope.UNIT

    @property
    def is_outside_period(self) -> bool:
        """Whether the document is dated before the first or after the last day of the period's figures."""
        return not self.period.starts_on <= self.issued_on <= self.period.ends_on

    @property
    def speaks_for_the_whole(self) -> bool:
        return not self.conditions.all()

    @property
    def content(self) -> list[Any]:
        """Return what a decision decides on: which document, of which bytes, for which conditions."""
        conditions = sorted(condition.number for condition in self.conditions.all())
        return [self.kind, self.number, self.issued_on.isoformat(), self.issuer, self.sha256, conditions]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def live(self) -> "AttachmentQuerySet":
        return self.filter(removed_at__isnull=True)


class Attachment(models.Model):
    """Đính kèm: evidence speaks for one unit, until it is removed; removal is a mark, nothing is deleted."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="attachments", verbose_name="minh chứng")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="attachments", verbose_name="đơn vị")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="removed_attachments",
        null=True,
        blank=True,
        verbose_name="người gỡ",
    )
    removed_at = models.DateTimeField("gỡ lúc", null=True, blank=True)
    removal_reason = models.CharField("lý do gỡ", max_length=200, blank=True, default="")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đính kèm"
        ordering = ("evidence", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("evidence", "unit"),
                name="one_attachment_of_evidence_to_a_unit",
                violation_error_message="Minh chứng đã đính kèm cho đơn vị này.",
            ),
            models.CheckConstraint(
                condition=Q(removed_by__isnull=True, removed_at__isnull=True, removal_reason="")
                | (Q(removed_by__isnull=False, removed_at__isnull=False) & ~Q(removal_reason="")),
                name="removed_attachment_says_by_whom_when_and_why",
                violation_error_message="Gỡ minh chứng cần người gỡ, thời điểm và lý do.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.evidence} · {self.unit_id}"

    def held_at(self, moment: Any) -> bool:
        """Whether it stood at the moment (None: now); the evidence comes with it."""
        if moment is None:
            return self.removed_at is None
        return self.evidence.attached_at <= moment and (self.removed_at is None or self.removed_at > moment)
