"""Deleting in the admin: only what nothing else points to; what is held is named, never an error page."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import PROTECT, Model
from django.http import HttpRequest

from communes.templatetags.vietnamese import number


def holders_of(row: Model) -> list[str]:
    """Return in words what holds this row: "lần đánh giá (1.250)"."""
    said = []
    for relation in row._meta.related_objects:
        if relation.on_delete is PROTECT:
            held = relation.related_model._base_manager.filter(**{relation.field.name: row.pk}).count()
            said += [f"{relation.related_model._meta.verbose_name} ({number(held)})"] if held else []
    return said


def deleted_unless_held(self: admin.ModelAdmin, objs: Iterable[Any], request: HttpRequest) -> Any:
    """Assign as `get_deleted_objects`: the stock one would list every assessment that holds an indicator."""
    rows = list(objs)
    holders = [f"{row}: {holder}" for row in rows for holder in holders_of(row)]
    if holders:
        return [], {}, set(), holders
    return admin.ModelAdmin.get_deleted_objects(self, rows, request)
