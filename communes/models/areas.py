"""Địa bàn phụ trách: communes grouped under a provincial officer, once there is no district above them."""

from django.db import models
from django.db.models import F, Q

from communes.dated import REAL_DAYS
from communes.models.people import User
from communes.models.units import Unit


class Area(models.Model):
    """Địa bàn phụ trách: some communes of a province, and the provincial officer who answers for them."""

    name = models.CharField("tên địa bàn", max_length=80)
    province = models.ForeignKey(Unit, models.PROTECT, related_name="areas", verbose_name="tỉnh, thành phố")
    officer = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="areas",
        verbose_name="người phụ trách",
        help_text="Người dùng có vai trò Công an tỉnh của tỉnh này.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "địa bàn phụ trách"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("province", "name"),
                name="one_area_of_a_name_in_a_province",
                violation_error_message="Tỉnh đã có địa bàn mang tên này; đặt tên khác.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class AreaMember(models.Model):
    """Xã thuộc địa bàn: a commune belongs to an area between two days, both included; to one area at a time.

    Several at a time are refused by the one writer (`communes.areas`).
    """

    area = models.ForeignKey(Area, models.CASCADE, related_name="members", verbose_name="địa bàn")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="area_members", verbose_name="đơn vị cấp xã")
    starts_on = models.DateField("từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "đơn vị thuộc địa bàn"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
                violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
            ),
            models.UniqueConstraint(
                fields=("unit", "starts_on"),
                name="one_membership_of_a_unit_starts_on_a_day",
                violation_error_message="Đơn vị đã vào một địa bàn từ ngày này; sửa dòng đã có.",
            ),
            models.UniqueConstraint(
                fields=("unit",),
                condition=Q(ends_on__isnull=True),
                name="one_open_membership_of_a_unit",
                violation_error_message="Đơn vị đang thuộc một địa bàn; ghi ngày kết thúc ở đó trước.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} – {self.area}"
