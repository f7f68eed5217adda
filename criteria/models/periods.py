"""When: reporting periods, and who examines in them."""

import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from communes.dated import REAL_DAYS
from communes.models import holds_on
from communes.templatetags.vietnamese import day as day_text
from criteria.models.law import Indicator, Marker
from criteria.models.law_texts import confirmation_of, marked_by_a_confirmation


class PeriodKind(models.TextChoices):
    YEAR = "year", "Năm"
    HALF = "half", "6 tháng"
    QUARTER = "quarter", "Quý"


class ReportingPeriod(models.Model):
    """Kỳ báo cáo: the days that the figures cover, and separately the days on which work on them is done.

    It belongs to the units living on its last day. Work begins on `opens_on` and is due on `due_on`; `closes_on` is the
    last day for new work, `corrections_close_on` that for mending what came back or was confirmed (empty: the same).
    Without these days it is open. `closed_at`: it was closed by hand, whatever the days say.
    `indicators` are those collected in the period; none named is all.
    """

    key = models.CharField("mã kỳ", max_length=7, unique=True, help_text="2024, 2024-H1, 2024-Q3")
    kind = models.CharField("loại kỳ", max_length=8, choices=PeriodKind.choices)
    label = models.CharField("tên kỳ", max_length=40, help_text="Năm 2024; 6 tháng đầu năm 2024; Quý III/2024")
    starts_on = models.DateField("số liệu từ ngày")
    ends_on = models.DateField("đến hết ngày")
    opens_on = models.DateField(
        "mở nhập từ ngày", null=True, blank=True, help_text="Bỏ trống: nhập được ngay khi có kỳ."
    )
    due_on = models.DateField("hạn gửi báo cáo")
    closes_on = models.DateField(
        "khóa từ hết ngày", null=True, blank=True, help_text="Ngày cuối được nhập mới, gửi. Bỏ trống: không khóa."
    )
    corrections_close_on = models.DateField(
        "khóa điều chỉnh từ hết ngày",
        null=True,
        blank=True,
        help_text="Ngày cuối được sửa kết quả bị trả lại, điều chỉnh kết quả đã xác nhận. "
        "Bỏ trống: khóa cùng ngày nhập mới.",
    )
    closed_at = models.DateTimeField("khóa lúc", null=True, blank=True, editable=False)
    indicators = models.ManyToManyField(
        Indicator,
        related_name="collecting_periods",
        blank=True,
        verbose_name="chỉ tiêu thu thập trong kỳ",
        help_text="Không chọn chỉ tiêu nào: thu thập tất cả.",
    )
    takes_bare_verdicts = models.BooleanField(
        "nhận kết quả không có nội dung",
        default=False,
        help_text="Cho các kỳ trước ngày phần mềm hoạt động: danh sách cũ chỉ có đơn vị và kết quả.",
    )

    needs_signed_copy = models.BooleanField(
        "cần bản ký trước khi xác nhận",
        default=False,
        help_text="Chỉ xác nhận kết quả có bản ký (phiếu hoặc biểu tổng hợp) khớp với số liệu đang chờ xác nhận.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "kỳ báo cáo"
        ordering = ("-ends_on", "starts_on")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=PeriodKind.values),
                name="period_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="period_ends_after_it_starts",
                violation_error_message="Ngày cuối của số liệu phải sau ngày đầu.",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("starts_on")),
                name="period_is_due_after_it_starts",
                violation_error_message="Hạn gửi không được trước ngày đầu của số liệu.",
            ),
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(due_on__gte=F("opens_on")),
                name="period_opens_before_it_is_due",
                violation_error_message="Ngày mở nhập không được sau hạn gửi.",
            ),
            models.CheckConstraint(
                condition=Q(closes_on__isnull=True)
                | (Q(closes_on__gte=F("starts_on")) & (Q(opens_on__isnull=True) | Q(closes_on__gte=F("opens_on")))),
                name="period_closes_after_it_opens",
                violation_error_message="Ngày khóa không được trước ngày mở nhập và ngày đầu của số liệu.",
            ),
            models.CheckConstraint(
                condition=Q(corrections_close_on__isnull=True)
                | Q(closes_on__isnull=False, corrections_close_on__gte=F("closes_on")),
                name="corrections_close_after_new_work",
                violation_error_message="Ngày khóa điều chỉnh đi cùng ngày khóa nhập mới và không được trước ngày đó.",
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def is_used(self) -> bool:
        """Whether something was reported for it: from then on the days of its figures no longer move."""
        return self.assessments.exists() or self.uploads.exists()

    def clean(self) -> None:
        if self.closes_on and self.due_on and self.due_on > self.closes_on:
            raise ValidationError("Hạn gửi không được sau ngày khóa nhập mới.")

    @property
    def ever_closes(self) -> bool:
        return self.closed_at is not None or self.closes_on is not None

    def is_open_on(self, day: datetime.date) -> bool:
        """Whether new work is taken on the day."""
        return not self.opens_after(day) and self.closed_since(day) is None

    def opens_after(self, day: datetime.date) -> bool:
        return self.opens_on is not None and day < self.opens_on

    def last_day(self, *, is_correction: bool = False) -> datetime.date | None:
        """Return the last day for new work, or for corrections; None: there is none."""
        return (self.corrections_close_on if is_correction else None) or self.closes_on

    def closed_since(self, day: datetime.date, *, is_correction: bool = False) -> datetime.date | None:
        """Return the day by which it is closed: its last day that has passed, or the one on which it was closed."""
        last = self.last_day(is_correction=is_correction)
        if last is not None and day > last:
            return last
        return timezone.localdate(self.closed_at) if self.closed_at else None


class PeriodAct(models.TextChoices):
    OPENED = "opened", "Mở kỳ"
    CLOSED = "closed", "Khóa kỳ"
    CHANGED = "changed", "Sửa kỳ"


class PeriodChange(models.Model):
    """Lần thay đổi kỳ: one act of one person on a period; rows are only added.

    `changes` maps a field, in the words of the screens, to [old value, new value].
    """

    period = models.ForeignKey(ReportingPeriod, models.CASCADE, related_name="changes", verbose_name="kỳ báo cáo")
    act = models.CharField("việc", max_length=8, choices=PeriodAct.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="period_changes", verbose_name="người thực hiện"
    )
    at = models.DateTimeField("lúc", default=timezone.now)
    changes = models.JSONField("thay đổi", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "lần thay đổi kỳ báo cáo"
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(act__in=PeriodAct.values), name="period_change_is_a_known_act"),
        )

    def __str__(self) -> str:
        return f"{self.get_act_display()} · {self.period_id}"


