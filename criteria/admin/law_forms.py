"""The forms of the admin for the law: kinds as boxes to tick, further words a line each."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst

from communes.models import Kind
from communes.registry.checks import KINDS
from criteria.data_files import tidy
from criteria.models import Condition, ConditionKind, Indicator, ModelKind
from criteria.verdicts import Rule

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
            "meanings",
            "model_kinds",
            "marker",
            "source",
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("is_negative") and data.get("meanings"):
            self.add_error("meanings", "Nội dung viết dạng phủ định chỉ nhận “Đạt”, “Chưa đạt”; bỏ trống ô này.")
        elif data.get("kind", ConditionKind.YES_NO) != ConditionKind.YES_NO and data.get("meanings"):
            self.add_error("meanings", "Nội dung có số liệu chỉ nhận số liệu, “Đạt”, “Chưa đạt”; bỏ trống ô này.")
        if "kind" in self.fields and not self.errors:
            rule = Rule(data["kind"], data["limit"], data["threshold"], data["comparison"], data["noun"])
            for name, fault in rule.misfits():
                self.add_error(name, f"{capfirst(fault)}.")
        return data
