"""The registers in the admin, for administrators: tables in and out, and rows by the same form as on the pages.

Nothing is deleted here; a wrong row is withdrawn on its page, with a reason.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from import_export.admin import ImportExportModelAdmin
from import_export.forms import ExportForm

from communes.admin.columns import Column, columns
from communes.admin.read_only import ReadOnlyAdmin
from communes.models import UnitVersion
from communes.search import search
from criteria.models import Door, Recognition, RegisterEntry, Registration, SecurityModel, YearlyTitle
from criteria.registers.forms import RegisterForm
from criteria.registers.keeping import keep
from criteria.registers.kinds import REGISTERS, Register
from criteria.registers.tables import resource_for, with_names


@admin.register(YearlyTitle, Recognition, SecurityModel, Registration)
class RegisterAdmin(ImportExportModelAdmin):
    form = RegisterForm
    export_form_class = ExportForm  # whole tables: one that lacks columns could not come in again
    search_fields = ("number",)
    search_help_text = "Tên (không cần dấu) hoặc mã của đơn vị"
    list_per_page = 50
    list_select_related = True

    @property
    def register(self) -> Register:
        return next(register for register in REGISTERS.values() if register.model is self.model)

    def get_resource_classes(self, request: HttpRequest) -> list[Any]:
        return [resource_for(self.register)]

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """All or nothing: one wrong row, and none is written."""
        kwargs.setdefault("rollback_on_validation_errors", True)
        return super().process_dataset(dataset, form, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_names(super().get_queryset(request)).prefetch_related("unit__versions")

    def get_list_display(self, request: HttpRequest) -> tuple[Column, ...]:
        fields = self.register.fields[:5]
        return columns(self.model, "place", *fields, "state", "recorded_by", "recorded_at", "page")

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        names = ("year", "year_recognised", self.register.facet)
        known = {field.name for field in self.model._meta.get_fields()}
        return tuple(name for name in names if name and name in known)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if search_term.strip():
            found = search(UnitVersion.objects.last_of_each_unit(), search_term)
            queryset = queryset.filter(unit__in=found.order_by().values("unit"))
        return queryset, False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = ("unit", *self.register.fields)
        return (*fields, "state", "recorded_by", "recorded_at", "page") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("state", "recorded_by", "recorded_at", "page") if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.withdrawn_at)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        keep(obj, by=request.user, door=Door.ADMIN)  # type: ignore[arg-type]

    @admin.display(description="đơn vị")
    def place(self, row: Any) -> str:
        return f"{row.place_name} ({row.place_code})" if row.place_code else str(row.unit)

    @admin.display(description="tình trạng")
    def state(self, row: Any) -> str:
        return self.register.state_of(row)[1]

    @admin.display(description="hủy dòng, quá trình")
    def page(self, row: Any) -> str:
        return format_html('<a href="{}">Mở dòng</a>', reverse("register_row", args=[self.register.kind, row.pk]))


@admin.register(RegisterEntry)
class RegisterEntryAdmin(ReadOnlyAdmin):
    list_display = columns(RegisterEntry, "at", "register", "row", "act", "by", "door")
    list_filter = ("register", "act", "door")
    list_select_related = ("by",)
    date_hierarchy = "at"
