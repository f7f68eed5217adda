"""Of whom a result is expected: of a nâng cao indicator only of those who registered for it in the year.

A unit that did not register is never chased ("Không đăng ký") and stays in the denominator. Where the province has no
list for the year, all that the indicator judges are expected.
"""

import datetime

from django.db.models import Exists, OuterRef, Q

from communes.models import UnitVersion, UnitVersionQuerySet, holds_on
from criteria.models import Indicator, Registration, ReportingPeriod


def expected_units(indicator: Indicator, period: ReportingPeriod) -> UnitVersionQuerySet:
    """Return the units from which a result is expected, as they stand on the period's last day."""
    judged = UnitVersion.objects.as_of(period.ends_on).of_level(indicator.level).of_kinds(indicator.kinds)
    return judged.filter(~not_registered(indicator, period))


def not_registered(indicator: Indicator, period: ReportingPeriod) -> Q:
    """Return, for a unit's version on the period's last day, "its province has a list, and it is not on it"."""
    return not_registered_on(indicator, period.ends_on)


def not_registered_on(indicator: Indicator, day: datetime.date) -> Q:
    """Return the same for the list of the day's year and the units that live on the day."""
    if not indicator.needs_registration:
        return Q(pk__in=())
    listed = Registration.objects.for_year(day.year).filter(indicator=indicator)
    of_province = listed.filter(holds_on(day, "unit__versions__"), unit__versions__province=OuterRef("province"))
    return Q(Exists(of_province)) & ~Q(Exists(listed.filter(unit=OuterRef("unit"))))
