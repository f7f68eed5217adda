from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone

from communes import areas
from communes.admin.row_sets import are_readable, said
from communes.areas import MemberRow
from communes.models import Area, AreaMember, Level, Role, Unit, User, holds_on


class AreaForm(forms.ModelForm):
    class Meta:
        model = Area
        fields = ("name", "province", "officer")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        officer, province = self.cleaned_data.get("officer"), self.cleaned_data.get("province")
        if officer and province and (problem := areas.officer_problem(officer, province)):
            self.add_error("officer", problem)
        return data


class MemberForm(forms.ModelForm):
    class Meta:
        model = AreaMember
        fields = ("unit", "starts_on", "ends_on")

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out what constraints compare: they look at stored rows, `communes.areas` at the rows to come."""
        return super()._get_validation_exclusions() | {"unit", "starts_on"}  # type: ignore[misc]


class MemberFormSet(BaseInlineFormSet):
    """The communes of one area, judged together."""

    def clean(self) -> None:
        if not are_readable(self) or not self.instance.province_id:
            return
        by_prefix = {form.prefix: form for form in self.forms}
        for problem in areas.problems(self.instance, list(self.rows())):
            if form := by_prefix.get(problem.row.place):
                form.add_error(problem.column, problem.message)
            else:
                raise ValidationError(problem.message)

    def rows(self) -> Iterator[MemberRow]:
        for form, goes in said(self):
            data = form.cleaned_data
            if not goes:
                yield MemberRow(
                    unit=data["unit"].pk,
                    starts_on=data["starts_on"],
                    ends_on=data["ends_on"],
                    place=form.prefix or "",
                )


class MemberInline(admin.TabularInline):
    model = AreaMember
    form = MemberForm
    formset = MemberFormSet
    extra = 0
    autocomplete_fields = ("unit",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("unit__versions").order_by("unit__key", "starts_on")


@admin.register(Area)
class AreaAdmin(admin.ModelAdmin):
    """Areas of responsibility with their communes, written by `communes.areas`."""

    form = AreaForm
    inlines = (MemberInline,)
    list_display = ("name", "province", "officer", "member_count")
    search_fields = ("name", "officer__full_name")
    search_help_text = "Tên địa bàn, họ tên người phụ trách"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        today = Count("members", filter=Q(holds_on(timezone.localdate(), "members__")))
        found = super().get_queryset(request).select_related("officer").annotate(members_today=today)
        return found.prefetch_related("province__versions", "officer__unit__versions")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "province":
            kwargs["queryset"] = Unit.objects.filter(level=Level.PROVINCE).prefetch_related("versions")
        elif db_field.name == "officer":
            officers = User.objects.filter(role=Role.PROVINCE, is_active=True)
            kwargs["queryset"] = officers.prefetch_related("unit__versions")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # only to note what changed, for the log
        areas.write(form.instance, list(formset.rows()))

    @admin.display(description="số xã hiện nay")
    def member_count(self, area: Any) -> int:
        return area.members_today
