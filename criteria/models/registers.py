"""What is kept beside the results: titles, recognitions and registrations, each a register of its own.

A fourth, of models, stands in `criteria.models.security_models`. A row is never deleted: what was written by mistake is
withdrawn (hủy dòng) with a reason; what a decision takes back is revoked (thu hồi) with its number and date.

`places` are the versions under which the row's unit lives on the day that the row is about: whose scope it is, and the
name that it bore; `living_then` says the same of one row.
"""

import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from communes.dated import REAL_DAYS, REAL_YEARS
from communes.models import Kind, Level, Unit, UnitVersion, UnitVersionQuerySet, holds_on
from criteria.models.assessments import Door
from criteria.models.law import CriteriaSet, Indicator, kinds_text
from criteria.models.periods import ReportingPeriod

# A thị xã, a thành phố is not a rural unit: it "hoàn thành nhiệm vụ" where a huyện "đạt chuẩn".
URBAN_KINDS = (Kind.THI_XA, Kind.THANH_PHO)


class RegisterKind(models.TextChoices):
    TITLES = "titles", "Danh hiệu “An toàn về an ninh, trật tự”"
    RECOGNITIONS = "recognitions", "Công nhận đạt chuẩn nông thôn mới"
    MODELS = "models", "Mô hình về an ninh, trật tự"
    REGISTRATIONS = "registrations", "Đăng ký phấn đấu"


def person_field(related_name: str, verbose_name: str, *, null: bool = False) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name=related_name,
        verbose_name=verbose_name,
        null=null,
        blank=null,
        editable=False,
    )


# Of each register: a row stands until it is withdrawn, by somebody, at a moment, for a reason.
STANDS = Q(withdrawn_at__isnull=True)
WITHDRAWN_WHOLLY_OR_NOT = Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="") | (
    Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")
)
REVOKED_WHOLLY_OR_NOT = Q(revoked_on__isnull=True, revoked_by_number="") | (
    Q(revoked_on__isnull=False) & ~Q(revoked_by_number="")
)
NOT_REVOKED_BEFORE = Q(revoked_on__isnull=True) | Q(revoked_on__gte=F("decided_on"))


# --- danh hiệu -------------------------------------------------------------------------------------------


class TitleQuerySet(models.QuerySet["YearlyTitle"]):
    def standing(self) -> "TitleQuerySet":
        return self.filter(STANDS)

    def visible_to(self, user: Any) -> "TitleQuerySet":
        return self if user.sees_everything else self.filter(Exists(YearlyTitle.places().visible_to(user)))


