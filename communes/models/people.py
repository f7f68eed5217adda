"""Who works in the portal, and the place each answers for."""

from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from communes.models.units import Level, Unit, UnitVersion


class Role(models.TextChoices):
    COMMUNE = "commune", "Công an xã"
    DISTRICT = "district", "Công an huyện"
    PROVINCE = "province", "Công an tỉnh"
    LEADER = "leader", "Lãnh đạo"
    ADMINISTRATOR = "administrator", "Quản trị hệ thống"


# The level of the place that a role answers for; a leader may have a province or none.
PLACE_LEVELS: dict[str, str] = {
    Role.COMMUNE: Level.COMMUNE,
    Role.DISTRICT: Level.DISTRICT,
    Role.PROVINCE: Level.PROVINCE,
}


class PersonManager(UserManager["User"]):
    """A person comes with the unit that he answers for: every page names it and asks what he may see."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet["User"]:
        return super().get_queryset().select_related("unit")


class User(AbstractUser):
    """Người dùng: a person with one role and, for an officer, the unit (đơn vị công tác) he answers for."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField("họ tên", max_length=80)
    role = models.CharField("vai trò", max_length=15, choices=Role.choices)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        verbose_name="đơn vị công tác",
    )
    phone = models.CharField("điện thoại", max_length=20, blank=True)
    must_change_password = models.BooleanField(
        "phải đổi mật khẩu",
        default=False,
        help_text="Mật khẩu do quản trị hệ thống đặt chỉ dùng cho lần đăng nhập tới.",
    )

    objects: ClassVar[PersonManager] = PersonManager()

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "role"]

    class Meta:
        verbose_name = verbose_name_plural = "người dùng"
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="user_has_a_known_role",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=list(PLACE_LEVELS)) | Q(unit__isnull=False),
                name="an_officer_has_a_place",
                violation_error_message="Vai trò này cần đơn vị công tác.",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMINISTRATOR) | Q(unit__isnull=True),
                name="an_administrator_has_no_place",
                violation_error_message="Quản trị hệ thống không có đơn vị công tác; bỏ trống ô này.",
            ),
        )

    def __str__(self) -> str:
        return self.signature

    def clean(self) -> None:
        super().clean()
        needed = PLACE_LEVELS.get(
            self.role,
            Level.PROVINCE if self.role == Role.LEADER and self.unit else None,
        )
        found = self.unit.level if self.unit else None
        if found != needed:
            wanted = Level(needed).label.lower() if needed else "bỏ trống"
            raise ValidationError({"unit": f"Đơn vị công tác của vai trò này phải là: {wanted}."})

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name

    @property
    def sees_everything(self) -> bool:
        """An administrator, and a leader without a place, see every province."""
        return self.role == Role.ADMINISTRATOR or (self.role == Role.LEADER and self.unit_id is None)

    @cached_property
    def place(self) -> UnitVersion | None:
        """The unit that the person answers for, under its last name; read once for a request."""
        return self.unit.latest_version if self.unit else None

    @property
    def post(self) -> str:
        """ "Công an huyện Chư Prông", "Công an tỉnh Gia Lai": the body this person speaks for."""
        version = self.place
        if version is None:
            return self.get_role_display()
        if self.role == Role.LEADER:
            return f"Lãnh đạo {version.get_kind_display().lower()} {version.name}"
        return f"Công an {version.get_kind_display().lower()} {version.name}"

    @property
    def signature(self) -> str:
        return f"{self.full_name} – {self.post}"
