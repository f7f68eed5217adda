from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from communes.admin.columns import columns
from communes.models import BoundaryEvent, Role


@admin.register(BoundaryEvent)
class BoundaryEventAdmin(admin.ModelAdmin):
    """The list of events; they are made, looked at and approved on their own pages, to which all links lead."""

    list_display = columns(
        BoundaryEvent, "summary", "kind", "effective_on", "resolution", "state", "made_by", "approved_by"
    )
    list_filter = ("state", "kind")
    search_fields = ("summary", "resolution")
    search_help_text = "Nội dung hoặc số nghị quyết"
    date_hierarchy = "effective_on"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        events = super().get_queryset(request)
        return events.prefetch_related("made_by__unit__versions", "approved_by__unit__versions")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("event_new")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        event = self.get_object(request, object_id)
        if event is None:
            raise Http404
        return redirect(event)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") == Role.ADMINISTRATOR

    def has_change_permission(self, request: HttpRequest, obj: BoundaryEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BoundaryEvent | None = None) -> bool:
        return False
