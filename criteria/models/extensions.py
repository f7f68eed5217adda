"""Beyond the closing: what the province allows a unit after the period's last day."""

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from communes.dated import REAL_DAYS
from communes.models import Unit, UnitVersion
from criteria.models.law import Indicator
from criteria.models.periods import ReportingPeriod


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def running_on(self, day: datetime.date) -> "ExtensionQuerySet":
        return self.standing().filter(ends_on__gte=day)

    def standing(self) -> "ExtensionQuerySet":
        """Return those that the province has not ended before their day."""
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: Any) -> "ExtensionQuerySet":
        """Return those that concern somebody in the person's scope: a district's concerns each of its communes."""
        if user.sees_everything:
            return self
        own: Any = UnitVersion.objects.as_of(OuterRef("period__ends_on")).visible_to(user)
        return self.filter(Exists(own.filter(covered_by(OuterRef("unit")))))


def covered_by(unit: Any) -> Q:
    """Return the condition "what the unit is given holds for this version": for itself and for all below it."""
    return Q(unit=unit) | Q(parent=unit) | Q(province=unit)


class Extension(models.Model):
    """Gia hạn: until a day the province allows a unit, and the units below it, to work on in a closed period.

    Without an indicator it holds for all. It is never deleted: it ends by its day, or the province ends it before.
    """

    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="extensions", verbose_name="kỳ báo cáo")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="extensions", verbose_name="đơn vị")
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="extensions", null=True, blank=True, verbose_name="chỉ tiêu"
    )
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS)
    reason = models.CharField("lý do", max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="granted_extensions", verbose_name="người gia hạn"
    )
    granted_at = models.DateTimeField("gia hạn lúc", default=timezone.now)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="ended_extensions",
        null=True,
        blank=True,
        verbose_name="người dừng gia hạn",
    )
    ended_at = models.DateTimeField("dừng gia hạn lúc", null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "gia hạn"
        ordering = ("-granted_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="ended_extension_says_by_whom_and_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} · {self.period_id} · {self.ends_on}"

    def runs_on(self, day: datetime.date) -> bool:
        return self.ended_at is None and day <= self.ends_on
