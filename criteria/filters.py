"""What the lists show, read from the address: a value that makes no sense is left aside."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from communes.models import Area, AreaMember, Kind, Level, Role, UnitVersion, User, holds_on
from criteria.changed import moved_since_before
from criteria.evidence.lacking import without_evidence
from criteria.models import ReportingPeriod, Review, Revision, Verb, Verdict
from criteria.models.assessments import places_of
from criteria.periods import indicators_of, period_to_open, periods_of, refusal_of_place
from criteria.queue import with_previous
from criteria.situations import STATE_WORDS, judged_in, with_revisions

EVERY = ("", "Tất cả")
# What the queue may be narrowed to beside the place, the indicator and the verdict.
ONLY = {
    "flips": "Khác kết quả trước",
    "changed": "Thay đổi so với kỳ trước",
    "resent": "Gửi lại sau khi trả lại",
    "corrections": "Điều chỉnh",
    "no_evidence": "Thiếu minh chứng",
    "late": "Gửi quá hạn",
}


class AssessmentFilter(forms.Form):
    """Period, indicator, district, area and state of the list of assessments; the first two are always chosen.

    `refusal` says why the period that was asked for does not concern the person; then none is chosen.
    """

    def __init__(self, data: Mapping[str, str], *, user: User) -> None:
        super().__init__()
        periods = list(periods_of(user))
        self.refusal = _refusal_of_period(user, data.get("period", ""), periods)
        chosen = _chosen(periods, "key", data.get("period"))
        self.period: Any = None if self.refusal else chosen or period_to_open(user, timezone.localdate())
        indicators = list(indicators_of(user, self.period))
        self.indicator: Any = _chosen(indicators, "code", data.get("indicator")) or next(iter(indicators), None)
        labels = [(p.key, p.label) for p in periods]
        self.fields["period"] = _choice("Kỳ báo cáo", [("", "Chọn kỳ"), *labels] if self.refusal else labels)
        self.fields["indicator"] = _choice("Chỉ tiêu", [(i.code, i.name) for i in indicators])
        districts = _districts_on(user, self.period) if self.period else []
        known = {key for key, _ in districts}
        self.district = data.get("district", "") if data.get("district", "") in known else ""
        if len(districts) > 1:
            self.fields["district"] = _choice("Huyện, thị xã, thành phố", [EVERY, *districts])
        areas = _areas_on(user, self.period) if self.period else []
        self.area = data.get("area", "") if data.get("area", "") in dict(areas) else ""
        if areas:
            self.fields["area"] = _choice("Địa bàn phụ trách", [EVERY, *areas])
        self.state = data.get("state", "") if data.get("state", "") in STATE_WORDS else ""
        self.initial = {
            "period": self.period.key if self.period else "",
            "indicator": self.indicator.code if self.indicator else "",
            "district": self.district,
            "area": self.area,
        }

    def versions(self, user: User) -> Any:
        """Return the person's units that the indicator judges in the period, in the chosen district and area."""
        versions = judged_in(self.indicator, self.period).visible_to(user)
        return with_revisions(self.narrow(versions), self.indicator, self.period)

    def narrow(self, versions: Any) -> Any:
        """Return those of the period's versions that stand in the chosen district and area."""
        if self.district:
            versions = versions.filter(Q(parent=self.district) | Q(unit=self.district))
        if self.area:
            versions = versions.in_area(self.area, self.period.ends_on)
        return versions

    def query(self, state: str = "") -> str:
        """Return the address of this choice, with another state."""
        return urlencode({key: value for key, value in {**self.initial, "state": state}.items() if value})


