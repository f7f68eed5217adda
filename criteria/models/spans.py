"""How a unit stood on an indicator from one day to another, worked out from its revisions."""

import datetime
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q

from communes.models import Unit
from criteria.models.assessments import EDITABLE, Revision, State
from criteria.models.law import Indicator

OPEN_END = datetime.date.max


class UnitStanding(models.TextChoices):
    """What the revisions of periods up to a day make of a unit; a unit without a span has sent nothing: missing."""

    MET = "met", "Đạt"
    NOT_MET = "not_met", "Chưa đạt"
    PENDING = "pending", "Đã gửi, chờ xác nhận"
    MISSING = "missing", "Chưa gửi"


RESULTS = (UnitStanding.MET, UnitStanding.NOT_MET)
WITHOUT_RESULT = (UnitStanding.PENDING, UnitStanding.MISSING)


class StandingSpanQuerySet(models.QuerySet["StandingSpan"]):
    def as_of(self, day: Any) -> "StandingSpanQuerySet":
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def of_outer_unit(self, indicator: Indicator, day: datetime.date) -> "StandingSpanQuerySet":
        """Return, for a subquery on versions, the span of the outer version's unit: at most one."""
        return self.as_of(day).filter(unit=OuterRef("unit"), indicator=indicator)


class StandingSpan(models.Model):
    """Khoảng tình trạng: how a unit stands on an indicator between two days, both included.

    Derived from the revisions by `criteria.spans` with every step and entry, so that a figure reads one row for a
    unit. It begins with the last day of a period; the last one is open (`OPEN_END`). `counted` is the official result
    that counts, `result_on` the last day of its period. `work` is what is in work: sent, else on the desk (`desk` says
    how, where nothing was sent). `has_newer`: it was sent and will replace the counted result.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="standing_spans")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="standing_spans")
    starts_on = models.DateField()
    ends_on = models.DateField()
    standing = models.CharField(max_length=10, choices=UnitStanding.choices)
    desk = models.CharField(max_length=10, choices=State.choices, blank=True, default="")
    has_newer = models.BooleanField()
    has_not_applicable = models.BooleanField()
    result_on = models.DateField(null=True)
    counted = models.ForeignKey(Revision, models.CASCADE, related_name="+", null=True)
    work = models.ForeignKey(Revision, models.CASCADE, related_name="+", null=True)

    objects = StandingSpanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "khoảng tình trạng"
        indexes = (models.Index(fields=("ends_on", "indicator"), name="standing_of_a_day"),)
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "indicator", "starts_on"), name="one_span_of_a_unit_and_indicator_starts_on_a_day"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="span_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(standing__in=UnitStanding.values), name="span_has_a_known_standing"),
            models.CheckConstraint(condition=Q(desk="") | Q(desk__in=EDITABLE), name="span_desk_is_draft_or_returned"),
            models.CheckConstraint(
                condition=Q(standing__in=RESULTS, counted__isnull=False, result_on__isnull=False)
                | Q(standing__in=WITHOUT_RESULT, counted__isnull=True, result_on__isnull=True),
                name="span_with_a_result_names_it",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} · {self.indicator_id} · {self.starts_on}: {self.standing}"
