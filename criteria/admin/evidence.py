"""Evidence in the admin: read only; it is attached and removed on the pages, where its rules stand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from communes.admin.columns import columns
from communes.admin.read_only import ReadOnlyAdmin
from criteria.evidence.records import evidence_for
from criteria.models import Attachment, Evidence


class AttachmentInline(admin.TabularInline):
    model = Attachment
    fields = readonly_fields = ("unit", "removed_by", "removed_at", "removal_reason")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attachment]:
        return super().get_queryset(request).select_related("unit").prefetch_related("unit__versions")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    """Minh chứng: who attached what, and who removed it."""

    list_display = columns(
        Evidence, "title", "issuer", "indicator", "period", "scope", "filename", "attached_by", "attached_at"
    )
    list_filter = ("kind", "period", "indicator")
    list_select_related = ("indicator", "period", "attached_by__unit")
    list_per_page = 50
    search_fields = ("number", "issuer", "filename", "sha256")
    exclude = ("file",)
    inlines = (AttachmentInline,)

    def get_queryset(self, request: Any) -> QuerySet[Evidence]:
        return evidence_for(request.user).prefetch_related("attached_by__unit__versions").order_by("-attached_at")

    @admin.display(description="văn bản")
    def title(self, evidence: Evidence) -> str:
        return evidence.title