class ReviewFilter(forms.Form):
    """Period, indicator, district, area and verdict of the queue; nothing chosen is all that waits."""

    def __init__(self, data: Mapping[str, str], *, user: User) -> None:
        super().__init__()
        own, waiting = list(periods_of(user)), set(_waiting_periods(user))
        period = _chosen(own, "key", data.get("period"))
        periods = [one for one in own if one in waiting or one == period]  # a period asked for stays, also when empty
        self.refusal = _refusal_of_period(user, data.get("period", ""), own)
        indicators = indicators_of(user, period)
        districts = _districts_on(user, period) if period else _districts_ever(user)
        self.fields["period"] = _choice("Kỳ báo cáo", [EVERY, *((p.key, p.label) for p in periods)])
        self.fields["indicator"] = _choice("Chỉ tiêu", [EVERY, *((i.code, i.name) for i in indicators)])
        if user.role != Role.DISTRICT and districts:
            self.fields["district"] = _choice("Huyện, thị xã, thành phố", [EVERY, *districts])
        areas = _areas_on(user, period)
        if areas:
            self.fields["area"] = _choice("Địa bàn phụ trách", [EVERY, *areas])
        verdicts = [(v.value, str(v.label)) for v in (Verdict.MET, Verdict.NOT_MET)]
        self.fields["verdict"] = _choice("Kết quả", [EVERY, *verdicts])
        self.fields["only"] = _choice("Chỉ hiện", [EVERY, *ONLY.items()])
        self.initial = {
            name: data[name]
            for name, field in self.fields.items()
            if data.get(name) in dict(field.choices)  # type: ignore[attr-defined]
        }

    def apply(self, revisions: Any) -> Any:
        """Narrow the queue to what was asked for."""
        asked = self.initial
        if self.refusal:
            return revisions.none()
        if asked.get("period"):
            revisions = revisions.filter(assessment__period__key=asked["period"])
        if asked.get("indicator"):
            revisions = revisions.filter(assessment__indicator__code=asked["indicator"])
        if asked.get("district"):
            inside = places_of("assessment__").filter(Q(parent=asked["district"]) | Q(unit=asked["district"]))
            revisions = revisions.filter(Exists(inside))
        if asked.get("area"):
            inside = places_of("assessment__").in_area(asked["area"], OuterRef("assessment__period__ends_on"))
            revisions = revisions.filter(Exists(inside))
        if asked.get("verdict"):
            revisions = revisions.filter(verdict=asked["verdict"])
        return _only(revisions, asked.get("only", ""))

    @property
    def query(self) -> str:
        return urlencode({key: value for key, value in self.initial.items() if value})


def _only(revisions: Any, which: str) -> Any:
    if which == "flips":
        compared: Any = with_previous(revisions)
        return compared.exclude(previous_verdict=None).exclude(previous_verdict=F("verdict"))
    if which == "changed":
        return moved_since_before(with_previous(revisions))
    if which == "resent":
        return revisions.filter(Exists(Review.objects.filter(revision=OuterRef("pk"), verb=Verb.RETURN)))
    if which == "corrections":
        return revisions.filter(number__gt=1)
    if which == "no_evidence":
        return without_evidence(revisions)
    if which == "late":
        return revisions.filter(submitted_at__date__gt=F("assessment__period__due_on"))
    return revisions


def _refusal_of_period(user: User, key: str, own: Iterable[ReportingPeriod]) -> str:
    """Say why a period that exists is none of the person's."""
    asked = None if _chosen(own, "key", key) else ReportingPeriod.objects.filter(key=key).first()
    return refusal_of_place(user, asked) if asked else ""


def _choice(label: str, choices: Iterable[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), required=False)


def _chosen(options: Iterable[Any], attribute: str, value: str | None) -> Any:
    return next((option for option in options if getattr(option, attribute) == value), None)


def _districts_on(user: User, period: ReportingPeriod) -> list[tuple[str, str]]:
    living: Any = UnitVersion.objects.as_of(period.ends_on).visible_to(user)
    return _names(living.of_level(Level.DISTRICT).order_by("name_sort"))


def _districts_ever(user: User) -> list[tuple[str, str]]:
    """Return the districts of the scope, those too that have ended: their periods may still wait."""
    seen: Any = UnitVersion.objects.visible_to(user).of_level(Level.DISTRICT).last_of_each_unit()
    return _names(seen.order_by("name_sort"))


def _areas_on(user: User, period: ReportingPeriod | None) -> list[tuple[str, str]]:
    """Return the areas of the scope that have communes on the period's last day (without a period: on any day)."""
    if user.role in (Role.COMMUNE, Role.DISTRICT):
        return []
    seen: Any = UnitVersion.objects.visible_to(user)
    members = AreaMember.objects.filter(Exists(seen.filter(unit=OuterRef("unit"))))
    if period is not None:
        members = members.filter(holds_on(period.ends_on))
    areas = Area.objects.filter(Exists(members.filter(area=OuterRef("pk"))))
    return [(str(pk), name) for pk, name in areas.values_list("pk", "name")]


def _names(versions: Any) -> list[tuple[str, str]]:
    rows = versions.values_list("unit", "kind", "name")
    return [(str(unit), f"{Kind(kind).label} {name}") for unit, kind, name in rows]


def _waiting_periods(user: User) -> Iterable[ReportingPeriod]:
    waiting = Revision.objects.waiting_for(user).values("assessment__period")
    return ReportingPeriod.objects.filter(pk__in=waiting)
