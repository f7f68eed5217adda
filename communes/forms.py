"""The forms of the pages; those of the admin stand in `communes.admin.unit_forms`."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone

from communes.models import Kind, Level, UnitVersionQuerySet


class UnitFilterForm(forms.Form):
    """What the list of units shows, out of what the user may see; a value that makes no sense is named."""

    q = forms.CharField(label="Tên hoặc mã", max_length=80, required=False)
    level = forms.ChoiceField(label="Cấp", choices=[("", "Tất cả"), *Level.choices], required=False)
    district = forms.ChoiceField(label="Huyện, thị xã, thành phố", required=False)
    as_of = forms.DateField(
        label="Tại ngày", required=False, widget=forms.DateInput(attrs={"size": 10, "autocomplete": "off"})
    )

    def __init__(self, data: Any, *, visible: UnitVersionQuerySet) -> None:
        super().__init__(data)
        self.day = self.asked_day() or visible.last_living_day(timezone.localdate())
        districts = visible.as_of(self.day).of_level(Level.DISTRICT).order_by("name_sort")
        self.fields["district"].choices = [  # type: ignore[attr-defined]
            ("", "Tất cả"),
            *(
                (unit, f"{Kind(kind).label} {name}")
                for unit, kind, name in districts.values_list("unit", "kind", "name")
            ),
        ]

    def asked_day(self) -> datetime.date | None:
        """Return the day, which decides the districts on offer, before the rest is judged."""
        try:
            return self.fields["as_of"].clean(self.data.get("as_of"))
        except forms.ValidationError:
            return None
