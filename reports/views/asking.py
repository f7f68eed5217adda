"""What a page of figures is asked for, read from its address, and the addresses that ask for more."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import Http404
from django.urls import reverse

from communes.models import UnitVersion, User
from criteria.models import ReportingPeriod
from reports import scopes
from reports.forms import FiguresForm
from reports.models import Plan, Target
from reports.scopes import Scope

DAYS_SHOWN = 6


@dataclass(frozen=True)
class Asked:
    """A day and a scope; `province` is the scope's province of that day, `days` those that have results."""

    scope: Scope
    day: datetime.date
    form: FiguresForm
    province: UnitVersion | None
    days: list[datetime.date]

    @property
    def title(self) -> str:
        return self.scope.title(self.province)

    @property
    def merged(self) -> UnitVersion | None:
        """The province that the plan's own went into, once it has: it can be looked at beside the territory."""
        held = self.province
        has_merged = held is not None and self.scope.is_asked and held.unit_id != self.scope.plan.province_id
        return held if has_merged else None

    @property
    def day_links(self) -> list[datetime.date]:
        return self.days[:DAYS_SHOWN]

    @property
    def territory_address(self) -> str:
        return self.address("overview", province="")

    @property
    def merged_address(self) -> str:
        return self.address("overview", province=self.merged.code if self.merged else "")

    def address(self, name: str, *args: Any, **more: str) -> str:
        """Return the address of a page for the same day and scope."""
        query = {"as_of": self.day.isoformat(), "province": self.form["province"].value() or "", **more}
        return reverse(name, args=args, query={key: value for key, value in query.items() if value})

    @property
    def query(self) -> str:
        """What was asked, for the addresses of the other pages of a list."""
        given = {name: value for name, value in self.form.data.items() if name != "page"}
        return urlencode(given)

    def units_behind(self, target: Target, **more: str) -> str:
        return self.address("target", target.indicator.code, **more)


def asked(form: FiguresForm, user: User) -> Asked | None:
    """Return what is asked for, or None while there is no plan; 404 for a province outside the person's scope."""
    plan = Plan.objects.select_related("province").order_by("-signed_on").first()
    if plan is None:
        return None
    form.is_valid()
    scope = scopes.of_person(plan, user)
    periods: list[ReportingPeriod] = list(scope.periods_with_results())
    day = form.cleaned_data.get("as_of") or scope.default_day(periods)
    if code := form.cleaned_data.get("province"):
        scope = scopes.province(plan, code, day, user) or _not_found()
    days = sorted({period.ends_on for period in periods}, reverse=True)
    return Asked(scope, day, form, scope.province_on(day), days)


def names_districts(page: Page[UnitVersion]) -> bool:
    """Whether the units of a list stand in several districts, so that each must carry the name of its own."""
    return len({unit.district_name for unit in page}) > 1  # type: ignore[attr-defined]


def _not_found() -> Scope:
    raise Http404
