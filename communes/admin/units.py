from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from import_export.admin import ImportExportModelAdmin
from import_export.forms import ExportForm

from communes import attributes, registry
from communes.admin.attributes import AttributeFormSet, AttributeInline
from communes.admin.columns import columns
from communes.admin.tables import (
    EXPORT_FORMATS,
    AliasResource,
    SuccessionResource,
    UnitResource,
    import_table,
    save_table,
)
from communes.admin.unit_forms import (
    AliasForm,
    AliasFormSet,
    PasswordForm,
    SuccessionForm,
    UnitForm,
    UserAddForm,
    VersionForm,
    VersionFormSet,
    unit_row,
)
from communes.models import (
    Alias,
    Commune,
    District,
    Level,
    Province,
    Role,
    Succession,
    Unit,
    UnitVersion,
    User,
)
from communes.registry import AliasRow, Rows, SuccessionRow
from communes.search import search
from communes.templatetags.vietnamese import day as day_text
from communes.unit_tables import ALIASES, SUCCESSIONS, UNITS


class LivingFilter(admin.SimpleListFilter):
    """Units that live on a day: today, or a day on which something began."""

    title = "tồn tại tại ngày"
    parameter_name = "as_of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        days = {timezone.localdate(), *UnitVersion.objects.order_by().values_list("starts_on", flat=True).distinct()}
        return [(day.isoformat(), day_text(day)) for day in sorted(days, reverse=True)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.living_on(self.value()) if self.value() in dict(self.lookup_choices) else queryset


class VersionInline(admin.StackedInline):
    model = UnitVersion
    fk_name = "unit"
    form = VersionForm
    formset = VersionFormSet
    extra = 0
    min_num = 1
    fields = (("code", "name", "kind"), "parent", ("starts_on", "ends_on"), "source")
    autocomplete_fields = ("parent",)


class AliasInline(admin.TabularInline):
    model = Alias
    formset = AliasFormSet
    extra = 0
    fields = ("name", "source")


@admin.register(Unit, Province, District, Commune)
class UnitAdmin(ImportExportModelAdmin):
    """Units with their versions and other names; written by the registry, never deleted.

    `Unit` itself is registered for the choice of a unit in other forms and stands in no menu.
    """

    form = UnitForm
    list_display = ("title", "code", "parent_title", "starts_on", "ends_on", "key")
    list_filter = (LivingFilter,)
    search_fields = ("key",)
    search_help_text = "Tên (không cần dấu), tên gọi khác, tên cũ hoặc mã"
    list_per_page = 50
    resource_classes = (UnitResource,)
    export_form_class = ExportForm
    to_encoding = "utf-8-sig"
    export_formats = EXPORT_FORMATS
    ordering = ("key",)

    @property
    def level(self) -> str:
        return getattr(self.model._default_manager, "level", "")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        versions = UnitVersion.objects.with_parent().order_by("starts_on")
        return super().get_queryset(request).prefetch_related(Prefetch("versions", versions))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if search_term.strip():
            versions = search(UnitVersion.objects.last_of_each_unit(), search_term)
            queryset = queryset.filter(pk__in=versions.order_by().values("unit"))
        return queryset, False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return super().get_model_perms(request) if self.level else {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.level) and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Unit | None = None) -> tuple[str, ...]:
        return ("key",) if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Unit | None) -> list[Any]:
        if obj is None:
            return [VersionInline]
        return [VersionInline, AliasInline, *([AttributeInline] if obj.level == Level.COMMUNE else [])]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Unit:
        unit = super().save_form(request, form, change)
        unit.level = unit.level or self.level
        return unit

    def save_model(self, request: HttpRequest, obj: Unit, form: Any, change: bool) -> None:
        """Write nothing yet: a unit is written together with its versions."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        unit = form.instance
        rows, removed = Rows(units=[unit_row(unit)]), Rows()
        for formset in formsets:
            if isinstance(formset, AttributeFormSet):
                continue
            given, gone = formset.rows()
            rows.versions += given.versions
            rows.aliases += given.aliases
            removed.versions += gone.versions
            removed.aliases += gone.aliases
            formset.save(commit=False)  # only to note what changed, for the log
        registry.write(rows, removed=removed)
        unit.pk = Unit.objects.get(key=unit.key).pk
        for formset in formsets:
            if isinstance(formset, AttributeFormSet):
                held, ended = formset.rows()
                formset.save(commit=False)
                attributes.write(held, removed=ended)

    def get_export_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the versions of the units that the list shows; a unit itself has neither code nor name."""
        units = super().get_export_queryset(request).prefetch_related(None).order_by().values("pk")
        return UnitVersion.objects.filter(unit__in=units).select_related("unit", "parent").by_level()

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return import_table(self, request, UNITS)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return save_table(self, request, UNITS)

    @admin.display(description="đơn vị")
    def title(self, unit: Unit) -> str:
        return unit.latest_version.title if unit.latest_version else unit.key

    @admin.display(description="mã")
    def code(self, unit: Unit) -> str:
        return unit.latest_version.code if unit.latest_version else ""

    @admin.display(description="trực thuộc")
    def parent_title(self, unit: Unit) -> str:
        return unit.latest_version.parent_title if unit.latest_version else ""

    @admin.display(description="từ ngày")
    def starts_on(self, unit: Unit) -> str:
        return day_text(min((version.starts_on for version in unit.versions.all()), default=None))

    @admin.display(description="đến hết ngày")
    def ends_on(self, unit: Unit) -> str:
        return day_text(unit.latest_version.ends_on if unit.latest_version else None)


