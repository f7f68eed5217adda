"""The forms of the pages; those of the admin stand in `communes.admin.unit_forms`."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.db.models import Exists, OuterRef
from django.utils import timezone

from communes.asking import ASKED_DAYS
from communes.models import Area, Kind, Level, UnitAttribute, UnitVersionQuerySet, User, holds_on


class OwnPasswordForm(PasswordChangeForm):
    """A person's own change of password, after which the one that was given is not asked for any more."""

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if self.user.check_password(new):
            raise forms.ValidationError("Mật khẩu mới phải khác mật khẩu đang dùng.")
        return new

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = False
        return super().save(commit)


class UnitFilterForm(forms.Form):
    """What the list of units shows, out of what the user may see; a value that makes no sense is named."""

    q = forms.CharField(label="Tên hoặc mã", max_length=80, required=False)
    level = forms.ChoiceField(label="Cấp", choices=[("", "Tất cả"), *Level.choices], required=False)
    district = forms.ChoiceField(label="Huyện, thị xã, thành phố", required=False)
    attribute = forms.ChoiceField(label="Đặc điểm", required=False)
    area = forms.ChoiceField(label="Địa bàn phụ trách", required=False)
    as_of = forms.DateField(
        label="Tại ngày",
        required=False,
        validators=ASKED_DAYS,
        widget=forms.DateInput(attrs={"size": 10, "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, visible: UnitVersionQuerySet) -> None:
        super().__init__(data)
        self.day = self.asked_day() or visible.last_living_day(timezone.localdate())
        districts = visible.as_of(self.day).of_level(Level.DISTRICT).order_by("name_sort")
        self.offer(
            "district", [(u, f"{Kind(k).label} {n}") for u, k, n in districts.values_list("unit", "kind", "name")]
        )
        self.offer("attribute", attribute_choices(visible, self.day), optional=True)
        areas = Area.objects.filter(Exists(visible.as_of(self.day).in_area(OuterRef("pk"), self.day)))
        self.offer("area", areas.values_list("pk", "name"), optional=True)

    def offer(self, name: str, choices: Iterable[tuple[Any, str]], *, optional: bool = False) -> None:
        """Give a field its choices; one that nobody needs on this day goes."""
        offered = list(choices)
        self.fields[name].choices = [("", "Tất cả"), *offered]  # type: ignore[attr-defined]
        if optional and not offered and not self.data.get(name):
            del self.fields[name]

    def narrow(self, versions: UnitVersionQuerySet) -> UnitVersionQuerySet:
        """Return those of the versions that the fields beside the name leave."""
        asked = self.cleaned_data
        if asked.get("level"):
            versions = versions.of_level(asked["level"])
        if asked.get("district"):
            versions = versions.filter(parent=asked["district"])
        if asked.get("attribute"):
            kind, _, value = asked["attribute"].partition("-")
            versions = versions.with_attribute(kind, value, self.day)
        if asked.get("area"):
            versions = versions.in_area(asked["area"], self.day)
        return versions

    def asked_day(self) -> datetime.date | None:
        """Return the day, which decides the districts on offer, before the rest is judged."""
        try:
            return self.fields["as_of"].clean(self.data.get("as_of"))
        except forms.ValidationError:
            return None


def attribute_choices(visible: UnitVersionQuerySet, day: datetime.date) -> list[tuple[str, str]]:
    """Return the attributes that some unit of the day has: "border-", "region-III"."""
    units = visible.as_of(day).filter(unit=OuterRef("unit"))
    held = UnitAttribute.objects.filter(holds_on(day), Exists(units)).order_by("kind", "value")
    found = held.values_list("kind", "value").distinct()
    return [(f"{kind}-{value}", UnitAttribute(kind=kind, value=value).title) for kind, value in found]
