from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from import_export.admin import ImportExportModelAdmin
from import_export.forms import ExportForm

from communes import attributes
from communes.admin.columns import columns
from communes.admin.read_only import ReadOnlyAdmin
from communes.admin.row_sets import are_readable, said
from communes.admin.tables import EXPORT_FORMATS, AttributeResource, import_table, save_table
from communes.attributes import AttributeProblem, AttributeRow
from communes.models import Unit, UnitAttribute, UnitVersion
from communes.search import search
from communes.unit_tables import ATTRIBUTES


def show(problem: AttributeProblem, form: forms.BaseForm) -> None:
    column = problem.column if problem.column in form.fields else None
    form.add_error(column, problem.message[0].upper() + problem.message[1:])


class AttributeForm(forms.ModelForm):
    class Meta:
        model = UnitAttribute
        fields = ("kind", "value", "starts_on", "ends_on", "source")

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out what constraints compare: they look at stored rows, the writer at the rows as they will be."""
        return super()._get_validation_exclusions() | {"unit", "kind", "starts_on"}  # type: ignore[misc]

    def row(self, unit: Unit) -> AttributeRow:
        data = self.cleaned_data
        return AttributeRow(
            unit=unit.key,
            kind=data["kind"],
            value=data["value"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            source=data["source"],
            place=self.prefix or "",
        )

    def replaced(self, row: AttributeRow) -> Iterator[AttributeRow]:
        """Yield the row as it was stored, where another kind or first day makes it another row."""
        if self.instance.pk:
            yield replace(row, kind=self.initial["kind"], starts_on=self.initial["starts_on"])


class AttributeFormSet(BaseInlineFormSet):
    """The attributes of one unit that is already stored."""

    def clean(self) -> None:
        if not are_readable(self):
            return
        rows, removed = self.rows()
        by_prefix = {form.prefix: form for form in self.forms}
        for problem in attributes.problems(rows, removed=removed):
            if form := by_prefix.get(problem.row.place):
                show(problem, form)
            else:
                raise ValidationError(str(problem))

    def rows(self) -> tuple[list[AttributeRow], list[AttributeRow]]:
        rows: list[AttributeRow] = []
        removed: list[AttributeRow] = []
        for form, goes in said(self):
            row = form.row(self.instance)
            removed += form.replaced(row)
            if not goes:
                rows.append(row)
        return rows, removed


class AttributeInline(admin.StackedInline):
    model = UnitAttribute
    form = AttributeForm
    formset = AttributeFormSet
    extra = 0
    fields = (("kind", "value"), ("starts_on", "ends_on"), "source")


@admin.register(UnitAttribute)
class UnitAttributeAdmin(ReadOnlyAdmin, ImportExportModelAdmin):
    """All attributes as a list, out and in as a table; one of them is edited on the page of its unit."""

    list_display = columns(UnitAttribute, "unit", "kind", "value", "starts_on", "ends_on", "source")
    list_filter = ("kind", "value")
    search_fields = ("source",)
    search_help_text = "Tên (không cần dấu) hoặc mã của đơn vị"
    list_per_page = 50
    resource_classes = (AttributeResource,)
    export_form_class = ExportForm
    export_formats = EXPORT_FORMATS
    to_encoding = "utf-8-sig"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("unit").prefetch_related("unit__versions")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if search_term.strip():
            versions = search(UnitVersion.objects.last_of_each_unit(), search_term)
            queryset = queryset.filter(unit__in=versions.order_by().values("unit"))
        return queryset, False

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return import_table(self, request, ATTRIBUTES)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return save_table(self, request, ATTRIBUTES)