@admin.register(Succession)
class SuccessionAdmin(ImportExportModelAdmin):
    form = SuccessionForm
    list_display = columns(Succession, "predecessor", "successor", "effective_on", "share", "resolution")
    list_display_links = ("predecessor", "successor")
    list_filter = ("effective_on", "resolution")
    search_fields = ("resolution",)
    search_help_text = "Tên (không cần dấu) hoặc mã của đơn vị trước, đơn vị sau"
    date_hierarchy = "effective_on"
    autocomplete_fields = ("predecessor", "successor")
    list_per_page = 50
    resource_classes = (SuccessionResource,)
    export_form_class = ExportForm
    to_encoding = "utf-8-sig"
    export_formats = EXPORT_FORMATS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        links = super().get_queryset(request)
        return links.prefetch_related("predecessor__versions", "successor__versions")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if search_term.strip():
            units = search(UnitVersion.objects.last_of_each_unit(), search_term).order_by().values("unit")
            queryset = queryset.filter(predecessor__in=units) | queryset.filter(successor__in=units)
        return queryset, False

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return import_table(self, request, SUCCESSIONS)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return save_table(self, request, SUCCESSIONS)

    def save_model(self, request: HttpRequest, obj: Succession, form: Any, change: bool) -> None:
        rows, removed = form.rows()
        registry.write(rows, removed=removed)
        obj.pk = Succession.objects.get(predecessor=obj.predecessor, successor=obj.successor).pk

    def delete_model(self, request: HttpRequest, obj: Succession) -> None:
        self.delete_queryset(request, Succession.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        gone = [
            SuccessionRow(
                predecessor=link.predecessor.key,
                successor=link.successor.key,
                effective_on=link.effective_on,
                share=link.share,
                resolution=link.resolution,
            )
            for link in queryset.select_related("predecessor", "successor")
        ]
        registry.write(Rows(), removed=Rows(successions=gone))


@admin.register(Alias)
class AliasAdmin(ImportExportModelAdmin):
    form = AliasForm
    list_display = ("name", "unit", "source")
    search_fields = ("name_search",)
    search_help_text = "Tên gọi khác (không cần dấu), tên hoặc mã của đơn vị"
    autocomplete_fields = ("unit",)
    list_per_page = 50
    resource_classes = (AliasResource,)
    export_form_class = ExportForm
    to_encoding = "utf-8-sig"
    export_formats = EXPORT_FORMATS

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("unit__versions")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        if search_term.strip():
            versions = search(UnitVersion.objects.last_of_each_unit(), search_term)
            queryset = queryset.filter(unit__in=versions.order_by().values("unit"))
        return queryset, False

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return import_table(self, request, ALIASES)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return save_table(self, request, ALIASES)

    def save_model(self, request: HttpRequest, obj: Alias, form: Any, change: bool) -> None:
        rows, removed = form.rows()
        registry.write(rows, removed=removed)
        obj.pk = Alias.objects.get(unit=obj.unit, name=obj.name).pk

    def delete_model(self, request: HttpRequest, obj: Alias) -> None:
        self.delete_queryset(request, Alias.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        gone = [AliasRow(unit=alias.unit.key, name=alias.name) for alias in queryset.select_related("unit")]
        registry.write(Rows(), removed=Rows(aliases=gone))


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Accounts. An account is ended by switching it off: what the person did keeps its name."""

    add_form = UserAddForm
    change_password_form = PasswordForm
    list_display = columns(
        User, "username", "full_name", "role", "unit", "phone", "is_staff", "is_active", "last_login"
    )
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("username", "full_name", "phone")
    search_help_text = "Tên đăng nhập, họ tên, điện thoại"
    autocomplete_fields = ("unit",)
    ordering = ("username",)
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Người dùng", {"fields": ("full_name", "role", "unit", "phone", "email")}),
        ("Quyền", {"fields": ("is_active", "is_staff", "must_change_password")}),
        ("Thời gian", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2")}),
        ("Người dùng", {"fields": ("full_name", "role", "unit", "phone")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("unit__versions")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """What an account may do follows from its role; an administrator may do all that the admin offers."""
        obj.is_superuser = obj.role == Role.ADMINISTRATOR
        obj.is_staff = obj.is_staff or obj.is_superuser
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
