"""The forms by which the province sets a period's days and grants extensions."""

import datetime
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from communes.models import Level, UnitVersion, User
from communes.templatetags.vietnamese import day
from criteria.forms import NO_NAMES
from criteria.models import Indicator, ReportingPeriod
from criteria.periods import collected_in

DAY = {"placeholder": "30/6/2024", "inputmode": "numeric", "autocomplete": "off"}
KEPT_BY_OPENING = ("seen", "opens_on", "due_on", "indicators", "needs_signed_copy")
ALL_OF_IT = "Tất cả chỉ tiêu"


class PeriodDaysForm(forms.ModelForm):
    """The days of a period and what is collected in it; `seen` is the last writing that the page showed.

    `opens_now`: only until when it is opened from now on is asked; left blank it stays open.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ReportingPeriod
        fields = ("opens_on", "due_on", "closes_on", "corrections_close_on", "indicators", "needs_signed_copy")
        widgets: ClassVar = {"indicators": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, opens_now: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opens_now = opens_now
        self.fields["closes_on"].label = "Khóa nhập mới từ hết ngày"
        self.fields["indicators"].to_field_name = "code"  # type: ignore[attr-defined]
        for name in KEPT_BY_OPENING if opens_now else ():
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget.attrs |= DAY

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        last, today = data.get("closes_on"), timezone.localdate()
        if self.opens_now and last and last < today:
            self.add_error("closes_on", f"Ngày này đã qua. Chọn từ {day(today)} trở đi, hoặc bỏ trống.")
        return data

    def _get_validation_exclusions(self) -> set[str]:
        """The order of the days is judged with those too that the form does not ask for."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"starts_on", "opens_on", "due_on"}


class ExtensionForm(forms.Form):
    """Gia hạn: for whom, for what, until when and why. `unit` is offered alone where the page was asked for it."""

    unit = forms.ChoiceField(label="Đơn vị", help_text="Gia hạn cho huyện thì mọi xã của huyện được gia hạn.")
    indicator = forms.ChoiceField(label="Chỉ tiêu", required=False)
    ends_on = forms.DateField(label="Gia hạn đến hết ngày", widget=forms.TextInput(attrs=DAY))
    reason = forms.CharField(label="Lý do", max_length=200, help_text=NO_NAMES)

    def __init__(self, *args: Any, period: ReportingPeriod, user: User, asked: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = _units_offered(period, user, asked)
        self.indicators = {str(one.pk): one for one in collected_in(period)}
        self.fields["unit"].choices = _grouped(self.units)  # type: ignore[attr-defined]
        choices = [("", ALL_OF_IT), *((key, one.name) for key, one in self.indicators.items())]
        self.fields["indicator"].choices = choices  # type: ignore[attr-defined]
        if asked:
            self.initial["unit"] = asked

    def clean_ends_on(self) -> datetime.date:
        last, today = self.cleaned_data["ends_on"], timezone.localdate()
        if last < today:
            raise forms.ValidationError(f"Ngày này đã qua. Chọn từ {day(today)} trở đi.")
        return last

    @property
    def chosen_unit(self) -> UnitVersion:
        return next(one for one in self.units if str(one.unit_id) == self.cleaned_data["unit"])

    @property
    def chosen_indicator(self) -> Indicator | None:
        return self.indicators.get(self.cleaned_data["indicator"])


def _units_offered(period: ReportingPeriod, user: User, asked: str) -> list[UnitVersion]:
    """Return the districts and communes of the person's province; of all provinces only the one asked for."""
    living = UnitVersion.objects.as_of(period.ends_on).visible_to(user).exclude(unit__level=Level.PROVINCE)
    if user.sees_everything:
        living = living.filter(unit=int(asked) if asked.isdecimal() and len(asked) < 10 else 0)
    return list(living.with_parent(period.ends_on).select_related("unit").order_by("name_sort"))


def _grouped(units: list[UnitVersion]) -> list[Any]:
    """Return the choices: the districts, then the communes of each; where there is none, the communes."""
    districts = [unit for unit in units if unit.unit.level == Level.DISTRICT]
    communes = [unit for unit in units if unit.unit.level == Level.COMMUNE]
    choices: list[Any] = [("", "Chọn đơn vị")]
    if districts:
        choices.append(("Cả huyện, thị xã, thành phố", [(str(one.unit_id), one.title) for one in districts]))
    for above, some in groupby(sorted(communes, key=lambda one: one.parent_title), key=lambda one: one.parent_title):
        choices.append((above, [(str(one.unit_id), one.title) for one in some]))
    return choices
