"""The choice that comes before the conditions: whose result, of which indicator, in which period."""

from typing import Any

from django import forms

from communes.models import User
from communes.names import search_key
from criteria.models import Indicator, ReportingPeriod
from criteria.naming import full_name
from criteria.periods import indicators_of, periods_of
from criteria.situations import Situation, judged_in, situation_for


class ChoosingForm(forms.Form):
    """Period, indicator and unit; the unit by its code on the period's last day or by its name."""

    period = forms.ModelChoiceField(label="Kỳ báo cáo", queryset=ReportingPeriod.objects.none(), to_field_name="key")
    indicator = forms.ModelChoiceField(label="Chỉ tiêu", queryset=Indicator.objects.none(), to_field_name="code")
    unit = forms.CharField(
        label="Đơn vị",
        max_length=80,
        help_text="Mã hoặc tên (không cần dấu, không ghi Xã, Huyện) vào ngày cuối kỳ.",
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.situation: Situation
        self.fields["period"].queryset = periods_of(user)  # type: ignore[attr-defined]
        self.fields["indicator"].queryset = indicators_of(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._find(cleaned["period"], cleaned["indicator"], cleaned["unit"])
        return cleaned

    def _find(self, period: ReportingPeriod, indicator: Indicator, asked: str) -> None:
        living = judged_in(indicator, period).visible_to(self.user)
        found = list(living.filter(code=asked)) or list(living.filter(name_search=search_key(asked))[:10])
        if not found:
            self.add_error("unit", "Không có đơn vị này trong phạm vi được nhập của kỳ và chỉ tiêu đã chọn.")
        elif len(found) > 1:
            names = ", ".join(f"{full_name(version)} mã {version.code}" for version in found)
            self.add_error("unit", f"Có nhiều đơn vị cùng tên: {names}. Ghi mã đơn vị.")
        else:
            situation = situation_for(self.user, period, indicator, found[0].unit_id)
            assert situation is not None  # noqa: S101 - found in the same scope above
            self.situation = situation
