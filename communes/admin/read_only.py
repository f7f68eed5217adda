"""Tables that the admin shows and nobody writes there: the pages do, where the rules stand."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse


def not_found(self: Any, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
    """Assign as `_get_obj_does_not_exist_redirect`: what is not there, or is another's, is not found."""
    raise Http404


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted; who may look is the subclass's to say."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
