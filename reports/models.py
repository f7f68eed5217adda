"""How far we are asked to be: plans and their targets."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from communes.dated import REAL_DAYS
from communes.models import Unit
from communes.templatetags.vietnamese import day, number
from criteria.models import Indicator, kinds_text

MOST_MONTHS = 120  # ten years: longer than any plan
MONTHS_WRONG = f"Số tháng phải từ 1 đến {MOST_MONTHS}."
REAL_MONTHS = (MinValueValidator(1, MONTHS_WRONG), MaxValueValidator(MOST_MONTHS, MONTHS_WRONG))


class PlanQuerySet(models.QuerySet["Plan"]):
    def current(self) -> "Plan":
        """Return the plan that the portal serves: the one signed last.

        Raises Plan.DoesNotExist before `load_plan`.
        """
        return self.select_related("province").latest("signed_on")


class Plan(models.Model):
    """Kế hoạch: what a province set itself (Kế hoạch 179/KH-UBND), with its targets."""

    number = models.CharField("số văn bản", max_length=60, unique=True)
    title = models.CharField("tên", max_length=300)
    issuer = models.CharField("cơ quan ban hành", max_length=100)
    signed_on = models.DateField("ngày ký", validators=REAL_DAYS)
    province = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="plans",
        verbose_name="tỉnh",
        limit_choices_to={"level": "province"},
    )
    source = models.CharField("nguồn", max_length=300, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "kế hoạch"
        ordering = ("-signed_on",)

    def __str__(self) -> str:
        return f"Kế hoạch số {self.number} ngày {day(self.signed_on)}"


class Target(models.Model):
    """Mục tiêu: the share of units that a plan asks to meet an indicator by a day.

    `kinds` is the rule for denominator and numerator together: 19.2 counts xã; 9.4 and 9.1 all district-level
    units, or the huyện only: nothing else has to change, the words follow. `rule` holds them with two gaps that
    `rule_for` fills: "tính trên {total} {noun}" is "tính trên 17 đơn vị cấp huyện", or with
    `kinds = ["huyen"]` "tính trên 14 huyện". `months_valid`: a result older than this on the asked day is
    "cần rà soát lại".
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="targets", verbose_name="kế hoạch")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets", verbose_name="chỉ tiêu")
    percent = models.PositiveSmallIntegerField("mục tiêu (%)")
    due_on = models.DateField("thời hạn", validators=REAL_DAYS)
    kinds = models.JSONField("loại đơn vị được tính")
    rule = models.CharField(
        "cách tính",
        max_length=200,
        default="tính trên {total} {noun}",
        help_text="{total} là số đơn vị được tính, {noun} là cách gọi: tính trên 17 đơn vị cấp huyện.",
    )
    months_valid = models.PositiveSmallIntegerField("kết quả có giá trị (tháng)", default=12, validators=REAL_MONTHS)
    position = models.PositiveSmallIntegerField("thứ tự")

    class Meta:
        verbose_name = verbose_name_plural = "mục tiêu"
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "indicator", "due_on"),
                name="one_target_of_a_plan_indicator_and_day",
                violation_error_message="Kế hoạch đã có mục tiêu của chỉ tiêu với thời hạn này; sửa mục tiêu đã có.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100),
                name="target_is_between_1_and_100_percent",
                violation_error_message="Mục tiêu phải từ 1 đến 100 (phần trăm).",
            ),
            models.CheckConstraint(
                condition=Q(months_valid__gte=1, months_valid__lte=MOST_MONTHS),
                name="target_result_is_valid_for_1_to_120_months",
                violation_error_message=MONTHS_WRONG,
            ),
        )

    def __str__(self) -> str:
        return f"{self.indicator}: {self.percent}%"

    def clean(self) -> None:
        others = self.indicator.kinds_not_judged(self.kinds or []) if self.indicator_id else []
        if others:
            said = f"Chỉ tiêu này không đánh giá {kinds_text(others)}; chỉ đánh giá {self.indicator.kinds_text}."
            raise ValidationError({"kinds": said})

    @property
    def noun(self) -> str:
        """The counted units in words: the indicator's own word, or the kinds where only some are counted."""
        if set(self.kinds) == set(self.indicator.kinds):
            return self.indicator.unit_noun
        return kinds_text(self.kinds)

    def rule_for(self, total: int) -> str:
        """Return the rule in words for the units counted on a day: "tính trên 17 đơn vị cấp huyện"."""
        return self.rule.replace("{total}", number(total)).replace("{noun}", self.noun)

    def needed(self, total: int) -> int:
        """Return the smallest number of units with `number * 100 >= percent * total`, in integers."""
        return -(-self.percent * total // 100)

    def is_reached(self, met: int, total: int) -> bool:
        return total > 0 and met * 100 >= self.percent * total
