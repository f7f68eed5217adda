"""Dates, shares and numbers as an administrative text writes them: 05/10/2024, 30/6/2025, 95,00%, 1.234,5."""

import datetime
from decimal import Decimal

from django import template
from django.utils import timezone

register = template.Library()

NOTHING = "–"
LAST_MONTH_WITH_ZERO = 2


@register.filter
def day(value: datetime.date | None) -> str:
    """Return 30/6/2025, 05/10/2024, 19/01/2023: a leading 0 only for days under 10 and for months 1 and 2.

    The rule of Nghị định 30/2020/NĐ-CP (Phụ lục I, II.4). A moment is taken as the day it has in Vietnam.
    """
    if value is None:
        return NOTHING
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    month = f"{value.month:02}" if value.month <= LAST_MONTH_WITH_ZERO else str(value.month)
    return f"{value.day:02}/{month}/{value.year}"


@register.filter
def number(value: int | Decimal | float | None) -> str:
    """Return 1.234,5: a dot between the thousands, a comma before the decimals."""
    if value is None:
        return NOTHING
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


@register.filter
def percent(value: Decimal | None) -> str:
    """Return 95,00% without a space; the rounding was done before (`criteria.rounding`)."""
    if value is None:
        return NOTHING
    return f"{number(value)}%"


@register.filter
def lowered(label: str) -> str:
    """Return "quý III/2024" for "Quý III/2024": a name that begins large, inside a sentence."""
    return label[:1].lower() + label[1:]
