"""The law in the admin: sets, criteria, indicators, checklists; reporting periods; examiners."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from communes.admin.columns import columns
from criteria.admin.deleting import deleted_unless_held
from criteria.admin.law_acts import begin_new_version, confirm_wording, unconfirm_wording
from criteria.admin.law_forms import ConditionForm, ExaminerForm, IndicatorForm, PeriodForm, SignedFileForm, WordingForm
from criteria.law_acts import keep_text
from criteria.models import (
    FREE_WHEN_USED,
    Checklist,
    Condition,
    CriteriaSet,
    CriteriaSetVersion,
    Criterion,
    Examiner,
    Indicator,
    IndicatorWording,
    Marker,
    ReportingPeriod,
    Revision,
)
from criteria.period_days import keep

IN_USE = (
    "Phiên bản đang dùng cho {uses} lần đánh giá: chỉ sửa được tình trạng đối chiếu, nguồn, đánh dấu nhạy cảm, "
    "loại mô hình. "
    "Cần sửa nội dung thì chọn “Lập phiên bản mới từ bản này” ở danh sách."
)


@admin.register(CriteriaSet)
class CriteriaSetAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "level", "versions_in_words", "position")
    list_filter = ("level",)
    search_fields = ("name", "code")
    get_deleted_objects = deleted_unless_held

    def get_queryset(self, request: HttpRequest) -> QuerySet[CriteriaSet]:
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: CriteriaSet | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    @admin.display(description="phiên bản")
    def versions_in_words(self, criteria_set: CriteriaSet) -> str:
        return "; ".join(map(str, criteria_set.versions.all()))


@admin.register(CriteriaSetVersion)
class CriteriaSetVersionAdmin(admin.ModelAdmin):
    """A version of a set: of one in use only the marker, the source, the last day and the signed file may change."""

    form = SignedFileForm
    list_display = columns(
        CriteriaSetVersion, "number", "criteria_set", "issuer", "signed_on", "applies_from", "applies_to", "marker"
    )
    list_filter = ("criteria_set", "marker")
    list_select_related = ("criteria_set",)
    search_fields = ("number",)
    fields = (
        "criteria_set",
        ("number", "issuer", "signed_on"),
        ("applies_from", "applies_to"),
        ("marker", "source"),
        ("signed_text", "signed_file"),
    )
    actions = (confirm_wording, unconfirm_wording, begin_new_version)
    get_deleted_objects = deleted_unless_held

    def get_readonly_fields(self, request: HttpRequest, obj: CriteriaSetVersion | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("signed_text",)
        fixed = ("number", "signed_on", "applies_from") if obj.is_used else ()
        return ("criteria_set", "signed_text", *fixed)

    def save_model(self, request: Any, obj: CriteriaSetVersion, form: Any, change: bool) -> None:
        keep_signed_text(request, obj, form)
        super().save_model(request, obj, form, change)


@admin.register(Criterion)
class CriterionAdmin(admin.ModelAdmin):
    list_display = ("name", "number", "criteria_set")
    list_filter = ("criteria_set",)
    list_select_related = ("criteria_set",)
    search_fields = ("name", "number")
    get_deleted_objects = deleted_unless_held


class IndicatorWordingInline(admin.StackedInline):
    model = IndicatorWording
    form = WordingForm
    extra = 0
    fields = ("version", "text", ("marker", "source"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the versions of the indicator's own set."""
        if db_field.name == "version":
            indicator = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
            versions = CriteriaSetVersion.objects.filter(criteria_set__criteria__indicators=indicator)
            options["queryset"] = versions if indicator else CriteriaSetVersion.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(Indicator)
class IndicatorAdmin(admin.ModelAdmin):
    form = IndicatorForm
    list_display = ("name", "code", "criterion", "kinds_in_words", "sheet_title", "position")
    list_filter = ("level", "criterion__criteria_set")
    list_select_related = ("criterion",)
    search_fields = ("name", "code", "wordings__text")
    search_help_text = "Tên, mã hoặc nội dung của chỉ tiêu"
    get_deleted_objects = deleted_unless_held

    def get_readonly_fields(self, request: HttpRequest, obj: Indicator | None = None) -> tuple[str, ...]:
        return ("code", "criterion") if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Indicator | None) -> list[Any]:
        return [IndicatorWordingInline] if obj else []

    @admin.display(description="loại đơn vị được đánh giá")
    def kinds_in_words(self, indicator: Indicator) -> str:
        return indicator.kinds_text


def keep_signed_text(request: Any, version: Checklist | CriteriaSetVersion, form: Any) -> None:
    """Keep the file that came with the form, if one did; the version then points at it."""
    if form.prepared is not None:
        version.signed_text = keep_text(form.prepared, by=request.user)


