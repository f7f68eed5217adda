"""The forms of the registers; the pages, the admin and the import judge a row by the same one."""

from collections.abc import Mapping
from copy import copy
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, Q
from django.utils import timezone

from communes.addresses import number_in
from communes.dated import REAL_DAYS, REAL_YEARS
from communes.models import Kind, Level, UnitVersion, User
from communes.search import search
from criteria.models import CriteriaSet, Indicator
from criteria.registers.kinds import Register, kind_of, register_of
from criteria.registers.naming import UnitUnclear, place_title, unit_named

NO_NAMES = "Không ghi bí mật nhà nước, không nêu tên người, vụ việc."
NOT_YET = "Ngày này chưa đến."
MAY_LIE_AHEAD = ("ends_on", "year")


class RegisterForm(forms.ModelForm):
    """One row of a register. `user` is who writes on a page; without one (admin, import) all units may be named.

    The unit is named by code or name as of the day that the row is about. It stays once the row is kept: a row of the
    wrong unit is withdrawn.
    """

    unit = forms.CharField(label="Đơn vị", max_length=120, help_text="Mã hoặc tên của đơn vị vào thời điểm được ghi.")

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.register: Register = register_of(kind_of(self.instance))
        self.order_fields(("unit", *self.register.fields))
        self.fields["unit"].widget.attrs |= {"list": "units", "autocomplete": "off"}
        for name in ("criteria_set", "indicator"):
            if name in self.fields:
                self.fields[name].to_field_name = "code"  # type: ignore[attr-defined]
                self.fields[name].empty_label = "Chọn"  # type: ignore[attr-defined]
                if self.instance.pk:
                    self.initial[name] = getattr(self.instance, name).code
        for name, field in self.fields.items():
            # Here and not only on the model: the unit is looked for on these days before the row is judged.
            if name.startswith("year"):
                field.validators.extend(REAL_YEARS)
            if isinstance(field, forms.DateField):
                field.validators.extend(REAL_DAYS)
                field.widget.attrs |= {"placeholder": "30/6/2024", "inputmode": "numeric", "autocomplete": "off"}
        if self.instance.pk:
            self.fields["unit"].disabled, self.fields["unit"].help_text = True, ""
            self.initial["unit"] = str(self.instance.unit)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            is_day = isinstance(self.fields[name], forms.DateField) and value is not None
            if is_day and name not in MAY_LIE_AHEAD and value > timezone.localdate():
                self.add_error(name, NOT_YET)
        if self.instance.pk:
            cleaned["unit"] = self.instance.unit
        if any(name in self.errors for name in self.register.day_fields):
            cleaned.pop("unit", None)  # still a name: the day on which to look for it is not known
        elif cleaned.get("unit"):
            self._find_unit(cleaned)
        return cleaned

    def _find_unit(self, cleaned: dict[str, Any]) -> None:
        """Put the unit in place of its name; an unknown one, or one that the register is not for, is an error."""
        probe = copy(self.instance)
        for name in self.register.day_fields:
            setattr(probe, name, cleaned.get(name))
        try:
            version = self._version(probe, cleaned["unit"])
        except UnitUnclear as unclear:
            self.add_error("unit", str(unclear))
            return
        refusal = probe.refusal_of_unit(version)
        if refusal:
            self.add_error("unit", refusal)
            return
        self.instance.unit = cleaned["unit"] = version.unit

    def _version(self, probe: Any, named: Any) -> UnitVersion:
        if not self.instance.pk:
            return unit_named(named, probe, self.user)
        held: Any = UnitVersion.objects.filter(probe.living_then(), unit=named).select_related("unit")
        version = (held.visible_to(self.user) if self.user else held).first()
        if version is None:
            raise UnitUnclear("Đơn vị không hoạt động vào thời điểm này, hoặc không thuộc phạm vi được ghi.")
        return version

    def _get_validation_exclusions(self) -> set[str]:
        """The constraints of standing rows look at the unit, which is no field of the form, and at the withdrawal."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return (
            excluded - {"withdrawn_at"} - ({"unit"} if self.instance.unit_id and "unit" not in self.errors else set())
        )


def form_for(register: Register) -> type[RegisterForm]:
    made: Any = forms.modelform_factory(register.model, form=RegisterForm, fields=register.fields)
    return made


class WithdrawForm(forms.Form):
    because = forms.CharField(label="Lý do hủy dòng", max_length=200, help_text=NO_NAMES)


class RegisterFilter(forms.Form):
    """Which rows of a register a list shows, read from the address; a value that makes no sense is left aside."""

    def __init__(self, data: Mapping[str, str], *, register: Register, user: User) -> None:
        super().__init__()
        self.register = register
        self.fields["q"] = forms.CharField(label="Tên hoặc mã đơn vị", max_length=80, required=False)
        seen = register.model.objects.visible_to(user)
        self._add_choice("year", "Năm", [(str(year), str(year)) for year in _years(seen)])
        districts = _districts(user)
        if len(districts) > 1:
            self._add_choice("district", "Huyện, thị xã, thành phố", districts)
        if register.facet:
            self._add_facet(register)
        self._add_choice("state", "Tình trạng", [(key, words) for key, (words, _) in register.states.items()])
        self.initial = {
            name: data[name]
            for name, field in self.fields.items()
            if data.get(name) and (name == "q" or data[name] in dict(field.choices))  # type: ignore[attr-defined]
        }
        self.unit_id = number_in(data.get("unit"))

    def _add_choice(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=[("", "Tất cả"), *choices], required=False)

    def _add_facet(self, register: Register) -> None:
        field = register.model._meta.get_field(register.facet)
        options = field.choices or [(str(one.pk), _short(one)) for one in field.related_model.objects.all()]
        self._add_choice(register.facet, str(field.verbose_name).capitalize(), list(options))

    def apply(self, rows: Any) -> Any:
        """Narrow the rows to what was asked for; withdrawn ones are shown only when asked for."""
        asked, register = self.initial, self.register
        if asked.get("q"):
            rows = rows.filter(unit__in=search(UnitVersion.objects.all(), asked["q"]).order_by().values("unit"))
        if asked.get("year"):
            rows = rows.filter(register.in_year(int(asked["year"])))
        if asked.get("district"):
            inside = register.model.places().filter(Q(parent=asked["district"]) | Q(unit=asked["district"]))
            rows = rows.filter(Exists(inside))
        if register.facet and asked.get(register.facet):
            rows = rows.filter(**{register.facet: asked[register.facet]})
        if self.unit_id:
            rows = rows.filter(unit__descents__descendant=self.unit_id, unit__descents__is_whole=True)
        state = asked.get("state")
        return rows.filter(register.states[state][1]) if state else rows.filter(withdrawn_at__isnull=True)

    @property
    def query(self) -> str:
        """Return what was asked, for the addresses of the other pages of the list."""
        return urlencode({**self.initial, **({"unit": self.unit_id} if self.unit_id else {})})


def _short(chosen: CriteriaSet | Indicator) -> str:
    """ "Cấp xã: nông thôn mới nâng cao": short enough for a telephone."""
    return f"{chosen.get_level_display()}: {chosen.standard}" if isinstance(chosen, CriteriaSet) else chosen.name


def _years(rows: Any) -> list[int]:
    names = [name for name in ("year", "year_recognised") if hasattr(rows.model, name)]
    if names:
        return sorted(set(rows.order_by().values_list(names[0], flat=True).distinct()), reverse=True)
    first = rows.order_by("starts_on").values_list("starts_on__year", flat=True).first()
    return list(range(timezone.localdate().year, first - 1, -1)) if first else []


def _districts(user: User) -> list[tuple[str, str]]:
    """Return the districts of the scope, those too that have ended."""
    seen: Any = UnitVersion.objects.visible_to(user).of_level(Level.DISTRICT).last_of_each_unit()
    rows = seen.order_by("name_sort").values_list("unit", "kind", "name")
    return [(str(unit), f"{Kind(kind).label} {name}") for unit, kind, name in rows]


def units_offered(user: User, most: int = 500) -> list[str]:
    """Return the communes and districts of the scope as the unit field takes them; none where they are too many."""
    seen: Any = UnitVersion.objects.visible_to(user).last_of_each_unit().exclude(unit__level=Level.PROVINCE)
    versions = list(seen.with_parent().order_by("name_sort", "starts_on")[: most + 1])
    return [] if len(versions) > most else [f"{version.code} {place_title(version)}" for version in versions]
