"""Plans and their targets in the admin."""

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from communes.admin.columns import columns
from criteria.admin.deleting import deleted_unless_held
from criteria.admin.law_forms import KindsField
from reports.models import Plan, Target


class TargetForm(forms.ModelForm):
    kinds = KindsField(
        label="Loại đơn vị được tính",
        help_text="Cho cả tử số và mẫu số. Chỉ tính huyện thì chỉ đánh dấu Huyện.",
    )

    class Meta:
        model = Target
        fields = ("indicator", "percent", "due_on", "kinds", "rule", "months_valid", "position")


class TargetInline(admin.StackedInline):
    model = Target
    form = TargetForm
    extra = 0
    fields = ("indicator", ("percent", "due_on"), "kinds", "rule", ("months_valid", "position"))


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    list_display = columns(Plan, "number", "title", "province", "issuer", "signed_on", "target_count")
    search_fields = ("number", "title", "issuer")
    date_hierarchy = "signed_on"
    autocomplete_fields = ("province",)
    inlines = (TargetInline,)
    get_deleted_objects = deleted_unless_held

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        plans = super().get_queryset(request).prefetch_related("province__versions")
        return plans.annotate(targets_total=Count("targets"))

    @admin.display(description="số mục tiêu", ordering="targets_total")
    def target_count(self, plan: Plan) -> int:
        return plan.targets_total  # type: ignore[attr-defined]
