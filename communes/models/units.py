"""Units in time: one tree of identities, each with dated versions, joined by successions."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from communes.dated import REAL_DAYS
from communes.names import search_key, sort_key
from communes.templatetags.vietnamese import day


class Level(models.TextChoices):
    PROVINCE = "province", "Cấp tỉnh"
    DISTRICT = "district", "Cấp huyện"
    COMMUNE = "commune", "Cấp xã"


class Kind(models.TextChoices):
    """What a unit is called; one kind may stand at two levels (thành phố)."""

    TINH = "tinh", "Tỉnh"
    THANH_PHO = "thanh_pho", "Thành phố"
    QUAN = "quan", "Quận"
    THI_XA = "thi_xa", "Thị xã"
    HUYEN = "huyen", "Huyện"
    PHUONG = "phuong", "Phường"
    THI_TRAN = "thi_tran", "Thị trấn"
    XA = "xa", "Xã"
    DAC_KHU = "dac_khu", "Đặc khu"


def holds_on(day: Any, prefix: str = "") -> Q:
    """Return the condition "the dated row holds on this day"; `day` may be a date or an expression."""
    open_ended = Q(**{f"{prefix}ends_on__isnull": True})
    return Q(**{f"{prefix}starts_on__lte": day}) & (open_ended | Q(**{f"{prefix}ends_on__gte": day}))


class UnitQuerySet(models.QuerySet["Unit"]):
    def living_on(self, day: Any) -> "UnitQuerySet":
        return self.filter(Exists(UnitVersion.objects.filter(holds_on(day), unit=OuterRef("pk"))))

    def answered_by(self, user: Any) -> "UnitQuerySet":
        """Return the user's own place and what it became as a whole: a place follows its succession."""
        return self.filter(
            Exists(Descent.objects.filter(descendant=OuterRef("pk"), ancestor=user.unit_id, is_whole=True))
        )


class LevelManager(models.Manager.from_queryset(UnitQuerySet)):  # type: ignore[misc]
    def __init__(self, level: str) -> None:
        super().__init__()
        self.level = level

    def get_queryset(self) -> UnitQuerySet:
        return UnitQuerySet(self.model, using=self._db).filter(level=self.level)


