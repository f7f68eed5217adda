"""Uploads and signed copies in the admin: read only and in one's scope; they are handled on the pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from communes.admin.columns import columns
from communes.admin.read_only import ReadOnlyAdmin, not_found
from criteria.models import SignedCopy, Upload
from criteria.uploads.places import refusal_to_upload

UPLOAD = ("code", "filename", "unit", "period", "state", "by", "at")
COPY = ("sheet", "number", "signed_on", "signer", "place", "period", "indicator", "attached_by", "attached_at")


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Lần nộp biểu: which file, of whom, what became of it; the file itself is had on its page."""

    list_display = columns(Upload, *UPLOAD)
    list_filter = ("state", "period")
    list_per_page = 50
    date_hierarchy = "at"
    search_fields = ("filename", "sha256", "letter_number")
    search_help_text = "Tên tệp, mã SHA-256, số công văn"
    exclude = ("content", "reading", "outcome", "undone_rows")
    readonly_fields = ("code", "file")
    _get_obj_does_not_exist_redirect = not_found

    def get_queryset(self, request: Any) -> QuerySet[Upload]:
        found = Upload.objects.visible_to(request.user).defer("content", "reading", "undone_rows")
        return found.select_related("period", "unit", "by__unit").prefetch_related(
            "unit__versions", "by__unit__versions"
        )

    @admin.display(description="mã lần nộp")
    def code(self, upload: Upload) -> str:
        return upload.code

    @admin.display(description="tệp đã nộp")
    def file(self, upload: Upload) -> str:
        return format_html('<a href="{}">Tải tệp</a>', reverse("upload_file", args=[upload.pk]))

    def has_module_permission(self, request: Any) -> bool:
        return request.user.is_active and request.user.is_staff and not refusal_to_upload(request.user.role)

    def has_view_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return self.has_module_permission(request)


@admin.register(SignedCopy)
class SignedCopyAdmin(ReadOnlyAdmin):
    """Bản ký: who attached which paper, and the code of the figures that it was signed on."""

    list_display = columns(SignedCopy, *COPY)
    list_filter = ("sheet", "period", "indicator")
    list_per_page = 50
    date_hierarchy = "signed_on"
    search_fields = ("number", "signer", "mark", "sha256")
    search_help_text = "Số, người ký, mã đối chiếu, mã SHA-256"
    exclude = ("file", "contents")
    _get_obj_does_not_exist_redirect = not_found

    def get_queryset(self, request: Any) -> QuerySet[SignedCopy]:
        found = SignedCopy.objects.visible_to(request.user)
        found = found.select_related("attached_by__unit", "period", "indicator", "place")
        return found.prefetch_related("place__versions", "attached_by__unit__versions")

    def has_module_permission(self, request: Any) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: SignedCopy | None = None) -> bool:
        return self.has_module_permission(request)
