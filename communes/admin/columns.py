"""Dates in the admin's lists as every page writes them: 30/6/2025, a moment 08:05 30/6/2025."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from communes.templatetags.vietnamese import day

Column = str | Callable[[Any], str]


def columns(model: type[models.Model], *names: str) -> tuple[Column, ...]:
    """Return the names for `list_display`, those of dates and moments as columns that write and sort them."""
    return tuple(_date_column(name, field) if (field := _date_field(model, name)) else name for name in names)


def _date_field(model: type[models.Model], name: str) -> models.DateField | None:
    """Return the field, if it is one of a date or a moment."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.DateField) else None


def _date_column(name: str, field: models.DateField) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=name)
    def column(row: Any) -> str:
        value = getattr(row, name)
        time = f"{timezone.localtime(value):%H:%M} " if isinstance(value, datetime.datetime) else ""
        return time + day(value)

    return column
