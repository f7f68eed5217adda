"""What came in: the file that a district sent, as it was sent."""

import uuid
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from communes.models import Unit, UnitVersion
from criteria.models.periods import ReportingPeriod


class UploadState(models.TextChoices):
    CHECKED = "checked", "Đã kiểm tra, chưa lưu"
    REFUSED = "refused", "Không đọc được"
    APPLIED = "applied", "Đã lưu"
    UNDONE = "undone", "Đã hủy"


# Whose rows were written, be it that they were taken back since.
SAVED = (UploadState.APPLIED, UploadState.UNDONE)


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: Any) -> "UploadQuerySet":
        if user.sees_everything:
            return self
        places = UnitVersion.objects.as_of(OuterRef("period__ends_on")).filter(unit=OuterRef("unit"))
        return self.filter(Exists(places.visible_to(user)))


class Upload(models.Model):
    """Lần nộp biểu: one file for one unit (a district, a province) and period; its bytes are kept as proof.

    `reading` is what the reader found in the file (`criteria.workbooks.reading`), before any matching: what it means
    is worked out anew against the tables at preview and at confirmation. `outcome` holds the counts of the last of
    these. `undone_rows` keeps what an undoing took out of the tables: entries and steps of revisions that are gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="uploads", verbose_name="đơn vị")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="uploads", verbose_name="kỳ báo cáo")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads", verbose_name="người nộp")
    at = models.DateTimeField("nộp lúc", auto_now_add=True)
    filename = models.CharField("tên tệp", max_length=200)
    sha256 = models.CharField("mã SHA-256", max_length=64, db_index=True)
    size = models.PositiveIntegerField("dung lượng")
    content = models.BinaryField("nội dung tệp")
    reading = models.JSONField("nội dung đọc được", default=dict)
    state = models.CharField("tình trạng", max_length=8, choices=UploadState.choices)
    refusal = models.CharField("lý do không đọc được", max_length=300, blank=True, default="")
    outcome = models.JSONField("kết quả", default=dict)
    letter_number = models.CharField("số công văn", max_length=60, blank=True, default="")
    letter_on = models.DateField("ngày công văn", null=True, blank=True)
    follows = models.ForeignKey(
        "self", models.SET_NULL, related_name="followed_by", null=True, blank=True, verbose_name="nộp lại của lần nộp"
    )
    batch = models.UUIDField(
        "lần gửi", null=True, blank=True, editable=False, db_index=True, help_text="Chung cho các tệp nộp cùng lúc."
    )
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="applied_uploads",
        null=True,
        blank=True,
        verbose_name="người lưu",
    )
    applied_at = models.DateTimeField("lưu lúc", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="undone_uploads",
        null=True,
        blank=True,
        verbose_name="người hủy",
    )
    undone_at = models.DateTimeField("hủy lúc", null=True, blank=True)
    undone_because = models.CharField("lý do hủy", max_length=300, blank=True, default="")
    undone_rows = models.JSONField("kết quả đã hủy", default=list, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "lần nộp biểu"
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=UploadState.values),
                name="upload_has_a_known_state",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SAVED, applied_by__isnull=False, applied_at__isnull=False)
                | (~Q(state__in=SAVED) & Q(applied_by__isnull=True, applied_at__isnull=True)),
                name="applied_upload_says_by_whom_and_when",
                violation_error_message="Lần nộp đã lưu cần cả người và thời điểm lưu.",
            ),
            models.CheckConstraint(
                condition=~Q(state=UploadState.REFUSED) | ~Q(refusal=""),
                name="refused_upload_has_a_reason",
                violation_error_message="Lần nộp không đọc được cần lý do.",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=UploadState.UNDONE, undone_by__isnull=False, undone_at__isnull=False)
                    & ~Q(undone_because="")
                )
                | (~Q(state=UploadState.UNDONE) & Q(undone_by__isnull=True, undone_at__isnull=True, undone_because="")),
                name="undone_upload_says_by_whom_when_and_why",
                violation_error_message="Lần nộp đã hủy cần người hủy, thời điểm và lý do.",
            ),
        )

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("upload", args=[self.pk])

    @property
    def suffix(self) -> str:
        """ ".xls": the kind of file by its name."""
        return PurePath(self.filename).suffix.lower()

    @property
    def is_xlsx(self) -> bool:
        return self.suffix == ".xlsx"

    @property
    def code(self) -> str:
        """ "3F2A-91BC": the number on the receipt, short enough to say on the telephone."""
        text = self.pk.hex[:8].upper()
        return f"{text[:4]}-{text[4:]}"
