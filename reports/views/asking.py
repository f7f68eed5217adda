"""What a page of figures is asked for, read from its address, and the addresses that ask for more."""

import datetime
from dataclasses import dataclass
from functools import cached_property
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
from reports.progress import Boundaries
from reports.scopes import Scope
from reports.settling import refusal_to_settle

DAYS_SHOWN = 6


@dataclass(frozen=True)
class Asked:
    """A day, a scope and the way of looking; `periods` are those that have results, `days` their last ones.

    `province` is the scope's province of the asked day, `named` the one that the title names: in *now* that of `today`.
    `has_now`: units of the scope live today, so that results can be restated on them.
    """

    scope: Scope
    day: datetime.date
    form: FiguresForm
    province: UnitVersion | None
    periods: list[ReportingPeriod]
    today: datetime.date
    named: UnitVersion | None
    has_now: bool
    boundaries: str
    may_settle: bool

    @cached_property
    def days(self) -> list[datetime.date]:
        return sorted({period.ends_on for period in self.periods}, reverse=True)

    @property
    def title(self) -> str:
        return self.scope.title(self.named)

    @property
    def is_now(self) -> bool:
        return self.boundaries == Boundaries.NOW

    @property
    def boundaries_words(self) -> str:
        return Boundaries(self.boundaries).label

    @property
    def merged(self) -> UnitVersion | None:
        """The province that the plan's own went into, once it has: it can be looked at beside the territory."""
        held = self.province
        has_merged = held is not None and self.scope.is_asked and held.unit_id != self.scope.plan.province_id
        return held if has_merged else None

    @property
    def day_links(self) -> list[datetime.date]:
        """The latest days that have results, and the asked one where it is such a day."""
        return [day for at, day in enumerate(self.days) if at < DAYS_SHOWN or day == self.day]

    @property
    def territory_address(self) -> str:
        return self.address("overview", province="")

    @property
    def merged_address(self) -> str:
        return self.address("overview", province=self.merged.code if self.merged else "")

    def address(self, name: str, *args: Any, **more: str) -> str:
        """Return the address of a page for the same day and scope."""
        query = {"as_of": self.day.isoformat(), "province": self.form["province"].value() or ""}
        query |= {"boundaries": self.boundaries if self.is_now else "", **more}
        return reverse(name, args=args, query={key: value for key, value in query.items() if value})

    @property
    def overview_address(self) -> str:
        return self.address("overview")

    @property
    def documents(self) -> list[tuple[str, str]]:
        """The documents of the same day and scope: the words of the link, its address."""
        kinds = (("Tải Word", "docx"), ("Tải Excel", "xlsx"), ("Tải CSV", "csv"))
        return [(words, self.address("export_report", suffix)) for words, suffix in kinds]

    @property
    def compare_address(self) -> str:
        return self.address("compare")

    @property
    def briefing_address(self) -> str:
        return self.address("briefing")

    @property
    def query(self) -> str:
        """What was asked, for the addresses of the other pages of a list."""
        given = {name: value for name, value in self.form.data.items() if name not in ("page", "download")}
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
    today, province = scopes.today(), scope.province_on(day)
    has_now = bool(scope.levels_on(today))
    is_now = has_now and form.cleaned_data.get("boundaries") == Boundaries.NOW
    named = scope.province_on(today) if is_now else province
    boundaries = Boundaries.NOW if is_now else Boundaries.THEN
    may_settle = not refusal_to_settle(user.role)
    return Asked(scope, day, form, province, periods, today, named, has_now, boundaries, may_settle)


def names_districts(page: Page[UnitVersion]) -> bool:
    """Whether the units of a list stand in several districts, so that each must carry the name of its own."""
    return len({unit.district_name for unit in page}) > 1  # type: ignore[attr-defined]


def _not_found() -> Scope:
    raise Http404
