"""What a page of figures may be asked for in its address."""

from typing import Any

from django import forms

from communes.asking import ASKED_DAYS
from criteria.entering import Letter
from criteria.forms import check_letter, letter_fields
from criteria.models import ReportingPeriod
from reports.drilldown import LISTS
from reports.progress import Boundaries

DOWNLOADS = [("csv", "CSV"), ("xlsx", "Excel")]
NO_DAY = "Ngày không đúng. Ghi ngày/tháng/năm, ví dụ 31/12/2024."


class FiguresForm(forms.Form):
    """The day, as people and scripts write it (31/12/2024, 2024-12-31), the province by its code of that day, on which
    units the results are drawn, and whether the table is asked for as a file."""

    as_of = forms.DateField(
        label="Số liệu tính đến ngày",
        required=False,
        validators=ASKED_DAYS,
        error_messages={"invalid": NO_DAY},
        widget=forms.DateInput(attrs={"size": 10, "autocomplete": "off"}),
    )
    province = forms.CharField(max_length=5, required=False, widget=forms.HiddenInput)
    boundaries = forms.ChoiceField(choices=Boundaries.choices, required=False, widget=forms.HiddenInput)
    download = forms.ChoiceField(choices=DOWNLOADS, required=False, widget=forms.HiddenInput)


class UnitsBehindForm(FiguresForm):
    """Which of the units behind a figure are listed."""

    district = forms.CharField(max_length=5, required=False, widget=forms.HiddenInput)
    standing = forms.ChoiceField(choices=[("", "Tất cả"), *LISTS], required=False, widget=forms.HiddenInput)

    condition = forms.IntegerField(min_value=1, max_value=999, required=False, widget=forms.HiddenInput)

    def value(self, name: str) -> Any:
        """Return what was asked, or "" where it makes no sense."""
        return self.cleaned_data.get(name) or ""


class CompareForm(FiguresForm):
    """The second side: another day, another district, another way of drawing boundaries; and the target looked into."""

    to = forms.DateField(
        label="So với ngày",
        required=False,
        validators=ASKED_DAYS,
        error_messages={"invalid": NO_DAY},
        widget=forms.DateInput(attrs={"size": 10, "autocomplete": "off"}),
    )
    district = forms.CharField(max_length=5, required=False)
    other = forms.CharField(max_length=5, required=False)
    other_boundaries = forms.ChoiceField(choices=Boundaries.choices, required=False)
    indicator = forms.CharField(max_length=40, required=False)

    def value(self, name: str) -> Any:
        """Return what was asked, or "" where it makes no sense."""
        return self.cleaned_data.get(name) or ""


class SettlingForm(forms.Form):
    """The decision or letter on the review of the results after a boundary change."""

    def __init__(self, *args: Any, period: ReportingPeriod, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period = period
        self.fields |= letter_fields()
        self.fields["letter_number"].label = "Số quyết định hoặc công văn về việc rà soát kết quả"
        self.fields["letter_on"].label = "Ngày ký"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        check_letter(self, self.period)
        return cleaned

    @property
    def letter(self) -> Letter:
        return Letter(self.cleaned_data["letter_number"], self.cleaned_data["letter_on"])
