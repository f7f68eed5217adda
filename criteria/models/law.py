"""What is asked: sets, criteria, indicators and checklists, each version with its source and its marker."""

import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from communes.dated import REAL_DAYS
from communes.models import Kind, Level
from communes.templatetags.vietnamese import day
from criteria.models.law_texts import (
    UNTIL_THE_NEXT,
    Marker,
    SignedText,
    confirmation_of,
    ends_after_it_begins,
    in_application,
    marked_by_a_confirmation,
)
from criteria.verdicts import Comparison, ConditionKind, Rule

# A slug with points: the code carries the number of the indicator.
INDICATOR_CODE = RegexValidator(
    r"^[a-z0-9]+([.-][a-z0-9]+)*\Z", "Mã gồm chữ thường không dấu, chữ số, dấu chấm, dấu gạch nối."
)


def kinds_text(kinds: list[str]) -> str:
    """Return kinds of unit in words: "huyện, thị xã, thành phố"."""
    return ", ".join(Kind(kind).label.lower() for kind in kinds)


class CriteriaSet(models.Model):
    """Bộ tiêu chí: one of the national sets (xã, huyện; NTM, NTM nâng cao), one row for ever."""

    code = models.SlugField("mã", max_length=30, unique=True)
    name = models.CharField("tên", max_length=200)
    level = models.CharField("cấp được đánh giá", max_length=10, choices=Level.choices)
    standard = models.CharField(
        "chuẩn được công nhận",
        max_length=60,
        blank=True,
        default="",
        help_text="nông thôn mới; nông thôn mới nâng cao",
    )
    position = models.PositiveSmallIntegerField("thứ tự")

    class Meta:
        verbose_name = verbose_name_plural = "bộ tiêu chí"
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(
                condition=Q(level__in=Level.values),
                name="criteria_set_has_a_known_level",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class CriteriaSetVersion(models.Model):
    """Phiên bản bộ tiêu chí: the decision that gave the set the wording in application from a day on."""

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="versions", verbose_name="bộ tiêu chí")
    number = models.CharField("số văn bản", max_length=60)
    issuer = models.CharField("cơ quan ban hành", max_length=100)
    signed_on = models.DateField("ngày ký", validators=REAL_DAYS)
    applies_from = models.DateField("áp dụng từ ngày", validators=REAL_DAYS)
    applies_to = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True, help_text=UNTIL_THE_NEXT)
    signed_text = models.ForeignKey(
        SignedText, models.PROTECT, related_name="set_versions", null=True, blank=True, verbose_name="bản ký"
    )
    confirmation = confirmation_of("set_versions")
    marker = models.CharField("tình trạng đối chiếu", max_length=10, choices=Marker.choices)
    source = models.CharField("nguồn", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "phiên bản bộ tiêu chí"
        ordering = ("criteria_set", "applies_from")
        constraints = (
            models.UniqueConstraint(
                fields=("criteria_set", "applies_from"),
                name="one_version_of_a_set_applies_from_a_day",
                violation_error_message="Bộ tiêu chí đã có phiên bản áp dụng từ ngày này; chọn ngày khác.",
            ),
            models.CheckConstraint(
                condition=Q(marker__in=Marker.values),
                name="set_version_has_a_known_marker",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            ends_after_it_begins("set_version_ends_after_it_begins"),
            marked_by_a_confirmation(Marker.CONFIRMED, "confirmed_set_version_names_who_compared_it"),
        )

    def __str__(self) -> str:
        return f"{self.number} ngày {day(self.signed_on)}"

    @property
    def is_used(self) -> bool:
        """Whether a result was made while it was in application: from then on its wording stays as it is."""
        judged = Q(assessments__period__ends_on__gte=self.applies_from, assessments__revisions__isnull=False)
        later = CriteriaSetVersion.objects.filter(criteria_set=self.criteria_set, applies_from__gt=self.applies_from)
        next_one = later.order_by("applies_from").first()
        if next_one:
            judged &= Q(assessments__period__ends_on__lt=next_one.applies_from)
        return Indicator.objects.filter(judged, criterion__criteria_set=self.criteria_set).exists()


class Criterion(models.Model):
    """Tiêu chí: a numbered line of a set (19. Quốc phòng và An ninh)."""

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="criteria", verbose_name="bộ tiêu chí")
    number = models.CharField("số", max_length=5)
    name = models.CharField("tên", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "tiêu chí"
        ordering = ("criteria_set", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("criteria_set", "number"),
                name="one_criterion_of_a_number_in_a_set",
                violation_error_message="Bộ tiêu chí đã có tiêu chí mang số này; chọn số khác.",
            ),
        )

    def __str__(self) -> str:
        return f"Tiêu chí {self.number}. {self.name}"


class Indicator(models.Model):
    """Chỉ tiêu: a numbered line of a criterion (19.2), one row for ever; its wording belongs to the set's
    version.

    `kinds` are the kinds of unit that it judges: 19.2 judges xã only (phường, thị trấn follow "đô thị văn
    minh").
    """

    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="indicators", verbose_name="tiêu chí")
    code = models.CharField("mã", max_length=40, unique=True, validators=[INDICATOR_CODE])
    number = models.CharField("số", max_length=8)
    name = models.CharField("tên ngắn", max_length=120, help_text="Ví dụ: 19.2 xã nông thôn mới")
    sheet_title = models.CharField("tên trang tính", max_length=31, unique=True)
    unit_noun = models.CharField("gọi đơn vị là", max_length=30, help_text="xã; đơn vị cấp huyện")
    level = models.CharField("cấp được đánh giá", max_length=10, choices=Level.choices)
    kinds = models.JSONField("loại đơn vị được đánh giá")
    needs_registration = models.BooleanField(
        "chỉ đơn vị đăng ký phấn đấu",
        default=False,
        help_text="Khi tỉnh có danh sách đăng ký của năm, chỉ đơn vị trong danh sách phải gửi kết quả.",
    )
    position = models.PositiveSmallIntegerField("thứ tự", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "chỉ tiêu"
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(
                condition=Q(level__in=Level.values),
                name="indicator_has_a_known_level",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def kinds_not_judged(self, kinds: list[str]) -> list[str]:
        """Return those of the kinds that the indicator does not judge: a target cannot count them."""
        return [kind for kind in kinds if kind not in self.kinds]

    def judges(self, kind: str) -> bool:
        return kind in self.kinds

    @property
    def kinds_text(self) -> str:
        """ "xã"; "huyện, thị xã, thành phố": the judged kinds in words."""
        return kinds_text(self.kinds)


class IndicatorWordingQuerySet(models.QuerySet["IndicatorWording"]):
    def in_application_on(self, day: Any) -> "IndicatorWordingQuerySet":
        """Return the wordings of the versions in application on the day, the latest last."""
        return self.filter(in_application(day, "version__")).order_by("version__applies_from")


class IndicatorWording(models.Model):
    """Nội dung chỉ tiêu: how one version of the set words an indicator."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="wordings", verbose_name="chỉ tiêu")
    version = models.ForeignKey(
        CriteriaSetVersion, models.PROTECT, related_name="wordings", verbose_name="phiên bản bộ tiêu chí"
    )
    text = models.TextField("nội dung")
    marker = models.CharField("tình trạng đối chiếu", max_length=10, choices=Marker.choices)
    source = models.CharField("nguồn", max_length=300, blank=True)
    confirmation = confirmation_of("wordings")

    objects = IndicatorWordingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "nội dung chỉ tiêu"
        ordering = ("indicator", "version")
        constraints = (
            models.UniqueConstraint(
                fields=("indicator", "version"),
                name="one_wording_of_an_indicator_in_a_version",
                violation_error_message="Phiên bản này đã có nội dung của chỉ tiêu; sửa nội dung đã có.",
            ),
            models.CheckConstraint(
                condition=Q(marker__in=Marker.values),
                name="wording_has_a_known_marker",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            marked_by_a_confirmation(Marker.CONFIRMED, "confirmed_wording_names_who_compared_it"),
        )

    def __str__(self) -> str:
        return self.text[:80]


class ChecklistQuerySet(models.QuerySet["Checklist"]):
    def in_application_on(self, day: datetime.date) -> "ChecklistQuerySet":
        """Return, for each indicator, the version in application on the day (of a period: its last)."""
        later = Checklist.objects.filter(
            in_application(day), indicator=OuterRef("indicator"), applies_from__gt=OuterRef("applies_from")
        )
        return self.filter(in_application(day)).exclude(Exists(later))


# What may still change in the conditions of a checklist that was used: how far the wording is trusted, and who sees
# the results. What was asked stays as it was when it was answered.
FREE_WHEN_USED = ("marker", "source", "is_sensitive", "model_kinds", "evidence_asked")
# And in a checklist or a version of a set that was used.
FREE_OF_A_VERSION = ("applies_to", "source", "issuer", "marker")


class Checklist(models.Model):
    """Hướng dẫn đánh giá: the version of the Ministry's guidance by which an indicator is judged."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="checklists", verbose_name="chỉ tiêu")
    number = models.CharField("số văn bản", max_length=60)
    issuer = models.CharField("cơ quan ban hành", max_length=100, blank=True, default="")
    signed_on = models.DateField("ngày ký", validators=REAL_DAYS)
    applies_from = models.DateField("áp dụng từ ngày", validators=REAL_DAYS)
    applies_to = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True, help_text=UNTIL_THE_NEXT)
    signed_text = models.ForeignKey(
        SignedText, models.PROTECT, related_name="checklists", null=True, blank=True, verbose_name="bản ký"
    )
    source = models.CharField("nguồn", max_length=300, blank=True)

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "hướng dẫn đánh giá"
        ordering = ("indicator", "applies_from")
        constraints = (
            models.UniqueConstraint(
                fields=("indicator", "applies_from"),
                name="one_checklist_of_an_indicator_applies_from_a_day",
                violation_error_message="Chỉ tiêu đã có hướng dẫn áp dụng từ ngày này; chọn ngày khác.",
            ),
            ends_after_it_begins("checklist_ends_after_it_begins"),
        )

    def __str__(self) -> str:
        return f"{self.number} ({self.indicator})"

    def get_absolute_url(self) -> str:
        return reverse("checklist", args=[self.pk])

    @property
    def title(self) -> str:
        """ "Hướng dẫn 04/HD-BCA-V05 ngày 18/3/2024"."""
        return f"Hướng dẫn {self.number} ngày {day(self.signed_on)}"

    @property
    def is_used(self) -> bool:
        """Whether a revision was made with it: from then on only `FREE_WHEN_USED` of its conditions may change."""
        return self.revisions.exists()


class Condition(models.Model):
    """Nội dung: one item of a checklist; an indicator is met when all of them are met.

    `kind` says how it is judged, with the limit, threshold or comparison that the kind asks for (`criteria.verdicts`).

    `meanings` says what further words in a cell mean here, e.g. {"có": "met", "không": "not_met"}; Đạt and
    Chưa đạt hold everywhere.
    """

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="conditions", verbose_name="hướng dẫn")
    number = models.PositiveSmallIntegerField("số")
    wording = models.TextField("nội dung")
    marker = models.CharField("tình trạng đối chiếu", max_length=10, choices=Marker.choices)
    source = models.CharField("nguồn", max_length=300, blank=True)
    kind = models.CharField("loại nội dung", max_length=6, choices=ConditionKind.choices, default=ConditionKind.YES_NO)
    limit = models.PositiveSmallIntegerField(
        "giới hạn", null=True, blank=True, help_text="Đạt khi không quá số này; “không có” là 0."
    )
    threshold = models.DecimalField(
        "ngưỡng (%)",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Đạt khi tỷ lệ từ số này trở lên.",
    )
    comparison = models.CharField("so với năm trước", max_length=7, choices=Comparison.choices, blank=True, default="")
    noun = models.CharField("đơn vị đếm", max_length=20, blank=True, default="", help_text="vụ; người; hộ")
    is_negative = models.BooleanField(
        "viết dạng phủ định",
        default=False,
        help_text="Nội dung bắt đầu bằng “Không có …”, “Không để xảy ra …”.",
    )
    is_sensitive = models.BooleanField(
        "nhạy cảm",
        default=False,
        help_text="Chỉ người nhập và người xét đơn vị thấy kết quả của nội dung này.",
    )
    confirmation = confirmation_of("conditions")
    asks_for_evidence = models.BooleanField("yêu cầu minh chứng", default=False)
    evidence_asked = models.CharField("minh chứng cần có", max_length=200, blank=True, default="")
    meanings = models.JSONField("từ khác được hiểu là", default=dict, blank=True)
    model_kinds = models.JSONField(
        "loại mô hình nội dung này đòi",
        default=list,
        blank=True,
        help_text="Trang đánh giá nêu số mô hình đang hoạt động của đơn vị thuộc các loại này.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "nội dung đánh giá"
        ordering = ("checklist", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("checklist", "number"),
                name="one_condition_of_a_number_in_a_checklist",
                violation_error_message="Hướng dẫn đã có nội dung mang số này; chọn số khác.",
            ),
            models.CheckConstraint(
                condition=Q(marker__in=Marker.values),
                name="condition_has_a_known_marker",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ConditionKind.values),
                name="condition_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            marked_by_a_confirmation(Marker.CONFIRMED, "confirmed_condition_names_who_compared_it"),
            models.CheckConstraint(
                condition=Q(kind=ConditionKind.COUNT, limit__isnull=False)
                | (~Q(kind=ConditionKind.COUNT) & Q(limit__isnull=True)),
                name="only_a_counting_condition_has_a_limit",
                violation_error_message="Chỉ nội dung đếm số lượng có giới hạn, và phải có (“không có” là 0).",
            ),
            models.CheckConstraint(
                condition=Q(kind=ConditionKind.RATIO, threshold__isnull=False, threshold__gt=0, threshold__lte=100)
                | (~Q(kind=ConditionKind.RATIO) & Q(threshold__isnull=True)),
                name="only_a_ratio_has_a_threshold",
                violation_error_message="Chỉ nội dung tỷ lệ có ngưỡng, và phải có: lớn hơn 0, không quá 100.",
            ),
            models.CheckConstraint(
                condition=Q(kind=ConditionKind.YEAR, comparison__in=Comparison.values)
                | (~Q(kind=ConditionKind.YEAR) & Q(comparison="")),
                name="only_a_comparison_says_how_it_compares",
                violation_error_message="Chỉ nội dung so với năm trước có cách so sánh, và phải có.",
            ),
        )

    def __str__(self) -> str:
        return f"Nội dung {self.number}"

    @property
    def rule(self) -> Rule:
        return Rule(self.kind, self.limit, self.threshold, self.comparison, self.noun)

    @property
    def question(self) -> tuple[str, Rule]:
        """Return what is asked: two conditions with the same question may take each other's answers."""
        return self.wording, self.rule

    @property
    def evidence_words(self) -> str:
        """Say which evidence it asks for: "Minh chứng: quyết định thành lập (bắt buộc)"; "" where none is named."""
        if not self.evidence_asked:
            return "Cần minh chứng kèm theo." if self.asks_for_evidence else ""
        return f"Minh chứng: {self.evidence_asked}{' (bắt buộc)' if self.asks_for_evidence else ''}."

    def accepted_words(self) -> dict[str, Any]:
        """Return the further words and whether each means met."""
        return {word: meaning == "met" for word, meaning in self.meanings.items()}
