"""Which periods and indicators concern a person, and which of them a page opens with."""

import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from communes.models import Level, Role, UnitVersion, User
from communes.templatetags.vietnamese import day
from criteria.models import EDITABLE, Assessment, Indicator, ReportingPeriod, Revision

SOON = 14  # days before the last one from which a page counts them
DECIDING_ROLES = (Role.DISTRICT, Role.PROVINCE)


def periods_of(user: User) -> QuerySet[ReportingPeriod]:
    """Return the periods on whose last day a unit of the person's scope lives, the latest first."""
    if user.sees_everything:
        return ReportingPeriod.objects.all()
    living: Any = UnitVersion.objects.as_of(OuterRef("ends_on")).visible_to(user)
    return ReportingPeriod.objects.filter(Exists(living))


def indicators_of(user: User, period: ReportingPeriod | None = None) -> QuerySet[Indicator]:
    """Return the indicators that judge units of the person's scope: a commune officer has no district's.

    Of a period, those of a level that lives on its last day: no district's after the last district.
    """
    found = Indicator.objects.all()
    if user.role == Role.COMMUNE:
        found = found.filter(level=Level.COMMUNE)
    if period is None:
        return found
    living: Any = UnitVersion.objects.as_of(period.ends_on).visible_to(user)
    return found.filter(Exists(living.filter(unit__level=OuterRef("level"))))


def collected_in(period: ReportingPeriod) -> QuerySet[Indicator]:
    """Return the indicators that are collected in the period and judge a level that lives on its last day."""
    named, living = period.indicators.all(), UnitVersion.objects.as_of(period.ends_on)
    is_named = Q(pk__in=named.values("pk")) | ~Exists(named)
    return Indicator.objects.filter(is_named, Exists(living.filter(unit__level=OuterRef("level"))))


def is_collected(indicator: Indicator, period: ReportingPeriod) -> Q:
    """Return the condition "the indicator is collected in the period": it is named there, or none is."""
    named: Any = ReportingPeriod.indicators.through.objects.filter(reportingperiod=period)
    return Q(Exists(named.filter(indicator=indicator))) | ~Q(Exists(named))


def status_of(period: ReportingPeriod, today: datetime.date) -> tuple[str, str]:
    """Return the name of the state in the style sheet, and whether the period takes work on the day, in words."""
    if period.opens_after(today):
        return "missing", f"Chưa mở, nhận từ ngày {day(period.opens_on)}"
    if period.closed_since(today) is None:
        return "draft", f"Đang mở{days_left(period.closes_on, today)}"
    if period.closed_since(today, is_correction=True) is None:
        return "correcting", f"Chỉ nhận sửa, điều chỉnh{days_left(period.corrections_close_on, today)}"
    return "locked", "Đã khóa kỳ"


def days_left(last: datetime.date | None, today: datetime.date) -> str:
    """Return ", còn 3 ngày" where the last day is near, ", hôm nay là ngày cuối" on it, else nothing."""
    left = (last - today).days if last else SOON + 1
    if not 0 <= left <= SOON:
        return ""
    return f", còn {left} ngày" if left else ", hôm nay là ngày cuối"


def refusal_of_place(user: User, period: ReportingPeriod) -> str:
    """Say why a period does not concern the person: his place did not live on its last day ("" where it did)."""
    if user.unit is None or periods_of(user).filter(pk=period.pk).exists():
        return ""
    versions = list(user.unit.versions.order_by("starts_on"))
    if period.ends_on < versions[0].starts_on:
        return f"{versions[0].title} hoạt động từ ngày {day(versions[0].starts_on)}, sau ngày cuối của kỳ này."
    if _is_last_of_its_level(versions[-1]):
        return f"{_ended(versions[-1])}; kỳ này do Công an xã gửi thẳng Công an tỉnh."
    return f"{versions[-1].title} kết thúc hoạt động ngày {day(versions[-1].ends_on)}; kỳ này do đơn vị kế tiếp gửi."


def end_of_districts(user: User) -> str:
    """Say to a district officer why the later periods are not his ("" to anybody else)."""
    last = user.place if user.role == Role.DISTRICT else None
    if last is None or not _is_last_of_its_level(last):
        return ""
    return f"{_ended(last)}; kỳ kết thúc sau ngày đó do Công an xã gửi thẳng Công an tỉnh."


def _is_last_of_its_level(version: UnitVersion) -> bool:
    """Whether the whole level ended with the version: no unit of it lives any more in the province's successor."""
    if version.ends_on is None or version.unit.level != Level.DISTRICT:
        return False
    later: Any = UnitVersion.objects.of_level(Level.DISTRICT).filter(
        province__in=version.province.descents.values("descendant")
    )
    return not later.filter(starts_on__gt=version.ends_on).exists()


def _ended(version: UnitVersion) -> str:
    return f"{version.unit.get_level_display()} kết thúc hoạt động ngày {day(version.ends_on)}"


def period_to_open(user: User, today: datetime.date) -> ReportingPeriod | None:
    """Return the latest period with something that waits for the person, else with results, else that ended."""
    mine = periods_of(user)
    editable = Revision.objects.visible_to(user).filter(state__in=EDITABLE)
    waiting = editable | Revision.objects.waiting_for(user) if user.role in DECIDING_ROLES else editable
    known = Assessment.objects.visible_to(user)
    return (
        mine.filter(pk__in=waiting.values("assessment__period")).first()
        or mine.filter(pk__in=known.values("period")).first()
        or mine.filter(ends_on__lte=today).first()
        or mine.first()
    )
