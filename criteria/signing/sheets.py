"""Biểu tổng hợp and phiếu thẩm tra: what is printed to be signed, with the mã đối chiếu of its content."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from communes.models import UnitVersion, User
from criteria import rules
from criteria.assessment_page import results_of
from criteria.evidence.listing import evidence_of
from criteria.models import Checklist, Condition, Indicator, ReportingPeriod, SheetKind, Verb, Verdict
from criteria.signing.content import Content, content_of
from criteria.situations import (
    Situation,
    checklist_in_application,
    failed_text,
    judged_in,
    results_by_number,
    situation_for,
    situations_of,
    with_revisions,
)

TITLES: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent.parent / "data" / "signing.toml").read_text(encoding="utf-8")
)
# How the table writes a result in a narrow column; the legend below it says what each means.
SHORT: dict[str, str] = {Verdict.MET: "Đ", Verdict.NOT_MET: "CĐ", Verdict.NOT_APPLICABLE: "KAD"}
NOT_EXAMINED = "kết quả này không qua bước thẩm tra ở cấp huyện."


def titles_of(sheet: str, level: str) -> dict[str, Any]:
    """Return the titles of a sheet and the blocks signed at this level."""
    own = TITLES[sheet]
    return {"country": TITLES["country"], "motto": TITLES["motto"], **own, "blocks": own["blocks"].get(level, [])}


@dataclass(frozen=True)
class Summary:
    """Biểu tổng hợp: all units of a place that an indicator judges in a period, as they stand now."""

    place: UnitVersion
    indicator: Indicator
    period: ReportingPeriod
    situations: list[Situation]
    conditions: list[Condition]
    hides_some: bool
    checklist: Checklist | None

    @property
    def kind(self) -> SheetKind:
        return SheetKind.SUMMARY

    @property
    def titles(self) -> dict[str, Any]:
        return titles_of(self.kind, self.place.unit.level)

    @cached_property
    def content(self) -> Content:
        return content_of(one.current for one in self.situations if one.current)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as they are printed; a condition of another guidance than the table's stays blank."""
        return [self._row(situation) for situation in self.situations]

    def _row(self, situation: Situation) -> dict[str, Any]:
        current = situation.current
        said = {one.condition_id: one for one in results_by_number(current).values()}
        return {
            "situation": situation,
            "cells": [SHORT[said[one.pk].verdict] if one.pk in said else "" for one in self.conditions],
            "verdict": current.get_verdict_display() if current and current.verdict else "",
            "failed": failed_text(current),
        }

    @property
    def counts(self) -> dict[str, int]:
        """Return how many units are met, not met, and without a result."""
        verdicts = [one.current.verdict if one.current else "" for one in self.situations]
        return {
            "met": verdicts.count(Verdict.MET),
            "not_met": verdicts.count(Verdict.NOT_MET),
            "open": verdicts.count(""),
            "total": len(verdicts),
        }


def summary_of(user: User, period: ReportingPeriod, indicator: Indicator, place_id: int) -> Summary | None:
    """Return the table of a district or province that the person sees, or None."""
    place = _places(user, period, place_id).first()
    if place is None or place.unit.level not in TITLES["summary"]["blocks"]:
        return None
    units = judged_in(indicator, period).visible_to(user).under(place.unit).order_by("district_name", "name_sort")
    checklist = checklist_in_application(indicator, period)
    asked = list(checklist.conditions.all()) if checklist else []
    shown = [condition for condition in asked if not condition.is_sensitive]
    return Summary(
        place=place,
        indicator=indicator,
        period=period,
        situations=situations_of(with_revisions(units, indicator, period), indicator, period),
        conditions=shown,
        hides_some=len(shown) < len(asked),
        checklist=checklist,
    )


def _places(user: User, period: ReportingPeriod, unit_id: int) -> QuerySet[UnitVersion]:
    """Return the place as it stood on the period's last day, with what the head of a sheet prints of it."""
    found = UnitVersion.objects.as_of(period.ends_on).visible_to(user).filter(unit=unit_id)
    return found.with_parent(period.ends_on).with_district_on(period.ends_on).select_related("unit")


@dataclass(frozen=True)
class Examination:
    """Phiếu thẩm tra: what a unit says of one indicator, with its evidence, before those who examine it."""

    situation: Situation
    place: UnitVersion
    rows: list[dict[str, Any]]
    hides_some: bool

    @property
    def kind(self) -> SheetKind:
        return SheetKind.EXAMINATION

    @property
    def titles(self) -> dict[str, Any]:
        return titles_of(self.kind, self.place.unit.level)

    @property
    def indicator(self) -> Indicator:
        return self.situation.indicator

    @property
    def period(self) -> ReportingPeriod:
        return self.situation.period

    @cached_property
    def content(self) -> Content:
        return content_of([self.situation.current] if self.situation.current else [])

    @cached_property
    def examined(self) -> Any:
        """Return the step by which it was examined, if it was."""
        current = self.situation.current
        found = current.reviews.filter(verb=Verb.EXAMINE) if current else None
        return found.select_related("by__unit").prefetch_related("by__unit__versions").last() if found else None


def examination_of(user: User, period: ReportingPeriod, indicator: Indicator, unit_id: int) -> Examination | None:
    """Return the sheet of one unit that the person sees, or None."""
    place = _places(user, period, unit_id).first()
    situation = situation_for(user, period, indicator, unit_id)
    if place is None or situation is None:
        return None
    checklist = situation.current.checklist if situation.current else checklist_in_application(indicator, period)
    shown = results_of(situation, checklist, user)
    documents = evidence_of(situation, checklist, user)["rows"]
    which = "in_work" if situation.in_work else "official"
    rows = [
        {
            "condition": row["condition"],
            "result": row[which],
            "evidence": [
                one.evidence
                for one in documents
                if one.evidence.speaks_for_the_whole or row["condition"] in one.conditions
            ],
        }
        for row in shown
    ]
    return Examination(situation, place, rows, user.role not in rules.SEES_SENSITIVE_ROLES)
