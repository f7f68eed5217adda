"""The forms in which an administrator says what an event does; units are named one a line, found without accents."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet

from communes.addresses import number_in
from communes.dated import REAL_DAYS
from communes.events import Choice, Successor
from communes.events.finding import line_of, resolve
from communes.models import BoundaryEvent, EventKind, Kind, Level, UnitVersion

DAY = datetime.timedelta(days=1)
PERCENT = Decimal(100)
# What the field of the units asks for, by kind; none for founding.
UNITS_LABELS: dict[str, str] = {
    EventKind.RENAME: "Đơn vị đổi tên, mã, loại hoặc đơn vị cấp trên",
    EventKind.MERGE: "Các đơn vị sáp nhập (kết thúc)",
    EventKind.SPLIT: "Đơn vị được chia (kết thúc)",
    EventKind.PART: "Đơn vị chuyển đi một phần (tiếp tục tồn tại)",
    EventKind.DISSOLVE: "Các đơn vị giải thể (kết thúc)",
    EventKind.END_LEVEL: "Tỉnh, thành phố kết thúc cấp huyện",
}
MANY = (EventKind.MERGE, EventKind.DISSOLVE)
# The columns of the units after the event, by kind; none where nothing comes after.
COLUMNS: dict[str, tuple[str, ...]] = {
    EventKind.RENAME: ("name", "code", "kind", "parent"),
    EventKind.MERGE: ("existing", "name", "code", "kind", "parent"),
    EventKind.SPLIT: ("existing", "name", "code", "kind", "parent", "share", "wholes"),
    EventKind.PART: ("existing", "name", "code", "kind", "parent", "share", "wholes"),
    EventKind.FOUND: ("name", "code", "kind", "parent"),
}
SEVERAL = (EventKind.SPLIT, EventKind.PART, EventKind.FOUND)
ONE_UNIT = "Nhập mã hoặc tên (có thể không dấu); trùng tên thì thêm huyện trong ngoặc đơn."
ROWS = 2  # how many units after the event can be named before asking for more
ROWS_TYPED = 60


class EventForm(forms.Form):
    """When, by what, and of which units."""

    effective_on = forms.DateField(
        label="Có hiệu lực từ ngày",
        validators=REAL_DAYS,
        widget=forms.DateInput(attrs={"placeholder": "01/7/2025", "inputmode": "numeric", "autocomplete": "off"}),
    )
    resolution = forms.CharField(
        label="Số nghị quyết", max_length=60, widget=forms.TextInput(attrs={"placeholder": "1664/NQ-UBTVQH15"})
    )
    resolution_on = forms.DateField(
        label="Ngày ban hành",
        validators=REAL_DAYS,
        required=False,
        widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    units = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"Mỗi dòng một đơn vị. {ONE_UNIT}",
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.versions: list[UnitVersion] = []
        if kind not in UNITS_LABELS:
            del self.fields["units"]
            return
        self.fields["units"].label = UNITS_LABELS[kind]
        if kind not in MANY:
            self.fields["units"].widget = forms.TextInput(attrs={"size": 40})
            self.fields["units"].help_text = ONE_UNIT

    def clean_units(self) -> list[str]:
        """Return the keys of the units as they live on the eve of the event."""
        day = self.cleaned_data.get("effective_on")
        if day is None:
            return []
        self.versions, errors = resolve(self.cleaned_data["units"].splitlines(), day - DAY)
        if not errors and self.kind not in MANY and len(self.versions) != 1:
            errors.append("Chỉ nhập một đơn vị.")
        if not errors and len({version.unit.level for version in self.versions}) > 1:
            errors.append("Các đơn vị không cùng cấp; mỗi sự kiện chỉ gồm đơn vị của một cấp.")
        if not errors and self.kind == EventKind.END_LEVEL and self.versions[0].unit.level != Level.PROVINCE:
            errors.append("Nhập tên hoặc mã của tỉnh, thành phố.")
        if errors:
            raise ValidationError(errors)
        return [version.unit.key for version in self.versions]

    def with_line(self, line: str) -> str:
        """Return the units as they were typed, with one more line."""
        lines = [one for one in self.data.get("units", "").splitlines() if one.strip()]
        return "\n".join([*(lines if self.kind in MANY else []), line])

    def eve(self) -> datetime.date | None:
        """Return the day on which units are looked for, before the rest is judged."""
        try:
            return self.fields["effective_on"].clean(self.data.get("effective_on")) - DAY
        except ValidationError:
            return None


class SuccessorForm(forms.Form):
    """One unit after the event: a stored one, or a new one with its name, code, kind and parent."""

    existing = forms.CharField(
        label="Đơn vị đã có", max_length=120, required=False, widget=forms.TextInput(attrs={"size": 30})
    )
    name = forms.CharField(label="Tên", max_length=80, required=False)
    code = forms.RegexField(
        r"^\d{2,5}$",
        label="Mã",
        required=False,
        error_messages={"invalid": "Mã gồm 2 chữ số (tỉnh), 3 (huyện) hoặc 5 (xã)."},
        widget=forms.TextInput(attrs={"size": 6, "inputmode": "numeric"}),
    )
    kind = forms.ChoiceField(label="Loại", choices=[("", "như cũ"), *Kind.choices], required=False)
    parent = forms.CharField(label="Đơn vị cấp trên", max_length=120, required=False)
    share = forms.DecimalField(
        label="Phần chuyển (%)",
        required=False,
        min_value=Decimal("0.1"),
        max_value=PERCENT,
        max_digits=4,
        decimal_places=1,
        localize=True,
        widget=forms.TextInput(attrs={"size": 5, "inputmode": "decimal"}),
    )

    wholes = forms.CharField(
        label="Đơn vị cùng nhập toàn bộ", max_length=600, required=False, widget=forms.TextInput(attrs={"size": 30})
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - set(COLUMNS[kind]):
            del self.fields[name]
        if kind == EventKind.MERGE:
            self.fields["existing"].label = "Đơn vị tiếp tục tồn tại"
        self.asks_for_new = kind != EventKind.RENAME

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.asks_for_new and any(data.values()) and not data.get("existing"):
            for name in ("name", "code"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "Cần nhập, hoặc chọn đơn vị đã có.")
        return data


class SuccessorFormSet(BaseFormSet):
    """The units after the event; stored ones and parents are found as they live on its day."""

    def resolved(self, day: datetime.date) -> list[Successor]:
        """Return the filled rows as successors; what cannot be found is put at its field."""
        found = []
        for form in self.forms:
            data = form.cleaned_data
            if not any(data.values()):
                continue
            keys = {name: _keys(form, name, day) for name in ("existing", "parent")}
            share = data.get("share")
            found.append(
                Successor(
                    key="".join(keys["existing"]),
                    code=data.get("code", ""),
                    name=data.get("name", ""),
                    kind=data.get("kind", ""),
                    parent="".join(keys["parent"]),
                    share=None if share is None else share / PERCENT,
                    wholes=tuple(_keys(form, "wholes", day - DAY)),
                )
            )
        return found


def _keys(form: forms.Form, name: str, day: datetime.date) -> list[str]:
    """Return the units that a field names, as they live on the day; what is wrong is put at the field."""
    text = form.cleaned_data.get(name, "")
    if not text:
        return []
    versions, errors = resolve(text.split(";"), day)
    for error in errors:
        form.add_error(name, error)
    return [version.unit.key for version in versions]


def successor_forms(kind: str, data: Any = None, initial: Sequence[dict[str, Any]] = (), rows: int = 0) -> Any:
    """Return the rows for the units after the event, or None for a kind that has none."""
    if kind not in COLUMNS:
        return None
    several = kind in SEVERAL
    least = max(rows, ROWS if several else 1, len(initial))
    factory = forms.formset_factory(
        SuccessorForm, formset=SuccessorFormSet, extra=least - len(initial), max_num=ROWS_TYPED if several else 1
    )
    return factory(data, initial=list(initial), form_kwargs={"kind": kind}, prefix="after")


def typed_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows for the units after the event as they were typed, nothing judged."""
    total = str(data.get("after-TOTAL_FORMS", ""))
    count = min(number_in(total) or 0, ROWS_TYPED)
    return [{name: data.get(f"after-{n}-{name}", "") for name in SuccessorForm.base_fields} for n in range(count)]


