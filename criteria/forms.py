"""The forms of the pages where results are entered and decided."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst

from communes.models import User
from communes.templatetags.vietnamese import number
from criteria import rules
from criteria.checking import Check
from criteria.entering import Compared, Letter, Line, compare
from criteria.history import NOT_JUDGED, reasons_by_number, verdict_words
from criteria.models import Assessment, Condition, Marker, ReportingPeriod, Revision, Verb, Verdict
from criteria.outlooks import MEASURES, Outlook, Quarter, quarters_after
from criteria.reasons import USUAL_REASONS
from criteria.situations import Situation, checklist_in_application
from criteria.standings import standing_of
from criteria.verdicts import LABELS, MOST, Numbers, contradiction

VERDICTS = (
    (Verdict.MET.value, Verdict.MET.label),
    (Verdict.NOT_MET.value, Verdict.NOT_MET.label),
    ("", NOT_JUDGED),
    (Verdict.NOT_APPLICABLE.value, Verdict.NOT_APPLICABLE.label),
)
# A verdict stored beside numbers is not offered again: the numbers give it.
OTHER_WARNINGS = "Cảnh báo đã thay đổi. Xem lại các cảnh báo, rồi đánh dấu."
BY_NUMBERS = "Theo số liệu"
NO_NUMBER = f"Ghi số nguyên từ 0 đến {number(MOST)}."
ASKED_BY_LETTER = "Nhập thay đơn vị cần số và ngày của công văn đề nghị."
NO_NAMES = "Không ghi bí mật nhà nước, không nêu tên người, vụ việc."


def letter_fields() -> dict[str, forms.Field]:
    """Return the two fields of the letter by which the province enters on behalf of a unit, alike at every door."""
    return {
        "letter_number": forms.CharField(
            label="Số công văn đề nghị",
            max_length=60,
            error_messages={"required": "Ghi số công văn đề nghị nhập thay đơn vị."},
        ),
        "letter_on": forms.DateField(
            label="Ngày công văn",
            widget=forms.DateInput(attrs={"placeholder": "25/10/2024", "inputmode": "numeric"}),
            error_messages={"required": "Ghi ngày của công văn."},
        ),
    }


def check_letter(form: forms.BaseForm, period: ReportingPeriod | None) -> None:
    """Say at its field why the letter cannot be the one by which results of the period are entered."""
    on = form.cleaned_data.get("letter_on")
    refusal = rules.refusal_of_letter(on, period, timezone.localdate()) if on and period else ""
    if refusal:
        form.add_error("letter_on", capfirst(refusal))


class AssessmentForm(forms.ModelForm):
    """What one unit says of each condition; the page and the admin both take it.

    The fields follow the checklist in application: `verdict_4` and `reason_4` for condition 4, before them the numbers
    of its kind (`count_4`), then by when and how what is not met is expected to be, the letter for those who enter on
    behalf, and `seen`, the mark of what the page showed. `may_stay_blank`: it is one of several on the page, and the
    unit may have nothing to say for this one yet.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Assessment
        fields = ()

    def __init__(
        self, *args: Any, situation: Situation, user: User, may_stay_blank: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.situation, self.user, self.may_stay_blank = situation, user, may_stay_blank
        if self.instance.pk is None:
            self.instance.unit_id = situation.version.unit_id
            self.instance.indicator, self.instance.period = situation.indicator, situation.period
        self.standing = standing_of(situation.current.assessment if situation.current else None)
        checklist = checklist_in_application(situation.indicator, situation.period)
        self.conditions: list[Condition] = list(checklist.conditions.all()) if checklist else []
        self.compared: Compared | None = None
        for condition in self.conditions:
            self._add_condition(condition)
        self._add_outlook()
        if user.role in rules.ON_BEHALF_ROLES:
            self._add_letter(situation.in_work)
        self.fields["seen"].initial = self.standing.token

    def _add_condition(self, condition: Condition) -> None:
        held = self.standing.numbers.get(condition.pk, ())
        self._add_numbers(condition, held)
        asks = condition.rule.asks_numbers
        self.fields[f"verdict_{condition.number}"] = forms.ChoiceField(
            label=f"{condition}. {condition.wording}",
            help_text="" if condition.marker == Marker.CONFIRMED else condition.get_marker_display(),
            choices=[(value, BY_NUMBERS if asks and not value else label) for value, label in VERDICTS],
            required=False,
            widget=forms.RadioSelect,
            initial="" if held else self.standing.verdicts.get(condition.pk, ""),
        )
        self.fields[f"reason_{condition.number}"] = forms.CharField(
            label="Lý do (chỉ khi không áp dụng)",
            max_length=200,
            required=False,
            initial=self.standing.reasons.get(condition.pk, ""),
        )

    def _add_numbers(self, condition: Condition, held: Numbers) -> None:
        for at, name in enumerate(condition.rule.columns):
            self.fields[f"{name}_{condition.number}"] = forms.IntegerField(
                label=f"{LABELS[name]}{f' ({condition.noun})' if condition.noun else ''}",
                help_text="" if at else condition.rule.words,
                min_value=0,
                max_value=MOST,
                required=False,
                initial=held[at] if held else None,
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), NO_NUMBER),
            )

    def _add_outlook(self) -> None:
        held = self.standing.outlook
        quarters = {*quarters_after(self.situation.period.ends_on, timezone.localdate())}
        quarters |= {held.quarter} if held.quarter else set()
        self.quarters = {quarter.key: quarter for quarter in sorted(quarters)}
        measures = [*MEASURES, *([held.measure] if held.measure and held.measure not in MEASURES else [])]
        self.fields["expected"] = forms.ChoiceField(
            label="Dự kiến đạt",
            choices=[("", "Chưa xác định"), *((key, quarter.label) for key, quarter in self.quarters.items())],
            required=False,
            initial=held.quarter.key if held.quarter else "",
        )
        self.fields["measure"] = forms.ChoiceField(
            label="Biện pháp",
            choices=[("", "Chọn biện pháp"), *((measure, measure) for measure in measures)],
            required=False,
            initial=held.measure,
        )

    def _add_letter(self, revision: Revision | None) -> None:
        self.fields.update(letter_fields())
        self.fields["letter_number"].help_text = ASKED_BY_LETTER
        if revision:
            self.initial.update(letter_number=revision.letter_number, letter_on=revision.letter_on)

    @property
    def letter(self) -> Letter | None:
        return letter_in(self.cleaned_data)

    @property
    def line(self) -> Line:
        """Return what was typed, as the one writer takes it."""
        verdicts, reasons, numbers = {}, {}, {}
        for condition in self.conditions:
            if given := self._numbers(condition):
                numbers[condition.pk] = given
            verdict = self.cleaned_data.get(f"verdict_{condition.number}")
            if verdict:
                verdicts[condition.pk] = verdict
            if verdict == Verdict.NOT_APPLICABLE:
                reasons[condition.pk] = self.cleaned_data.get(f"reason_{condition.number}", "")
        version, seen = self.situation.version, self.cleaned_data["seen"]
        return Line(version.unit_id, self.situation.indicator, verdicts, reasons, seen, numbers, self._outlook())

    def _outlook(self) -> Outlook:
        quarter: Quarter | None = self.quarters.get(self.cleaned_data.get("expected", ""))
        return Outlook(quarter, self.cleaned_data.get("measure", ""))

    def _numbers(self, condition: Condition) -> Numbers:
        values = [self.cleaned_data.get(f"{name}_{condition.number}") for name in condition.rule.columns]
        return tuple(value for value in values if value is not None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for condition in self.conditions:
            is_left_out = cleaned.get(f"verdict_{condition.number}") == Verdict.NOT_APPLICABLE
            if is_left_out and not cleaned.get(f"reason_{condition.number}"):
                self.add_error(f"reason_{condition.number}", "“Không áp dụng” cần ghi lý do.")
            self._check_numbers(condition)
        says_nothing = not self.errors and not self.line.verdicts and not self.line.numbers
        is_blank = says_nothing and not self.standing.state
        if is_blank and not self.may_stay_blank:
            self.add_error(None, "Chưa nhập nội dung nào.")
        check_letter(self, self.situation.period)
        if not self.errors:
            self._compare()
        return cleaned

    def _check_numbers(self, condition: Condition) -> None:
        """Note at the field where the numbers are not whole, cannot be, or are not what the verdict says."""
        rule, numbers = condition.rule, self._numbers(condition)
        names = [f"{name}_{condition.number}" for name in rule.columns]
        if not numbers or any(name in self.errors for name in names):
            return
        typed = self.cleaned_data.get(f"verdict_{condition.number}", "")
        if fault := rule.fault(numbers):
            self.add_error(names[-1], f"{capfirst(fault)}.")
        elif fault := contradiction(rule, numbers, typed):
            self.add_error(f"verdict_{condition.number}", f"{capfirst(fault)}.")

    def _compare(self) -> None:
        self.compared = compare([self.line], by=self.user, period=self.situation.period, letter=self.letter)[0]
        if self.compared.refusal:
            self.refuse(self.compared)

    def refuse(self, compared: Compared) -> None:
        """Say why at the head of the form; after the values of others were shown, saving again is deliberate."""
        self.compared = compared
        self.add_error(None, capfirst(compared.refusal))
        if compared.is_stale:
            seen = {self.add_prefix("seen"): compared.standing.token}
            self.data = {**self.data.dict(), **seen}  # type: ignore[attr-defined]

    @property
    def outlook_fields(self) -> list[Any]:
        return [self["expected"], self["measure"]]

    def rows(self) -> list[dict[str, Any]]:
        """Return for each condition its two fields and, on a stale page, what is stored now."""
        is_stale = self.compared is not None and self.compared.is_stale
        returned = reasons_by_number(self.situation.in_work, self.user)
        rows = []
        for condition in self.conditions:
            field = self[f"verdict_{condition.number}"]
            stored = self.standing.verdicts.get(condition.pk, "")
            told = condition.rule.told(self.standing.numbers.get(condition.pk, ()))
            differs = is_stale and self.compared is not None and self._differs(condition, self.compared)
            rows.append(
                {
                    "condition": condition,
                    "verdict": field,
                    "reason": self[f"reason_{condition.number}"],
                    "numbers": [self[f"{name}_{condition.number}"] for name in condition.rule.columns],
                    "told": told,
                    "stored": verdict_words(stored, told) if differs else "",
                    "returned": returned.get(condition.number, ""),
                }
            )
        return rows

    @staticmethod
    def _differs(condition: Condition, compared: Compared) -> bool:
        old, new = compared.standing, compared.line
        is_same = old.verdicts.get(condition.pk) == new.verdicts.get(condition.pk)
        return not is_same or old.numbers.get(condition.pk) != new.numbers.get(condition.pk)


class StepForm(forms.Form):
    """What a step asks of the person: a reason where the rules say so, the letter of an entry on behalf.

    A return may name single items, each with its reason (`item_4`), beside the whole or instead of it.
    Where the check found warnings it asks for a tick and a reason, for exactly those that the page showed (`warned`).
    """

    usual = forms.ChoiceField(
        label="Lý do thường gặp",
        required=False,
        choices=[("", "Chọn lý do"), *((reason, reason) for reason in USUAL_REASONS)],
    )
    reason = forms.CharField(label="Lý do", max_length=300, required=False, help_text=NO_NAMES)
    accepted = forms.BooleanField(
        label="Đã xem các cảnh báo", error_messages={"required": "Đánh dấu đã xem các cảnh báo."}
    )
    acceptance = forms.CharField(
        label="Lý do khi còn cảnh báo",
        max_length=300,
        help_text=NO_NAMES,
        error_messages={"required": "Ghi lý do khi còn cảnh báo."},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        verb: str,
        asks_letter: bool = False,
        check: Check | None = None,
        period: ReportingPeriod | None = None,
        conditions: Iterable[Condition] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, auto_id=f"{verb}-%s", **kwargs)
        self.verb, self.period, self.check = verb, period, check or Check()
        if not self.check.warnings:
            del self.fields["accepted"], self.fields["acceptance"]
        if verb not in rules.NEEDS_REASON:
            del self.fields["usual"], self.fields["reason"]
        elif verb != Verb.RETURN:
            del self.fields["usual"]
        if asks_letter:
            self.fields |= letter_fields()
        self.conditions = list(conditions) if verb == Verb.RETURN else []
        for condition in self.conditions:
            label = f"Nội dung {condition.number}: lý do"
            self.fields[f"item_{condition.number}"] = forms.CharField(label=label, max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "reason" in self.fields and "reason" not in self.errors:
            if not self.full_reason:
                ask = "; hoặc ghi lý do ở từng nội dung" if self.conditions else ""
                self.add_error("reason", f"Ghi rõ lý do, hoặc chọn một lý do thường gặp{ask}.")
            elif len(self.full_reason) > 300:
                self.add_error("reason", "Lý do quá dài: tối đa 300 ký tự, kể cả lý do đã chọn.")
        check_letter(self, self.period)
        if "accepted" in self.fields and "accepted" not in self.errors and self.data.get("warned") != self.check.mark:
            self.add_error("accepted", OTHER_WARNINGS)
        return cleaned

    @property
    def acceptance_text(self) -> str:
        """Return why the step is taken in spite of the warnings."""
        return str(self.cleaned_data.get("acceptance", ""))

    @property
    def letter(self) -> Letter | None:
        return letter_in(self.cleaned_data)

    @property
    def full_reason(self) -> str:
        parts = (self.cleaned_data.get("usual", ""), self.cleaned_data.get("reason", ""))
        numbers = [str(one.number) for one in self.conditions if one.pk in self.items]
        named = f"Xem lý do ở nội dung {', '.join(numbers)}." if numbers else ""
        return " ".join(part for part in parts if part) or named

    @property
    def items(self) -> dict[int, str]:
        """Return the reason of each condition (id) that is named."""
        said = {one.pk: self.cleaned_data.get(f"item_{one.number}", "") for one in self.conditions}
        return {condition: reason for condition, reason in said.items() if reason}

    @property
    def given(self) -> dict[str, Any]:
        """Return what `criteria.steps.take` takes of it."""
        said = {"reason": self.full_reason, "acceptance": self.acceptance_text}
        return {**said, "items": self.items, "letter": self.letter}

    @property
    def main_fields(self) -> list[Any]:
        """Return what is asked of the whole, with the hidden fields."""
        return [field for field in self if not field.name.startswith("item_")]

    @property
    def item_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith("item_")]

    @property
    def is_itemised(self) -> bool:
        """Whether the fields of the items stand open: something was typed into them."""
        return any(field.value() or field.errors for field in self.item_fields)


def letter_in(cleaned: dict[str, Any]) -> Letter | None:
    """Return the letter that a form's two fields name."""
    number, on = cleaned.get("letter_number"), cleaned.get("letter_on")
    return Letter(number, on) if number and on else None


class LetterForm(forms.Form):
    """The letter by which many units are entered on behalf. `letter` is what was typed: the writer refuses it too."""

    letter: Letter | None = None

    def __init__(self, *args: Any, period: ReportingPeriod, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period = period
        self.fields |= letter_fields()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.letter = letter_in(cleaned)
        check_letter(self, self.period)
        return cleaned
