"""What else a unit is called."""

from typing import Any

from django.db import models

from communes.models.units import Unit
from communes.names import search_key


class Alias(models.Model):
    """Tên gọi khác: a spelling of a unit's name that an importer meets; folded forms need none."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases", verbose_name="đơn vị")
    name = models.CharField("tên gọi khác", max_length=80)
    source = models.CharField("nguồn", max_length=200, blank=True)
    name_search = models.CharField(max_length=80, editable=False, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "tên gọi khác"
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "name"),
                name="one_alias_of_a_name_for_a_unit",
                violation_error_message="Đơn vị đã có tên gọi khác này.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_key()
        super().save(*args, **kwargs)

    def fill_key(self) -> None:
        self.name_search = search_key(self.name)