def choice_of(form: EventForm, rows: Any) -> Choice | None:
    """Return what was chosen, or None where a field is wrong; the errors stand at their fields."""
    is_valid = form.is_valid()
    if rows is not None and not rows.is_valid():
        return None
    day = form.cleaned_data.get("effective_on")
    if day is None:
        return None
    successors = rows.resolved(day) if rows is not None else []
    if rows is not None and not successors:
        form.add_error(None, "Chưa nhập đơn vị sau sắp xếp.")
    if not is_valid or form.errors or (rows is not None and any(one.errors for one in rows.forms)):
        return None
    return Choice(
        kind=form.kind,
        effective_on=day,
        resolution=form.cleaned_data["resolution"],
        units=tuple(form.cleaned_data.get("units", ())),
        successors=tuple(successors),
    )


def filled(event: BoundaryEvent) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the forms of a saved draft show: the units as lines that lead to them again."""
    choice = Choice.from_json(event.choice)
    units = _lines(choice.units, choice.eve)
    stored = _lines([key for one in choice.successors for key in (one.key, one.parent) if key], choice.effective_on)
    initial = {
        "effective_on": choice.effective_on,
        "resolution": choice.resolution,
        "resolution_on": event.resolution_on,
        "units": "\n".join(units.get(key, key) for key in choice.units),
    }
    wholes = _lines([key for one in choice.successors for key in one.wholes], choice.eve)
    rows = [
        {
            "existing": stored.get(one.key, one.key),
            "name": one.name,
            "code": one.code,
            "kind": one.kind,
            "parent": stored.get(one.parent, one.parent),
            "share": None if one.share is None else one.share * PERCENT,
            "wholes": "; ".join(wholes.get(key, key) for key in one.wholes),
        }
        for one in choice.successors
    ]
    return initial, rows


def _lines(keys: Iterable[str], day: datetime.date) -> dict[str, str]:
    versions = UnitVersion.objects.as_of(day).filter(unit__key__in=list(keys)).with_district_on(day)
    return {version.unit.key: line_of(version) for version in versions.select_related("unit")}


class ReasonForm(forms.Form):
    """Why an event is returned or undone, and the event as the person saw it."""

    reason = forms.CharField(label="Lý do", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
