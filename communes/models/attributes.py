"""What is said of a unit for a time: border commune, khu vực, xã đặc biệt khó khăn, ATK, nhóm xã."""

from django.db import models
from django.db.models import F, Q

from communes.dated import REAL_DAYS
from communes.models.units import Unit


class AttributeKind(models.TextChoices):
    BORDER = "border", "Xã biên giới"
    REGION = "region", "Khu vực (vùng đồng bào dân tộc thiểu số và miền núi)"
    HARDSHIP = "hardship", "Xã đặc biệt khó khăn"
    SAFE_ZONE = "safe_zone", "Xã an toàn khu (ATK)"
    GROUP = "group", "Nhóm xã (Quyết định 51/2025/QĐ-TTg)"


class AttributeValue(models.TextChoices):
    REGION_1 = "I", "Khu vực I"
    REGION_2 = "II", "Khu vực II"
    REGION_3 = "III", "Khu vực III"
    GROUP_1 = "1", "Nhóm 1"
    GROUP_2 = "2", "Nhóm 2"
    GROUP_3 = "3", "Nhóm 3"


# What may stand beside a kind; a kind that is not named has no value.
VALUES: dict[str, tuple[str, ...]] = {
    AttributeKind.REGION: (AttributeValue.REGION_1, AttributeValue.REGION_2, AttributeValue.REGION_3),
    AttributeKind.GROUP: (AttributeValue.GROUP_1, AttributeValue.GROUP_2, AttributeValue.GROUP_3),
}


def _value_fits_kind() -> Q:
    fits = ~Q(kind__in=list(VALUES)) & Q(value="")
    for kind, values in VALUES.items():
        fits |= Q(kind=kind, value__in=values)
    return fits


class UnitAttribute(models.Model):
    """Đặc điểm của đơn vị: something that held of a unit between two days, both included, and by which paper.

    An open one holds as long as its unit lives. Two of one kind on one day are refused by the one writer
    (`communes.attributes`).
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="attributes", verbose_name="đơn vị")
    kind = models.CharField("đặc điểm", max_length=10, choices=AttributeKind.choices)
    value = models.CharField("mức", max_length=3, choices=AttributeValue.choices, blank=True)
    starts_on = models.DateField("từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True)
    source = models.CharField("căn cứ", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "đặc điểm của đơn vị"
        ordering = ("kind", "starts_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=AttributeKind.values),
                name="attribute_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=_value_fits_kind(),
                name="attribute_value_fits_its_kind",
                violation_error_message="Mức không hợp với đặc điểm: chỉ khu vực, nhóm xã có mức riêng.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="attribute_ends_after_it_starts",
                violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
            ),
            models.UniqueConstraint(
                fields=("unit", "kind", "starts_on"),
                name="one_attribute_of_a_kind_starts_on_a_day",
                violation_error_message="Đặc điểm này của đơn vị từ ngày này đã có; sửa dòng đã có.",
            ),
            models.UniqueConstraint(
                fields=("unit", "kind"),
                condition=Q(ends_on__isnull=True),
                name="one_open_attribute_of_a_kind",
                violation_error_message="Đặc điểm này của đơn vị đang có hiệu lực; ghi ngày kết thúc ở dòng đó trước.",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """ "Xã biên giới", "Khu vực III": the value says it all where there is one."""
        return self.get_value_display() if self.value else self.get_kind_display()
