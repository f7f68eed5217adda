"""Deleting in the admin: only what nothing else points to, and a sentence instead of an error page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import PROTECT, Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


def users_of(row: Model) -> list[str]:
    """Return in words the kinds of rows that hold this one: "lần đánh giá", "nội dung đánh giá"."""
    relations = [relation for relation in row._meta.related_objects if relation.on_delete is PROTECT]
    return [
        str(relation.related_model._meta.verbose_name)
        for relation in relations
        if relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).exists()
    ]


def may_delete(self: admin.ModelAdmin, request: HttpRequest, obj: Any = None) -> bool:
    """Assign as `has_delete_permission`: what is held offers no deletion."""
    allowed = admin.ModelAdmin.has_delete_permission(self, request, obj)
    return allowed and (obj is None or not users_of(obj))


def refuse_or_delete(
    self: admin.ModelAdmin, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
) -> HttpResponse:
    """Assign as `delete_view`: an address typed by hand leads back with the reason."""
    held = self.get_object(request, unquote(object_id))
    users = users_of(held) if held and admin.ModelAdmin.has_delete_permission(self, request, held) else []
    if not users:
        return admin.ModelAdmin.delete_view(self, request, object_id, extra_context)
    messages.error(request, f"Không xóa được “{held}”: đang có {', '.join(users)}.")
    options = self.opts
    return redirect(reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[object_id]))
