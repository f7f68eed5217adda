import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from communes import shapes
from communes.admin.columns import columns
from communes.dated import REAL_DAYS
from communes.models import Boundary, Unit, UnitVersion, holds_on
from communes.search import search

SHOWN = 200  # of the faults; the rest is counted
MEGABYTES = shapes.MAX_FILE_BYTES // 2**20


class BoundaryForm(forms.Form):
    """A file of boundaries, and the days for which they hold."""

    file = forms.FileField(
        label="Tệp GeoJSON",
        help_text=f"Loại FeatureCollection, tọa độ WGS 84, không quá {MEGABYTES} MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
        error_messages={"required": "Chọn tệp.", "empty": "Tệp rỗng."},
    )
    starts_on = forms.DateField(
        label="Có hiệu lực từ ngày", validators=REAL_DAYS, widget=forms.DateInput(attrs={"placeholder": "01/7/2025"})
    )
    ends_on = forms.DateField(
        label="Đến hết ngày",
        required=False,
        validators=REAL_DAYS,
        help_text="Bỏ trống khi vẫn đang có hiệu lực.",
        widget=forms.DateInput,
    )
    source = forms.CharField(label="Nguồn", max_length=200, widget=forms.TextInput(attrs={"size": 60}))

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > shapes.MAX_FILE_BYTES:
            raise forms.ValidationError(f"Tệp lớn hơn {MEGABYTES} MB.")
        return file

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        starts_on, ends_on = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "Trước ngày bắt đầu.")
        return data


@admin.register(Boundary)
class BoundaryAdmin(admin.ModelAdmin):
    """Boundaries that were loaded; they come in by files only, and go one by one or many at once."""

    list_display = columns(Boundary, "unit", "starts_on", "ends_on", "size", "source")
    list_filter = ("starts_on", "unit__level")
    search_fields = ("source",)
    search_help_text = "Tên (không cần dấu) hoặc mã của đơn vị"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request).defer("path").annotate(characters=Length("path"))
        return found.select_related("unit").prefetch_related("unit__versions")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if search_term.strip():
            versions = search(UnitVersion.objects.last_of_each_unit(), search_term)
            queryset = queryset.filter(unit__in=versions.order_by().values("unit"))
        return queryset, False

    def has_change_permission(self, request: HttpRequest, obj: Boundary | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Load a file: everything that is wrong with it at once, or all of it is stored."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BoundaryForm(request.POST or None, request.FILES or None)
        faults: list[shapes.ShapeFault] = []
        if request.method == "POST" and form.is_valid():
            asked = form.cleaned_data
            try:
                found = shapes.read(asked["file"].read(), asked["starts_on"])
            except shapes.Unusable as unusable:
                form.add_error("file", str(unusable))
            else:
                faults = found.faults
                if not faults:
                    return self.keep(request, found, form)
        context = {
            **self.admin_site.each_context(request),
            "title": "Nạp ranh giới từ tệp GeoJSON",
            "opts": self.opts,
            "form": form,
            "faults": faults[:SHOWN],
            "fault_count": len(faults),
        }
        return TemplateResponse(request, "admin/communes/load_boundaries.html", context)

    def keep(self, request: HttpRequest, found: shapes.Shapes, form: BoundaryForm) -> HttpResponse:
        asked = form.cleaned_data
        count = shapes.keep(found.shapes, asked["starts_on"], asked["ends_on"], asked["source"])
        words = f"Đã nạp ranh giới của {count} đơn vị từ tệp {asked['file'].name}"
        LogEntry.objects.create(
            user_id=int(request.user.pk or 0),
            content_type=ContentType.objects.get_for_model(Boundary),
            object_repr=words[:200],
            action_flag=ADDITION,
            change_message=words,
        )
        missing = missing_beside(found, asked["starts_on"])
        tail = f" Còn {missing} đơn vị cùng cấp trong tỉnh chưa có ranh giới." if missing else ""
        messages.success(request, f"{words}.{tail}")
        return redirect("admin:communes_boundary_changelist")

    @admin.display(description="độ dài đường vẽ")
    def size(self, boundary: Any) -> int:
        return boundary.characters


def missing_beside(found: shapes.Shapes, day: datetime.date) -> int:
    """Return how many units of the same provinces and levels still lack an outline: the map stays one of tiles."""
    provinces = {shape.version.province_id for shape in found.shapes}
    levels = {shape.version.unit.level for shape in found.shapes}
    beside = UnitVersion.objects.as_of(day).filter(province__in=provinces, unit__level__in=levels)
    drawn = Unit.objects.filter(holds_on(day, "boundaries__"))
    return beside.exclude(unit__in=drawn.values("pk")).count()
