"""What versions of the law share: their days, how far a wording is trusted, who compared it, the signed file."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from communes.dated import REAL_DAYS
from communes.templatetags.vietnamese import day

UNTIL_THE_NEXT = "Bỏ trống: đến khi có phiên bản sau."


class Marker(models.TextChoices):
    """How far a wording may be trusted; the two unconfirmed markers stand wherever the wording is shown."""

    CONFIRMED = "confirmed", "đã đối chiếu văn bản"
    UNCHECKED = "unchecked", "chưa đối chiếu văn bản"
    DRAFT = "draft", "nội dung tạm"


def in_application(day: Any, prefix: str = "") -> Q:
    """Return the condition that a version is in application on the day: begun, and not ended before."""
    not_ended = Q(**{f"{prefix}applies_to__isnull": True}) | Q(**{f"{prefix}applies_to__gte": day})
    return Q(**{f"{prefix}applies_from__lte": day}) & not_ended


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    condition = Q(applies_to__isnull=True) | Q(applies_to__gte=F("applies_from"))
    words = "Ngày kết thúc không được trước ngày bắt đầu."
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=words)


class Confirmation(models.Model):
    """Đối chiếu văn bản: one person compared wordings with the signed text that bears this number and date.

    The wordings point at it; a wording is marked "đã đối chiếu văn bản" exactly when it does.
    """

    text_number = models.CharField("số văn bản đã đối chiếu", max_length=60)
    text_signed_on = models.DateField("ngày ký của văn bản", validators=REAL_DAYS)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="confirmations", verbose_name="người đối chiếu"
    )
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = verbose_name_plural = "lần đối chiếu văn bản"
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(text_number=""),
                name="confirmation_names_its_text",
                violation_error_message="Ghi số văn bản đã đối chiếu.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.text_number} ngày {day(self.text_signed_on)}"


class SignedText(models.Model):
    """Bản ký: the file of a signed text, kept privately; nothing of it changes, a better one takes its place."""

    file = models.FileField("tệp", max_length=120)
    filename = models.CharField("tên tệp", max_length=200)
    size = models.PositiveIntegerField("dung lượng")
    sha256 = models.CharField("mã SHA-256", max_length=64)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="signed_texts", verbose_name="người đính kèm"
    )
    kept_at = models.DateTimeField("đính kèm lúc")

    class Meta:
        verbose_name = verbose_name_plural = "bản ký"
        ordering = ("-kept_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(file="") & ~Q(filename="") & ~Q(sha256="") & Q(size__gt=0),
                name="signed_text_comes_with_its_facts",
                violation_error_message="Đính kèm lại tệp của bản ký.",
            ),
        )

    def __str__(self) -> str:
        return self.filename


def marked_by_a_confirmation(confirmed: str, name: str) -> models.CheckConstraint:
    """Return the constraint that a wording bears the marker "confirmed" exactly when it names who compared it."""
    return models.CheckConstraint(
        condition=Q(marker=confirmed, confirmation__isnull=False)
        | (~Q(marker=confirmed) & Q(confirmation__isnull=True)),
        name=name,
        violation_error_message="Việc đối chiếu ghi tên người thực hiện: dùng việc “Xác nhận đã đối chiếu văn bản”.",
    )


def confirmation_of(related_name: str) -> models.ForeignKey:
    """Return the column by which a wording names who compared it, and when."""
    return models.ForeignKey(
        Confirmation, models.PROTECT, related_name=related_name, null=True, blank=True, verbose_name="đối chiếu"
    )