class Unit(models.Model):
    """Đơn vị hành chính: an identity that outlives its names, codes and parents. Never deleted or moved."""

    key = models.CharField(
        "khóa",
        max_length=40,
        unique=True,
        help_text="Mã khi được lập và ngày lập, ví dụ 23674-20241101. Không thay đổi về sau.",
    )
    level = models.CharField("cấp", max_length=10, choices=Level.choices)
    tile_row = models.PositiveSmallIntegerField("hàng trên sơ đồ ô", null=True, blank=True)
    tile_col = models.PositiveSmallIntegerField("cột trên sơ đồ ô", null=True, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đơn vị hành chính"
        ordering = ("key",)
        constraints = (
            models.CheckConstraint(
                condition=Q(level__in=Level.values),
                name="unit_has_a_known_level",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
        )

    def __str__(self) -> str:
        """ "Xã Ia Băng (23905, đến 30/6/2025)": names and codes recur, a choice among units needs all three.

        Where the versions came with their parents (`with_parent`), also the district: "Xã Ia Băng (Chư Prông, 23905)".
        """
        version = self.latest_version
        if version is None:
            return self.key
        district = getattr(version, "parent_name", "") if version.has_district else ""
        end = f"đến {day(version.ends_on)}" if version.ends_on else ""
        return f"{version.title} ({', '.join(filter(None, (district, version.code, end)))})"

    def get_absolute_url(self) -> str:
        return reverse("unit", args=[self.pk])

    @property
    def latest_version(self) -> "UnitVersion | None":
        """The last of the versions, from the prefetched ones where a page has fetched them."""
        return max(self.versions.all(), key=lambda version: version.starts_on, default=None)

    def version_on(self, day: datetime.date) -> "UnitVersion | None":
        return self.versions.filter(holds_on(day)).first()


class Province(Unit):
    objects = LevelManager(Level.PROVINCE)  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "tỉnh, thành phố"


class District(Unit):
    objects = LevelManager(Level.DISTRICT)  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "đơn vị cấp huyện"


class Commune(Unit):
    objects = LevelManager(Level.COMMUNE)  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "đơn vị cấp xã"


class UnitVersionQuerySet(models.QuerySet["UnitVersion"]):
    def as_of(self, day: Any) -> "UnitVersionQuerySet":
        return self.filter(holds_on(day))

    def of_level(self, level: str) -> "UnitVersionQuerySet":
        return self.filter(unit__level=level)

    def of_kinds(self, kinds: list[str]) -> "UnitVersionQuerySet":
        return self.filter(kind__in=kinds)

    def under(self, unit: Unit) -> "UnitVersionQuerySet":
        """Return the versions of the unit itself and of all that stands below it."""
        return self.filter(Q(unit=unit) | Q(parent=unit) | Q(province=unit))

    def in_territory_of(self, province: Unit, day: Any = None) -> "UnitVersionQuerySet":
        """Return the units that descend from units of the province, whatever province they stand in now.

        With a day those that did by then: who takes in one of its units later did not belong to it before.
        """
        # Not EXISTS: without statistics SQLite would walk the province anew for each unit.
        by_then = {} if day is None else {"first_on__lte": day, "ancestor__versions__starts_on__lte": day}
        heirs = Descent.objects.filter(ancestor__versions__province=province, **by_then)
        return self.filter(unit__in=heirs.values("descendant"))

    def visible_to(self, user: Any) -> "UnitVersionQuerySet":
        """Return what stands in the person's place, or in what the place became, for the versions since then.

        A place follows its succession, and no further back: who answers for a unit that went into another does not
        see what that other was before.
        """
        if user.sees_everything:
            return self
        places = Descent.objects.filter(ancestor=user.unit_id, is_whole=True, since__lte=OuterRef("starts_on"))
        stands_in = Q(descendant=OuterRef("unit")) | Q(descendant=OuterRef("parent"))
        return self.filter(Exists(places.filter(stands_in | Q(descendant=OuterRef("province")))))

    def in_area(self, area: Any, day: Any) -> "UnitVersionQuerySet":
        """Return those that belong to the area of responsibility on the day (`communes.models.areas`)."""
        return self.filter(holds_on(day, "unit__area_members__"), unit__area_members__area=area)

    def with_attribute(self, kind: str, value: str, day: Any) -> "UnitVersionQuerySet":
        """Return those of which the attribute holds on the day (`communes.models.attributes`)."""
        held = {"unit__attributes__kind": kind, "unit__attributes__value": value}
        return self.filter(holds_on(day, "unit__attributes__"), **held)

    def with_a_district(self) -> "UnitVersionQuerySet":
        """Return the communes that stand in a district, not straight under their province."""
        return self.filter(unit__level=Level.COMMUNE).exclude(parent=F("province"))

    def with_district_on(self, day: Any) -> "UnitVersionQuerySet":
        """Annotate `district_name`: the name that the parent bore on the day, for "Ia Băng (Chư Prông)"."""
        parents = UnitVersion.objects.as_of(day).filter(unit=OuterRef("parent"), unit__level=Level.DISTRICT)
        return self.annotate(district_name=Subquery(parents.values("name")[:1]))

    def last_of_each_unit(self) -> "UnitVersionQuerySet":
        """Return, for each unit, the version that it bears now or bore last."""
        later = UnitVersion.objects.filter(unit=OuterRef("unit"), starts_on__gt=OuterRef("starts_on"))
        return self.filter(~Exists(later))

    def with_parent(self, day: Any = None) -> "UnitVersionQuerySet":
        """Add what `parent_title` shows: kind and name of the parent on a day (or when the version began)."""
        above = UnitVersion.objects.filter(holds_on(day or OuterRef("starts_on")), unit=OuterRef("parent"))
        return self.annotate(
            parent_kind=Subquery(above.values("kind")[:1]), parent_name=Subquery(above.values("name")[:1])
        )

    def last_living_day(self, today: datetime.date) -> datetime.date:
        """Return today, or the last day on which one of the versions held if none holds today."""
        found = self.filter(starts_on__lte=today).aggregate(day=Max(Coalesce("ends_on", Value(today))))
        return min(found["day"] or today, today)

    def in_official_order(self) -> "UnitVersionQuerySet":
        return self.order_by("code")

    def count_by_kind(self) -> dict[str, dict[str, int]]:
        """Return level → kind → number of versions; every level is there, a kind only if there is one of it."""
        rows = self.order_by().values_list("unit__level", "kind").annotate(Count("pk"))
        counts = {(level, kind): number for level, kind, number in rows}
        return {
            level: {kind: counts[level, kind] for kind in Kind.values if (level, kind) in counts}
            for level in Level.values
        }

    def by_level(self) -> "UnitVersionQuerySet":
        """Order from the province down, within a level in official order."""
        ranks = [When(unit__level=level, then=rank) for rank, level in enumerate(Level.values)]
        return self.order_by(Case(*ranks), "code", "starts_on")


class UnitVersion(models.Model):
    """Giai đoạn của đơn vị: the code, name, kind and parent that a unit bore between two days, both included.

    `province` is the province above (for a province, itself): kept beside `parent` so that a whole province
    is one join; the one writer (`communes.registry`) derives it from the parent.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="versions", verbose_name="đơn vị")
    code = models.CharField("mã", max_length=5)
    name = models.CharField("tên", max_length=80)
    kind = models.CharField("loại", max_length=10, choices=Kind.choices)
    parent = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="child_versions",
        null=True,
        blank=True,
        verbose_name="trực thuộc",
    )
    province = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="province_versions",
        verbose_name="thuộc tỉnh",
    )
    starts_on = models.DateField("từ ngày", validators=REAL_DAYS)
    ends_on = models.DateField("đến hết ngày", validators=REAL_DAYS, null=True, blank=True)
    source = models.CharField("căn cứ", max_length=200, blank=True)
    name_sort = models.CharField(max_length=400, editable=False, db_index=True)
    name_search = models.CharField(max_length=80, editable=False, db_index=True)

    objects = UnitVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "giai đoạn của đơn vị"
        ordering = ("code", "starts_on")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="version_ends_after_it_starts",
                violation_error_message="Ngày kết thúc không được trước ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="version_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.UniqueConstraint(
                fields=("unit", "starts_on"),
                name="one_version_of_a_unit_starts_on_a_day",
                violation_error_message="Đơn vị đã có giai đoạn từ ngày này; sửa giai đoạn đã có.",
            ),
            models.UniqueConstraint(
                fields=("code", "starts_on"),
                name="one_holder_of_a_code_starts_on_a_day",
                violation_error_message="Mã này đã cấp cho đơn vị khác từ ngày này; kiểm tra lại mã.",
            ),
            models.UniqueConstraint(
                fields=("unit",),
                condition=Q(ends_on__isnull=True),
                name="one_open_version_of_a_unit",
                violation_error_message="Giai đoạn trước chưa kết thúc; ghi ngày kết thúc ở đó trước.",
            ),
            models.UniqueConstraint(
                fields=("code",),
                condition=Q(ends_on__isnull=True),
                name="one_open_holder_of_a_code",
                violation_error_message="Mã này đang là mã của đơn vị khác; kiểm tra lại mã.",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fill_keys()
        super().save(*args, **kwargs)

    def fill_keys(self) -> None:
        """Derive the two text keys; the bulk writer calls it too."""
        self.name_sort, self.name_search = sort_key(self.name), search_key(self.name)

    def clean(self) -> None:
        if self.parent_id is None and self.unit_id and self.unit.level != Level.PROVINCE:
            raise ValidationError({"parent": "Đơn vị cấp huyện, cấp xã phải trực thuộc một đơn vị cấp trên."})

    @property
    def title(self) -> str:
        """ "Xã Ia Băng", "Thành phố Pleiku": the kind before the name, as it is written."""
        return f"{self.get_kind_display()} {self.name}"

    @property
    def parent_title(self) -> str:
        """ "Huyện Chư Prông"; asks for `with_parent()`; empty for a province."""
        kind, name = getattr(self, "parent_kind", None), getattr(self, "parent_name", None)
        return f"{Kind(kind).label} {name}" if kind else ""

    @property
    def has_district(self) -> bool:
        """Whether a district stands between this commune and its province."""
        return self.parent_id is not None and self.parent_id != self.province_id


class Succession(models.Model):
    """Kế thừa: on a day a unit became, wholly or in part, another. A unit that goes on has no row of it."""

    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="successor_links", verbose_name="đơn vị trước")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="predecessor_links", verbose_name="đơn vị sau")
    effective_on = models.DateField("có hiệu lực từ ngày", validators=REAL_DAYS)
    share = models.DecimalField(
        "phần chuyển sang",
        max_digits=4,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="1 là toàn bộ; bỏ trống khi chỉ biết là một phần.",
    )
    resolution = models.CharField("nghị quyết", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "kế thừa giữa các đơn vị"
        ordering = ("effective_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("predecessor", "successor"),
                name="one_succession_between_two_units",
                violation_error_message="Kế thừa giữa hai đơn vị này đã có; sửa dòng đã có.",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="a_unit_does_not_succeed_itself",
                violation_error_message="Đơn vị không kế thừa chính nó; chọn đơn vị khác.",
            ),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=1),
                name="share_is_above_0_up_to_1",
                violation_error_message="Phần chuyển sang phải lớn hơn 0 và không quá 1.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class Descent(models.Model):
    """Nguồn gốc: one unit came, over any number of successions, from another; each unit from itself.

    Derived from the successions by `communes.registry.rebuild_descent`. `is_whole`: the ancestor went whole
    at each step; `since`: the day of the last step (for a unit and itself, the first day there is); `first_on`: the
    day on which the first part of it came, where a part came before the whole.
    """

    ancestor = models.ForeignKey(Unit, models.CASCADE, related_name="descents")
    descendant = models.ForeignKey(Unit, models.CASCADE, related_name="origins")
    is_whole = models.BooleanField()
    since = models.DateField()
    first_on = models.DateField(default=datetime.date.min)

    class Meta:
        verbose_name = verbose_name_plural = "nguồn gốc đơn vị"
        constraints = (
            models.UniqueConstraint(fields=("ancestor", "descendant"), name="one_descent_between_two_units"),
        )

    def __str__(self) -> str:
        return f"{self.ancestor_id} → {self.descendant_id}"
