"""The forms of the admin for units: they say plain rows, and the registry judges and writes them."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, UserCreationForm
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from communes import registry
from communes.admin.row_sets import are_readable, said
from communes.models import Alias, Succession, Unit, UnitVersion, User
from communes.registry import AliasRow, Problem, Rows, SuccessionRow, UnitRow, VersionRow


def unit_row(unit: Unit) -> UnitRow:
    return UnitRow(key=unit.key, level=unit.level, tile_row=unit.tile_row, tile_col=unit.tile_col)


def show(problem: Problem, form: forms.ModelForm) -> None:
    """Put a problem at its field; what concerns a row elsewhere stands above the form, with its address."""
    if problem.row.place and problem.column in form.fields:
        form.add_error(problem.column, problem.message)
    else:
        form.add_error(None, problem.message if problem.row.place else str(problem))


class UnitForm(forms.ModelForm):
    class Meta:
        model = Unit
        fields = ("key", "tile_row", "tile_col")


class VersionForm(forms.ModelForm):
    class Meta:
        model = UnitVersion
        fields = ("code", "name", "kind", "parent", "starts_on", "ends_on", "source")

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out what constraints compare: they look at stored rows, the registry at the rows as they will be."""
        return super()._get_validation_exclusions() | {"unit", "code", "starts_on"}  # type: ignore[misc]

    def row(self, unit: Unit) -> VersionRow:
        data = self.cleaned_data
        return VersionRow(
            key=unit.key,
            code=data["code"],
            name=data["name"],
            kind=data["kind"],
            parent=data["parent"].key if data["parent"] else "",
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            source=data["source"],
            place=self.prefix or "",
        )


class VersionFormSet(BaseInlineFormSet):
    """The versions of one unit, judged together with the whole registry."""

    def clean(self) -> None:
        unit = self.instance
        if not are_readable(self) or not (unit.key and unit.level):
            return
        rows, removed = self.rows()
        forms_by_prefix = {form.prefix: form for form in self.forms}
        elsewhere = []
        for problem in registry.problems(replace(rows, units=[unit_row(unit)]), removed=removed):
            form = forms_by_prefix.get(problem.row.place)
            if form:
                show(problem, form)
            else:
                elsewhere.append(str(problem))
        if elsewhere:
            raise ValidationError(elsewhere)

    def rows(self) -> tuple[Rows, Rows]:
        """Return what shall stand, and what shall go: a version that begins on another day is another row."""
        rows, removed = Rows(), Rows()
        for form, goes in said(self):
            row = form.row(self.instance)
            if goes:
                removed.versions.append(replace(row, starts_on=form.initial["starts_on"]))
                continue
            if form.instance.pk and form.initial["starts_on"] != row.starts_on:
                removed.versions.append(replace(row, starts_on=form.initial["starts_on"]))
            rows.versions.append(row)
        return rows, removed


class AliasFormSet(BaseInlineFormSet):
    """The other names of one unit that is already stored."""

    def clean(self) -> None:
        if not are_readable(self):
            return
        rows, removed = self.rows()
        forms_by_prefix = {form.prefix: form for form in self.forms}
        for problem in registry.problems(rows, removed=removed):
            if form := forms_by_prefix.get(problem.row.place):
                show(problem, form)
            else:
                raise ValidationError(str(problem))

    def rows(self) -> tuple[Rows, Rows]:
        rows, removed = Rows(), Rows()
        for form, goes in said(self):
            data = form.cleaned_data
            row = AliasRow(unit=self.instance.key, name=data["name"], source=data["source"], place=form.prefix or "")
            if form.instance.pk and (goes or form.initial["name"] != row.name):
                removed.aliases.append(replace(row, name=form.initial["name"]))
            if not goes:
                rows.aliases.append(row)
        return rows, removed


class AliasForm(forms.ModelForm):
    class Meta:
        model = Alias
        fields = ("unit", "name", "source")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if not self.errors:
            rows, removed = self.rows()
            for problem in registry.problems(rows, removed=removed):
                show(problem, self)
        return data

    def rows(self) -> tuple[Rows, Rows]:
        data = self.cleaned_data
        row = AliasRow(unit=data["unit"].key, name=data["name"], source=data["source"], place="alias")
        removed = Rows()
        if self.instance.pk:
            before = Unit.objects.get(pk=self.initial["unit"])
            removed.aliases.append(replace(row, unit=before.key, name=self.initial["name"]))
        return Rows(aliases=[row]), removed


class SuccessionForm(forms.ModelForm):
    class Meta:
        model = Succession
        fields = ("predecessor", "successor", "effective_on", "share", "resolution")
        localized_fields = ("share",)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if not self.errors:
            rows, removed = self.rows()
            for problem in registry.problems(rows, removed=removed):
                show(problem, self)
        return data

    def rows(self) -> tuple[Rows, Rows]:
        data = self.cleaned_data
        row = SuccessionRow(
            predecessor=data["predecessor"].key,
            successor=data["successor"].key,
            effective_on=data["effective_on"],
            share=data["share"],
            resolution=data["resolution"],
            place="succession",
        )
        removed = Rows()
        if self.instance.pk:
            before = Unit.objects.in_bulk([self.initial["predecessor"], self.initial["successor"]])
            removed.successions.append(
                replace(
                    row,
                    predecessor=before[self.initial["predecessor"]].key,
                    successor=before[self.initial["successor"]].key,
                )
            )
        return Rows(successions=[row]), removed


class PasswordForm(AdminPasswordChangeForm):
    """Every account signs in by a password: the choice of none, which Django words in English, is left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True

    def save(self, commit: bool = True) -> User:
        self.user.must_change_password = True
        return super().save(commit)


class UserAddForm(UserCreationForm):
    """A new account, with the password of its first sign-in."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "full_name", "role", "unit", "phone")

    def save(self, commit: bool = True) -> User:
        self.instance.must_change_password = True
        return super().save(commit)