class YearlyTitle(models.Model):
    """Danh hiệu “An toàn về an ninh, trật tự”: what a commune was given for one year (Thông tư 124/2021/TT-BCA).

    A commune that holds it is "không phức tạp về an ninh, trật tự" (Công văn 3371/BCA-V05). It stands beside the result
    on 19.2 and never decides it: 112 communes may hold the title where 97 meet the indicator.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="yearly_titles", verbose_name="đơn vị")
    year = models.PositiveSmallIntegerField(
        "năm",
        validators=REAL_YEARS,
        help_text="Năm xét danh hiệu; tính từ ngày 16/11 năm trước đến hết ngày 15/11 năm này.",
    )
    number = models.CharField("số quyết định", max_length=60)
    decided_on = models.DateField("ngày quyết định", validators=REAL_DAYS)
    issuer = models.CharField("người, cơ quan ký", max_length=100, help_text="Ví dụ: Chủ tịch UBND huyện.")
    revoked_on = models.DateField("thu hồi ngày", validators=REAL_DAYS, null=True, blank=True)
    revoked_by_number = models.CharField("quyết định thu hồi số", max_length=60, blank=True, default="")
    is_sample = models.BooleanField("số liệu minh họa", default=False, editable=False)
    recorded_by = person_field("recorded_titles", "người ghi")
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now, editable=False)
    withdrawn_by = person_field("withdrawn_titles", "người hủy dòng", null=True)
    withdrawn_at = models.DateTimeField("hủy dòng lúc", null=True, blank=True, editable=False)
    withdrawn_because = models.CharField("lý do hủy dòng", max_length=200, blank=True, default="", editable=False)

    objects = TitleQuerySet.as_manager()

    class Meta:
        verbose_name = "danh hiệu an toàn về an ninh, trật tự"
        verbose_name_plural = "danh hiệu an toàn về an ninh, trật tự"
        ordering = ("-year", "unit__key")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "year"),
                condition=STANDS,
                name="one_title_of_a_unit_and_year",
                violation_error_message="Danh hiệu năm này của đơn vị đã có trong sổ.",
            ),
            models.CheckConstraint(
                condition=WITHDRAWN_WHOLLY_OR_NOT,
                name="withdrawn_title_says_by_whom_and_why",
                violation_error_message="Hủy dòng cần người hủy, thời điểm và lý do; hủy trên trang của dòng.",
            ),
            models.CheckConstraint(
                condition=REVOKED_WHOLLY_OR_NOT,
                name="revoked_title_has_a_day_and_a_decision",
                violation_error_message="Thu hồi cần cả ngày và số quyết định thu hồi.",
            ),
            models.CheckConstraint(
                condition=NOT_REVOKED_BEFORE,
                name="title_is_revoked_after_it_was_given",
                violation_error_message="Ngày thu hồi không được trước ngày quyết định.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} · {self.year}"

    @staticmethod
    def places() -> UnitVersionQuerySet:
        """Return the versions under which the row's unit lives at the end of its year."""
        year = OuterRef("year")
        last_day = Q(ends_on__year=year, ends_on__month=12, ends_on__day=31)
        lives_on = Q(ends_on__isnull=True) | Q(ends_on__year__gt=year) | last_day
        return UnitVersion.objects.filter(lives_on, starts_on__year__lte=year, unit=OuterRef("unit"))

    def clean(self) -> None:
        if self.year and self.decided_on and self.decided_on.year < self.year:
            raise ValidationError({"decided_on": "Ngày quyết định không được trước năm xét danh hiệu."})

    @property
    def day(self) -> datetime.date:
        return datetime.date(self.year, 12, 31)

    @property
    def level(self) -> str:
        return Level.COMMUNE

    def living_then(self) -> Q:
        return holds_on(self.day)

    def refusal_of_unit(self, version: UnitVersion) -> str:
        return "" if version.unit.level == self.level else "Danh hiệu này xét cho xã, phường, thị trấn."


# --- công nhận -------------------------------------------------------------------------------------------


def in_force_on(day: Any) -> Q:
    """Return the condition "decided by the day and not revoked by then" on recognitions."""
    return Q(Q(revoked_on__isnull=True) | Q(revoked_on__gt=day), decided_on__lte=day)


class RecognitionQuerySet(models.QuerySet["Recognition"]):
    def standing(self) -> "RecognitionQuerySet":
        return self.filter(STANDS)

    def visible_to(self, user: Any) -> "RecognitionQuerySet":
        return self if user.sees_everything else self.filter(Exists(Recognition.places().visible_to(user)))

    def in_force_on(self, day: Any) -> "RecognitionQuerySet":
        """Return the recognitions decided by the day and not revoked by then."""
        return self.standing().filter(in_force_on(day))


