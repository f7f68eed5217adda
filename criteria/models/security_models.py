"""The register of models: what a commune has set up for order and safety, since when, and whether it still works."""

import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from communes.dated import REAL_DAYS
from communes.models import Level, Unit, UnitVersion, UnitVersionQuerySet, holds_on
from criteria.models.registers import STANDS, WITHDRAWN_WHOLLY_OR_NOT, person_field

LAST_DAY = datetime.date.max


class ModelKind(models.TextChoices):
    """Mô hình: the kinds that the indicators name."""

    CRIME = "crime", "Phòng, chống tội phạm, tệ nạn xã hội"
    TRAFFIC = "traffic", "Bảo đảm trật tự, an toàn giao thông"
    FIRE = "fire", "Phòng cháy, chữa cháy"
    CAMERA = "camera", "Camera an ninh"


class SecurityModelQuerySet(models.QuerySet["SecurityModel"]):
    def standing(self) -> "SecurityModelQuerySet":
        return self.filter(STANDS)

    def visible_to(self, user: Any) -> "SecurityModelQuerySet":
        return self if user.sees_everything else self.filter(Exists(SecurityModel.places().visible_to(user)))

    def of_unit(self, unit: Any) -> "SecurityModelQuerySet":
        """Return the models of the unit and of those that went whole into it: a model goes on with its place."""
        return self.filter(unit__descents__descendant=unit, unit__descents__is_whole=True)

    def working_on(self, day: Any) -> "SecurityModelQuerySet":
        """Return the accepted models that ran on the day and were not found idle by then."""
        found_idle = Q(is_working=False, checked_on__lte=day)
        return self.standing().filter(holds_on(day), accepted_at__isnull=False).exclude(found_idle)


class SecurityModel(models.Model):
    """Mô hình: a standing arrangement of a commune (camera an ninh, phòng cháy, chữa cháy, …) since a day.

    What a commune officer writes is a proposal until the district or the province accepts it (ghi nhận).
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="security_models", verbose_name="đơn vị")
    kind = models.CharField("loại mô hình", max_length=10, choices=ModelKind.choices)
    name = models.CharField("tên mô hình", max_length=120, help_text="Không nêu tên người, vụ việc.")
    starts_on = models.DateField("hoạt động từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField(
        "đến hết ngày", validators=REAL_DAYS, null=True, blank=True, help_text="Bỏ trống khi còn hoạt động."
    )
    is_working = models.BooleanField("hoạt động thường xuyên, hiệu quả", default=True)
    checked_on = models.DateField("kiểm tra ngày", validators=REAL_DAYS, null=True, blank=True)
    checker = models.CharField(
        "cơ quan kiểm tra", max_length=100, blank=True, default="", help_text="Ví dụ: Công an huyện."
    )
    is_sample = models.BooleanField("số liệu minh họa", default=False, editable=False)
    recorded_by = person_field("recorded_models", "người ghi")
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now, editable=False)
    accepted_by = person_field("accepted_models", "người ghi nhận", null=True)
    accepted_at = models.DateTimeField("ghi nhận lúc", null=True, blank=True, editable=False)
    withdrawn_by = person_field("withdrawn_models", "người hủy dòng", null=True)
    withdrawn_at = models.DateTimeField("hủy dòng lúc", null=True, blank=True, editable=False)
    withdrawn_because = models.CharField("lý do hủy dòng", max_length=200, blank=True, default="", editable=False)

    objects = SecurityModelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "mô hình về an ninh, trật tự"
        ordering = ("unit__key", "kind", "starts_on")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "kind", "name"),
                condition=STANDS,
                name="one_model_of_a_unit_kind_and_name",
                violation_error_message="Mô hình cùng loại, cùng tên của đơn vị đã có trong sổ.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ModelKind.values),
                name="model_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=WITHDRAWN_WHOLLY_OR_NOT,
                name="withdrawn_model_says_by_whom_and_why",
                violation_error_message="Hủy dòng cần người hủy, thời điểm và lý do; hủy trên trang của dòng.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="model_ends_after_it_starts",
                violation_error_message="Ngày dừng không được trước ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(checked_on__isnull=True, checker="") | (Q(checked_on__isnull=False) & ~Q(checker="")),
                name="checked_model_says_when_and_by_whom",
                violation_error_message="Kiểm tra cần cả ngày và cơ quan kiểm tra.",
            ),
            models.CheckConstraint(
                condition=Q(is_working=True) | Q(checked_on__isnull=False),
                name="idle_model_was_checked",
                violation_error_message="Ghi không còn hoạt động cần ngày và cơ quan kiểm tra.",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="accepted_model_says_by_whom_and_when",
                violation_error_message="Ghi nhận mô hình cần cả người và thời điểm ghi nhận.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.unit}"

    @staticmethod
    def places() -> UnitVersionQuerySet:
        """Return the versions of the row's unit, and of what it went into whole, while the model runs."""
        until = Coalesce(OuterRef("ends_on"), Value(LAST_DAY), output_field=models.DateField())
        return UnitVersion.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("starts_on")),
            starts_on__lte=until,
            unit__origins__ancestor=OuterRef("unit"),
            unit__origins__is_whole=True,
        )

    @property
    def day(self) -> datetime.date:
        return self.starts_on

    @property
    def level(self) -> str:
        return Level.COMMUNE

    def living_then(self) -> Q:
        """A model may be older than the first list of units, so any version during its life will do."""
        return (Q(ends_on__isnull=True) | Q(ends_on__gte=self.starts_on)) & Q(starts_on__lte=self.ends_on or LAST_DAY)

    def refusal_of_unit(self, version: UnitVersion) -> str:
        return "" if version.unit.level == self.level else "Sổ này ghi mô hình của xã, phường, thị trấn."