class ExaminerQuerySet(models.QuerySet["Examiner"]):
    def as_of(self, day: Any) -> "ExaminerQuerySet":
        return self.filter(holds_on(day))


class Examiner(models.Model):
    """Cơ quan thẩm tra: the body that examines at the district, from one day to another.

    Labels come from it; where none is set on a period's last day, the examined step falls away.
    """

    name = models.CharField("tên", max_length=100)
    starts_on = models.DateField("từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True)
    marker = models.CharField("tình trạng đối chiếu", max_length=10, choices=Marker.choices)
    source = models.CharField("nguồn", max_length=300, blank=True)
    confirmation = confirmation_of("examiners")

    objects = ExaminerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "cơ quan thẩm tra"
        ordering = ("starts_on",)
        constraints = (
            models.UniqueConstraint(
                fields=("starts_on",),
                name="one_examiner_starts_on_a_day",
                violation_error_message="Đã có cơ quan thẩm tra từ ngày này; sửa dòng đã có hoặc chọn ngày khác.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="examiner_ends_after_it_starts",
                violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(marker__in=Marker.values),
                name="examiner_has_a_known_marker",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            marked_by_a_confirmation(Marker.CONFIRMED, "confirmed_examiner_names_who_compared_it"),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """One body examines on a day."""
        other = self.meeting().first() if self.starts_on else None
        if other:
            until = f"đến {day_text(other.ends_on)}" if other.ends_on else "trở đi"
            said = f"Trùng ngày với {other.name}, từ {day_text(other.starts_on)} {until}; sửa ngày của một trong hai."
            raise ValidationError({"starts_on": said})

    def meeting(self) -> ExaminerQuerySet:
        """Return the other bodies that have a day in common with this one."""
        others = Examiner.objects.exclude(pk=self.pk).exclude(ends_on__lt=self.starts_on)
        return others.filter(starts_on__lte=self.ends_on) if self.ends_on else others
