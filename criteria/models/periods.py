"""When: reporting periods, and who examines in them."""

import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from communes.models import holds_on
from criteria.models.law import Marker


class PeriodKind(models.TextChoices):
    YEAR = "year", "Năm"
    HALF = "half", "6 tháng"
    QUARTER = "quarter", "Quý"


class ReportingPeriod(models.Model):
    """Kỳ báo cáo: the days that the figures cover, and separately the day the report is due.

    It belongs to the units living on its last day. Without a closing date it stays open.
    """

    key = models.CharField("mã kỳ", max_length=7, unique=True, help_text="2024, 2024-H1, 2024-Q3")
    kind = models.CharField("loại kỳ", max_length=8, choices=PeriodKind.choices)
    label = models.CharField("tên kỳ", max_length=40, help_text="Năm 2024; 6 tháng đầu năm 2024; Quý III/2024")
    starts_on = models.DateField("số liệu từ ngày")
    ends_on = models.DateField("đến hết ngày")
    due_on = models.DateField("hạn gửi báo cáo")
    closes_on = models.DateField("khóa từ hết ngày", null=True, blank=True)
    takes_bare_verdicts = models.BooleanField(
        "nhận kết quả không có nội dung",
        default=False,
        help_text="Cho các kỳ trước ngày phần mềm hoạt động: danh sách cũ chỉ có đơn vị và kết quả.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "kỳ báo cáo"
        ordering = ("-ends_on", "starts_on")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=PeriodKind.values), name="period_has_a_known_kind"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="period_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="period_is_due_after_it_starts"),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def is_used(self) -> bool:
        """Whether something was reported for it: from then on the days of its figures no longer move."""
        return self.assessments.exists() or self.uploads.exists()

    def is_closed_on(self, day: datetime.date) -> bool:
        return self.closes_on is not None and day > self.closes_on


class ExaminerQuerySet(models.QuerySet["Examiner"]):
    def as_of(self, day: Any) -> "ExaminerQuerySet":
        return self.filter(holds_on(day))


class Examiner(models.Model):
    """Cơ quan thẩm tra: the body that examines at the district, from one day to another.

    Labels come from it; where none is set on a period's last day, the examined step falls away.
    """

    name = models.CharField("tên", max_length=100)
    starts_on = models.DateField("từ ngày")
    ends_on = models.DateField("đến hết ngày", null=True, blank=True)
    marker = models.CharField("tình trạng đối chiếu", max_length=10, choices=Marker.choices)
    source = models.CharField("nguồn", max_length=300, blank=True)

    objects = ExaminerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "cơ quan thẩm tra"
        ordering = ("starts_on",)
        constraints = (
            models.UniqueConstraint(fields=("starts_on",), name="one_examiner_starts_on_a_day"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="examiner_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(marker__in=Marker.values), name="examiner_has_a_known_marker"),
        )

    def __str__(self) -> str:
        return self.name