class ConditionInline(admin.StackedInline):
    """The conditions of a checklist; of one that was used only the markers may change."""

    model = Condition
    form = ConditionForm
    extra = 0
    fields = (
        "number",
        "wording",
        ("kind", "limit", "threshold", "comparison", "noun"),
        ("is_negative", "is_sensitive", "asks_for_evidence"),
        "evidence_asked",
        "meanings",
        "model_kinds",
        ("marker", "source"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Checklist | None = None) -> tuple[str, ...]:
        if not (obj and obj.is_used):
            return ()
        fixed = [name for name in ConditionForm.Meta.fields if name not in FREE_WHEN_USED]
        return tuple("meanings_in_words" if name == "meanings" else name for name in fixed)

    def get_fields(self, request: HttpRequest, obj: Checklist | None = None) -> Any:
        if not (obj and obj.is_used):
            return self.fields
        return tuple("meanings_in_words" if name == "meanings" else name for name in self.fields)

    def has_add_permission(self, request: HttpRequest, obj: Checklist | None = None) -> bool:
        return super().has_add_permission(request, obj) and not (obj and obj.is_used)

    def has_delete_permission(self, request: HttpRequest, obj: Checklist | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_used)

    @admin.display(description="từ khác được hiểu là", empty_value="")
    def meanings_in_words(self, condition: Condition) -> str:
        return ConditionForm.base_fields["meanings"].prepare_value(condition.meanings)


@admin.register(Checklist)
class ChecklistAdmin(admin.ModelAdmin):
    form = SignedFileForm
    actions = (confirm_wording, unconfirm_wording, begin_new_version)
    list_display = columns(
        Checklist,
        "number",
        "indicator",
        "signed_on",
        "applies_from",
        "condition_count",
        "unchecked_count",
        "draft_count",
        "used",
    )
    list_filter = ("indicator", "conditions__marker")
    list_select_related = ("indicator",)
    search_fields = ("number", "conditions__wording")
    search_help_text = "Số văn bản hoặc lời của nội dung"
    date_hierarchy = "applies_from"
    inlines = (ConditionInline,)
    get_deleted_objects = deleted_unless_held

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checklist]:
        count = Count("conditions", distinct=True)
        markers = {
            marker: Count("conditions", filter=Q(conditions__marker=marker), distinct=True)
            for marker in (Marker.UNCHECKED, Marker.DRAFT)
        }
        return (
            super()
            .get_queryset(request)
            .annotate(
                conditions_total=count,
                conditions_unchecked=markers[Marker.UNCHECKED],
                conditions_draft=markers[Marker.DRAFT],
                has_revisions=Exists(Revision.objects.filter(checklist=OuterRef("pk"))),
            )
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Checklist | None = None) -> tuple[str, ...]:
        if obj and obj.is_used:
            return ("use", "indicator", "number", "signed_on", "applies_from", "signed_text")
        return ("use", "signed_text") if obj else ("signed_text",)

    def save_model(self, request: Any, obj: Checklist, form: Any, change: bool) -> None:
        keep_signed_text(request, obj, form)
        super().save_model(request, obj, form, change)

    def view_on_site(self, obj: Checklist) -> str:
        return obj.get_absolute_url()

    @admin.display(description="tình trạng sử dụng")
    def use(self, checklist: Checklist) -> str:
        uses = checklist.revisions.count()
        return IN_USE.format(uses=uses) if uses else "Chưa dùng cho lần đánh giá nào."

    @admin.display(description="số nội dung", ordering="conditions_total")
    def condition_count(self, checklist: Any) -> int:
        return checklist.conditions_total

    @admin.display(description=Marker.UNCHECKED.label, ordering="conditions_unchecked")
    def unchecked_count(self, checklist: Any) -> int:
        return checklist.conditions_unchecked

    @admin.display(description=Marker.DRAFT.label, ordering="conditions_draft")
    def draft_count(self, checklist: Any) -> int:
        return checklist.conditions_draft

    @admin.display(description="đang dùng", boolean=True)
    def used(self, checklist: Any) -> bool:
        return checklist.has_revisions


@admin.register(ReportingPeriod)
class ReportingPeriodAdmin(admin.ModelAdmin):
    form = PeriodForm
    list_display = columns(
        ReportingPeriod,
        "label",
        "key",
        "kind",
        "starts_on",
        "ends_on",
        "opens_on",
        "due_on",
        "closes_on",
        "corrections_close_on",
        "takes_bare_verdicts",
        "needs_signed_copy",
    )
    list_filter = ("kind", "takes_bare_verdicts")
    search_fields = ("key", "label")
    date_hierarchy = "ends_on"
    get_deleted_objects = deleted_unless_held

    def get_readonly_fields(self, request: HttpRequest, obj: ReportingPeriod | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("key", "kind", "starts_on", "ends_on") if obj.is_used else ("key",)

    def save_model(self, request: Any, obj: ReportingPeriod, form: Any, change: bool) -> None:
        """A change leaves who, when, old and new, as on the page of the period."""
        if change:
            keep(obj, by=request.user, indicators=form.cleaned_data.get("indicators"))
        else:
            super().save_model(request, obj, form, change)


@admin.register(Examiner)
class ExaminerAdmin(admin.ModelAdmin):
    form = ExaminerForm
    actions = (confirm_wording, unconfirm_wording)
    list_display = columns(Examiner, "name", "starts_on", "ends_on", "marker", "source")
    list_filter = ("marker",)
    search_fields = ("name",)
