"""The day for which a page or a command is asked: one that the registry of units can answer for."""

import datetime

from django.core.exceptions import ValidationError
from django.db.models import Min

from communes.dated import REAL_DAYS
from communes.models import UnitVersion
from communes.templatetags.vietnamese import day as day_text


def known_to_the_registry(day: datetime.date) -> None:
    """Refuse a day before the first on which units are known."""
    first = UnitVersion.objects.aggregate(day=Min("starts_on"))["day"]
    if first is not None and day < first:
        since = day_text(first)
        raise ValidationError(f"Danh mục đơn vị hành chính có từ ngày {since}; chọn ngày từ đó trở đi.")


ASKED_DAYS = (*REAL_DAYS[1:], known_to_the_registry)
