"""The forms of the admin for the law: kinds as boxes to tick, further words a line each."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst

from communes.models import Kind
from communes.registry.checks import KINDS
from criteria.data_files import tidy
from criteria.evidence.files import PDF, FileRefused, Prepared, prepare
from criteria.law_acts import undo_if_reworded
from criteria.law_files import kind_of_period
from criteria.models import (
    Condition,
    ConditionKind,
    Examiner,
    Indicator,
    IndicatorWording,
    Marker,
    ModelKind,
    PeriodKind,
)
from criteria.verdicts import Rule

PERIOD_KEY = re.compile(r"(20\d\d)(?:-H([12])|-Q([1-4]))?")
QUARTERS = {"1": "I", "2": "II", "3": "III", "4": "IV"}
FROZEN = "Phiên bản đang được dùng; lập phiên bản mới từ bản sao."
MEANINGS = {"met": "đạt", "not_met": "chưa đạt"}


class KindsField(forms.MultipleChoiceField):
    """Kinds of unit, kept as a list of `Kind` values."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Kind.choices, **options)


class MeaningsField(forms.CharField):
    """Further words of a condition, "có = đạt" a line; kept as {"có": "met"}."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 30})

    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", "Mỗi dòng một từ: có = đạt; không = chưa đạt. “Đạt”, “Chưa đạt” luôn được nhận."
        )
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ordered = sorted(value.items(), key=lambda item: (item[1] != "met", item[0]))  # jsonb keeps no order
        return "\n".join(f"{word} = {MEANINGS.get(meaning, meaning)}" for word, meaning in ordered)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        known = {words: meaning for meaning, words in MEANINGS.items()}
        found: dict[str, str] = {}
        for line in str(value or "").splitlines():
            word, _, meaning = (tidy(part).lower() for part in line.partition("="))
            if not word and not meaning:
                continue
            if not word or meaning not in known:
                raise ValidationError(f"Dòng “{line.strip()}”: viết “từ = đạt” hoặc “từ = chưa đạt”.")
            if word in found:
                raise ValidationError(f"Từ “{word}” viết hai lần.")
            found[word] = known[meaning]
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or {}) != self.to_python(data)
        except ValidationError:
            return True


class IndicatorForm(forms.ModelForm):
    kinds = KindsField(label="Loại đơn vị được đánh giá")

    class Meta:
        model = Indicator
        fields = (
            "criterion",
            "code",
            "number",
            "name",
            "sheet_title",
            "unit_noun",
            "kinds",
            "needs_registration",
            "position",
        )

    def clean(self) -> dict[str, Any]:
        """The level is that of the set, and the kinds are kinds of that level."""
        data = super().clean() or {}
        criterion = data.get("criterion") or (self.instance.criterion if self.instance.pk else None)
        if criterion:
            self.instance.level = level = criterion.criteria_set.level
            others = [Kind(kind).label.lower() for kind in data.get("kinds", []) if kind not in KINDS[level]]
            if others:
                self.add_error("kinds", f"Không thuộc cấp của bộ tiêu chí: {', '.join(others)}.")
        return data


def guard_marker(form: Any) -> None:
    """Leave the marker "đã đối chiếu văn bản" to the act that names who compared: no form sets or clears it."""
    field = form.fields.get("marker")
    if field is not None and form.instance.marker == Marker.CONFIRMED:
        field.disabled = True
    elif field is not None:
        field.choices = [(value, label) for value, label in field.choices if value != Marker.CONFIRMED]


class WordingForm(forms.ModelForm):
    """The wording of an indicator: rewording it undoes the comparison."""

    class Meta:
        model = IndicatorWording
        fields = ("version", "text", "marker", "source")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        guard_marker(self)
        if self.instance.pk and self.instance.version.is_used:
            self.fields["text"].disabled = self.fields["version"].disabled = True
            self.fields["text"].help_text = FROZEN

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if undo_if_reworded(self.instance, self.changed_data):
            data["marker"] = self.instance.marker
        return data


class ExaminerForm(forms.ModelForm):
    class Meta:
        model = Examiner
        fields = ("name", "starts_on", "ends_on", "marker", "source")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        guard_marker(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if undo_if_reworded(self.instance, self.changed_data):
            data["marker"] = self.instance.marker
        return data


class SignedFileForm(forms.ModelForm):
    """A version with the file of its signed text, by the checks of evidence; only PDF."""

    signed_file = forms.FileField(
        label="Bản ký (PDF)",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text="Không quá 10 MB, lưu riêng tư. Tệp mới thay tệp đang lưu. Chỉ đính kèm văn bản không mật.",
    )
    prepared: Prepared | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "marker" in self.fields:
            guard_marker(self)

    def clean_signed_file(self) -> Any:
        file = self.cleaned_data["signed_file"]
        try:
            self.prepared = prepare([file]) if file else None
        except FileRefused as refused:
            raise ValidationError(str(refused)) from None
        if self.prepared and self.prepared.content_type != PDF:
            raise ValidationError("Bản ký phải là tệp PDF.")
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "marker" in self.fields and undo_if_reworded(self.instance, self.changed_data):
            data["marker"] = self.instance.marker
        return data


class ConditionForm(forms.ModelForm):
    meanings = MeaningsField(label="từ khác được hiểu là")
    model_kinds = forms.MultipleChoiceField(
        label="loại mô hình nội dung này đòi",
        choices=ModelKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Trang đánh giá nêu số mô hình đang hoạt động của đơn vị thuộc các loại này.",
    )

    class Meta:
        model = Condition
        fields = (
            "number",
            "wording",
            "kind",
            "limit",
            "threshold",
            "comparison",
            "noun",
            "is_negative",
            "is_sensitive",
            "asks_for_evidence",
            "evidence_asked",
            "meanings",
            "model_kinds",
            "marker",
            "source",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        guard_marker(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if undo_if_reworded(self.instance, self.changed_data):
            data["marker"] = self.instance.marker
        if data.get("is_negative") and data.get("meanings"):
            self.add_error("meanings", "Nội dung viết dạng phủ định chỉ nhận “Đạt”, “Chưa đạt”; bỏ trống ô này.")
        elif data.get("kind", ConditionKind.YES_NO) != ConditionKind.YES_NO and data.get("meanings"):
            self.add_error("meanings", "Nội dung có số liệu chỉ nhận số liệu, “Đạt”, “Chưa đạt”; bỏ trống ô này.")
        if "kind" in self.fields and not self.errors:
            rule = Rule(data["kind"], data["limit"], data["threshold"], data["comparison"], data["noun"])
            for name, fault in rule.misfits():
                self.add_error(name, f"{capfirst(fault)}.")
        return data


class PeriodForm(forms.ModelForm):
    """A period. Its key says of which time it is; kind, name and last day must say the same."""

    def _get_validation_exclusions(self) -> set[str]:
        """Judge the constraints also by the days that a used period keeps: the form shows them, but has no field."""
        kept = {"kind", "starts_on", "ends_on"} if self.instance.pk else set()
        return super()._get_validation_exclusions() - (kept - set(self.errors))  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        said = {name: data.get(name, getattr(self.instance, name)) for name in ("key", "kind", "label", "ends_on")}
        found = PERIOD_KEY.fullmatch(said["key"] or "")
        if found is None:
            if "key" in data:
                self.add_error("key", "Mã kỳ có dạng 2024, 2024-H1, 2024-Q3.")
            return data
        self._check_words(said, found[1], label_of(found))
        closes_on = data.get("closes_on")
        if closes_on and said["ends_on"] and closes_on < said["ends_on"]:
            self.add_error("closes_on", "Ngày khóa không được trước ngày cuối của số liệu; chọn ngày muộn hơn.")
        return data

    def _check_words(self, said: dict[str, Any], year: str, label: str) -> None:
        kind = PeriodKind(kind_of_period(said["key"]))
        if "kind" in self.cleaned_data and said["kind"] != kind:
            self.add_error("kind", f"Mã {said['key']} là kỳ loại “{kind.label}”.")
        if "label" in self.changed_data and "label" in self.cleaned_data and said["label"] != label:
            self.add_error("label", f"Kỳ {said['key']} ghi tên là “{label}”.")
        if "ends_on" in self.cleaned_data and said["ends_on"].year != int(year):
            self.add_error("ends_on", f"Ngày cuối của kỳ {said['key']} phải thuộc năm {year}.")


def label_of(key: re.Match[str]) -> str:
    """Return the name of the period: "Năm 2024", "6 tháng đầu năm 2024", "Quý III/2024"."""
    year, half, quarter = key.groups()
    if half:
        return f"6 tháng {'đầu' if half == '1' else 'cuối'} năm {year}"
    return f"Quý {QUARTERS[quarter]}/{year}" if quarter else f"Năm {year}"