class Recognition(models.Model):
    """Công nhận đạt chuẩn nông thôn mới (nâng cao): a decision that a unit fulfils a criteria set.

    Three years: the one registered for, the one recognised for, and that of the decision's date.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="recognitions", verbose_name="đơn vị")
    criteria_set = models.ForeignKey(
        CriteriaSet, models.PROTECT, related_name="recognitions", verbose_name="bộ tiêu chí"
    )
    year_registered = models.PositiveSmallIntegerField("năm đăng ký", validators=REAL_YEARS, null=True, blank=True)
    year_recognised = models.PositiveSmallIntegerField(
        "năm được công nhận",
        validators=REAL_YEARS,
        help_text="Năm đạt chuẩn ghi trong quyết định, có thể khác năm của ngày quyết định.",
    )
    number = models.CharField("số quyết định", max_length=60)
    decided_on = models.DateField("ngày quyết định", validators=REAL_DAYS)
    issuer = models.CharField("người, cơ quan ký", max_length=100, help_text="Ví dụ: Chủ tịch UBND tỉnh.")
    revoked_on = models.DateField("thu hồi ngày", validators=REAL_DAYS, null=True, blank=True)
    revoked_by_number = models.CharField("quyết định thu hồi số", max_length=60, blank=True, default="")
    is_sample = models.BooleanField("số liệu minh họa", default=False, editable=False)
    recorded_by = person_field("recorded_recognitions", "người ghi")
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now, editable=False)
    withdrawn_by = person_field("withdrawn_recognitions", "người hủy dòng", null=True)
    withdrawn_at = models.DateTimeField("hủy dòng lúc", null=True, blank=True, editable=False)
    withdrawn_because = models.CharField("lý do hủy dòng", max_length=200, blank=True, default="", editable=False)

    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "công nhận đạt chuẩn nông thôn mới"
        ordering = ("-decided_on", "unit__key")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "criteria_set", "year_recognised"),
                condition=STANDS,
                name="one_recognition_of_a_unit_set_and_year",
                violation_error_message="Công nhận năm này của đơn vị theo bộ tiêu chí này đã có trong sổ.",
            ),
            models.CheckConstraint(
                condition=WITHDRAWN_WHOLLY_OR_NOT,
                name="withdrawn_recognition_says_by_whom_and_why",
                violation_error_message="Hủy dòng cần người hủy, thời điểm và lý do; hủy trên trang của dòng.",
            ),
            models.CheckConstraint(
                condition=REVOKED_WHOLLY_OR_NOT,
                name="revoked_recognition_has_a_day_and_a_decision",
                violation_error_message="Thu hồi cần cả ngày và số quyết định thu hồi.",
            ),
            models.CheckConstraint(
                condition=NOT_REVOKED_BEFORE,
                name="recognition_is_revoked_after_it_was_given",
                violation_error_message="Ngày thu hồi không được trước ngày quyết định.",
            ),
            models.CheckConstraint(
                condition=Q(year_registered__isnull=True) | Q(year_registered__lte=F("year_recognised")),
                name="recognised_for_no_year_before_the_registered",
                violation_error_message="Năm được công nhận không được trước năm đăng ký.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} · {self.criteria_set} · {self.year_recognised}"

    @staticmethod
    def places() -> UnitVersionQuerySet:
        return UnitVersion.objects.filter(holds_on(OuterRef("decided_on")), unit=OuterRef("unit"))

    def clean(self) -> None:
        if self.year_recognised and self.decided_on and self.decided_on.year < self.year_recognised:
            raise ValidationError({"decided_on": "Ngày quyết định không được trước năm được công nhận."})

    @property
    def day(self) -> datetime.date:
        return self.decided_on

    @property
    def level(self) -> str:
        return self.criteria_set.level

    def living_then(self) -> Q:
        return holds_on(self.day)

    def refusal_of_unit(self, version: UnitVersion) -> str:
        judged = Indicator.objects.filter(criterion__criteria_set=self.criteria_set_id).values_list("kinds", flat=True)
        kinds = sorted({kind for some in judged for kind in some})
        if version.unit.level == self.level and version.kind in kinds:
            return ""
        return f"Bộ tiêu chí này công nhận {kinds_text(kinds)}."

    @staticmethod
    def wording(kind: str, standard: str) -> str:
        """ "Đạt chuẩn nông thôn mới"; of a thị xã, thành phố "Hoàn thành nhiệm vụ xây dựng nông thôn mới"."""
        act = "Hoàn thành nhiệm vụ xây dựng" if kind in URBAN_KINDS else "Đạt chuẩn"
        return f"{act} {standard or 'nông thôn mới'}"


# --- đăng ký phấn đấu ------------------------------------------------------------------------------------


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def standing(self) -> "RegistrationQuerySet":
        return self.filter(STANDS)

    def visible_to(self, user: Any) -> "RegistrationQuerySet":
        return self if user.sees_everything else self.filter(Exists(Registration.places().visible_to(user)))

    def for_period(self, period: ReportingPeriod) -> "RegistrationQuerySet":
        """Return the registrations of the year in which the period ends."""
        return self.for_year(period.ends_on.year)

    def for_year(self, year: int) -> "RegistrationQuerySet":
        return self.standing().filter(year=year)


class Registration(models.Model):
    """Đăng ký phấn đấu: a unit undertakes to meet an indicator in a year, by a document."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="registrations", verbose_name="đơn vị")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="registrations", verbose_name="chỉ tiêu")
    year = models.PositiveSmallIntegerField("năm", validators=REAL_YEARS, help_text="Năm phấn đấu đạt.")
    number = models.CharField("số văn bản đăng ký", max_length=60)
    signed_on = models.DateField("ngày văn bản", validators=REAL_DAYS)
    is_sample = models.BooleanField("số liệu minh họa", default=False, editable=False)
    recorded_by = person_field("recorded_registrations", "người ghi")
    recorded_at = models.DateTimeField("ghi lúc", default=timezone.now, editable=False)
    withdrawn_by = person_field("withdrawn_registrations", "người hủy dòng", null=True)
    withdrawn_at = models.DateTimeField("hủy dòng lúc", null=True, blank=True, editable=False)
    withdrawn_because = models.CharField("lý do hủy dòng", max_length=200, blank=True, default="", editable=False)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đăng ký phấn đấu"
        ordering = ("-year", "indicator", "unit__key")
        indexes = (models.Index(fields=("indicator", "year"), name="registration_list"),)
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "indicator", "year"),
                condition=STANDS,
                name="one_registration_of_a_unit_indicator_and_year",
                violation_error_message="Đăng ký năm này của đơn vị cho chỉ tiêu này đã có trong sổ.",
            ),
            models.CheckConstraint(
                condition=WITHDRAWN_WHOLLY_OR_NOT,
                name="withdrawn_registration_says_by_whom_and_why",
                violation_error_message="Hủy dòng cần người hủy, thời điểm và lý do; hủy trên trang của dòng.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} · {self.indicator} · {self.year}"

    @staticmethod
    def places() -> UnitVersionQuerySet:
        return UnitVersion.objects.filter(holds_on(OuterRef("signed_on")), unit=OuterRef("unit"))

    @property
    def day(self) -> datetime.date:
        return self.signed_on

    @property
    def level(self) -> str:
        return self.indicator.level

    def living_then(self) -> Q:
        return holds_on(self.day)

    def refusal_of_unit(self, version: UnitVersion) -> str:
        if version.unit.level == self.level and self.indicator.judges(version.kind):
            return ""
        return f"Chỉ tiêu này đánh giá {self.indicator.kinds_text}."


# --- ai ghi, khi nào -------------------------------------------------------------------------------------


class RegisterEntry(models.Model):
    """Lần ghi sổ: one writing of one row of a register by one person through one door; rows are only added.

    `changes` maps the name of a field, as the screens say it, to [old value, new value] in words.
    """

    register = models.CharField("sổ", max_length=14, choices=RegisterKind.choices)
    row = models.PositiveBigIntegerField("dòng")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="register_entries", verbose_name="người ghi"
    )
    at = models.DateTimeField("lúc", default=timezone.now)
    door = models.CharField("ghi qua", max_length=8, choices=Door.choices)
    act = models.CharField("việc", max_length=40)
    changes = models.JSONField("thay đổi", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "lần ghi sổ"
        ordering = ("at", "pk")
        indexes = (models.Index(fields=("register", "row"), name="register_entry_row"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(register__in=RegisterKind.values),
                name="entry_is_of_a_known_register",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(door__in=Door.values),
                name="register_entry_has_a_known_door",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_register_display()} · {self.row} · {self.act}"
