"""Ranh giới: the outline of a unit for a time, ready to be drawn."""

from django.db import models
from django.db.models import F, Q

from communes.dated import REAL_DAYS
from communes.models.units import Unit


class Boundary(models.Model):
    """Ranh giới: the outline that a unit had between two days, both included, as an SVG path.

    The coordinates are whole steps of the one grid that all boundaries share (`communes.shapes`), x to the east
    and y to the south; the box around them and the point for a label are stored beside, so that a page reads no path
    to place it.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="boundaries", verbose_name="đơn vị")
    starts_on = models.DateField("từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True)
    source = models.CharField("nguồn", max_length=200)
    path = models.TextField("đường ranh giới", editable=False)
    min_x = models.IntegerField(editable=False)
    min_y = models.IntegerField(editable=False)
    max_x = models.IntegerField(editable=False)
    max_y = models.IntegerField(editable=False)
    label_x = models.IntegerField(editable=False)
    label_y = models.IntegerField(editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "ranh giới đơn vị"
        ordering = ("-starts_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="boundary_ends_after_it_starts",
                violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(min_x__lt=F("max_x"), min_y__lt=F("max_y")),
                name="boundary_has_an_extent",
                violation_error_message="Đường ranh giới không bao quanh một diện tích; kiểm tra tệp ranh giới.",
            ),
            models.UniqueConstraint(
                fields=("unit", "starts_on"),
                name="one_boundary_of_a_unit_starts_on_a_day",
                violation_error_message="Ranh giới của đơn vị từ ngày này đã có; xóa ranh giới đó trước.",
            ),
            models.UniqueConstraint(
                fields=("unit",),
                condition=Q(ends_on__isnull=True),
                name="one_open_boundary_of_a_unit",
                violation_error_message="Ranh giới của đơn vị đang có hiệu lực; ghi ngày kết thúc trước.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit}"
