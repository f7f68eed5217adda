"""What was signed on paper: the scan of a printed sheet, with the exact content that the sheet showed."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from communes.dated import REAL_DAYS
from communes.models import Unit, UnitVersion
from communes.templatetags.vietnamese import day
from criteria.models.law import Indicator
from criteria.models.periods import ReportingPeriod


class SheetKind(models.TextChoices):
    """The sheets that are printed to be signed."""

    SELF = "self", "Phiếu tự đánh giá"
    EXAMINATION = "examination", "Phiếu thẩm tra"
    SUMMARY = "summary", "Biểu tổng hợp"


class SignedCopyQuerySet(models.QuerySet["SignedCopy"]):
    def visible_to(self, user: Any) -> "SignedCopyQuerySet":
        """Return the copies of sheets whose place is in the person's scope on the period's last day."""
        if user.sees_everything:
            return self
        places: Any = UnitVersion.objects.as_of(OuterRef("period__ends_on")).visible_to(user)
        return self.filter(Exists(places.filter(unit=OuterRef("place"))))


class SignedCopy(models.Model):
    """Bản ký: the scan of a signed sheet; the newest of a sheet, place and period counts, the others stay.

    `contents` maps the id of each assessment on the sheet to the `Revision.content_hash` that was printed, `mark` is
    the mã đối chiếu of them all. `indicator` is empty for a sheet of all indicators.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.CharField("loại", max_length=11, choices=SheetKind.choices)
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="signed_copies", verbose_name="kỳ báo cáo")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="signed_copies", null=True, blank=True, verbose_name="chỉ tiêu"
    )
    place = models.ForeignKey(Unit, models.PROTECT, related_name="signed_copies", verbose_name="địa bàn")
    number = models.CharField("số, ký hiệu", max_length=60)
    signed_on = models.DateField("ngày ký", validators=REAL_DAYS)
    signer = models.CharField("người ký", max_length=100)
    mark = models.CharField("mã đối chiếu", max_length=19)
    contents = models.JSONField("nội dung đã ký")
    file = models.FileField("tệp", max_length=120)
    filename = models.CharField("tên tệp", max_length=200)
    size = models.PositiveIntegerField("dung lượng")
    sha256 = models.CharField("mã SHA-256", max_length=64)
    content_type = models.CharField("định dạng", max_length=100)
    attached_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signed_copies", verbose_name="người đính kèm"
    )
    attached_at = models.DateTimeField("đính kèm lúc")

    objects = SignedCopyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "bản ký"
        ordering = ("-attached_at", "pk")
        indexes = (models.Index(fields=("period", "place"), name="signed_copies_of_a_place"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(sheet__in=SheetKind.values),
                name="signed_copy_is_of_a_known_sheet",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(sheet=SheetKind.SELF, indicator__isnull=True)
                | (~Q(sheet=SheetKind.SELF) & Q(indicator__isnull=False)),
                name="only_the_self_assessment_is_of_all_indicators",
                violation_error_message="Chỉ phiếu tự đánh giá không ghi chỉ tiêu; chọn chỉ tiêu của biểu.",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(signer="") & ~Q(mark=""),
                name="signed_copy_has_number_signer_and_mark",
                violation_error_message="Bản ký cần số, người ký và mã đối chiếu.",
            ),
            models.CheckConstraint(
                condition=~Q(file="") & ~Q(filename="") & ~Q(sha256="") & Q(size__gt=0),
                name="signed_copy_has_its_file",
                violation_error_message="Bản ký cần tệp.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_sheet_display()} số {self.number} ngày {day(self.signed_on)}"

    def get_absolute_url(self) -> str:
        return reverse("signed_copy_file", args=[self.pk])

    def covers(self, assessment: int, content_hash: str) -> bool:
        """Whether exactly this content of the assessment stood on the sheet."""
        return self.contents.get(str(assessment)) == content_hash
