"""What the frame of every page shows: the menu of the role, the plan's number, the notice of sample data."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from communes.models import Role, User
from criteria.models import Revision
from criteria.uploads.places import refusal_to_upload
from reports.models import Plan

EVERYONE = tuple(Role)
SAMPLES = Revision.objects.filter(is_sample=True)
UPLOADING = tuple(role for role in Role if not refusal_to_upload(role))
DECIDING = {Role.DISTRICT: "Chờ thẩm tra", Role.PROVINCE: "Chờ xác nhận"}
# The pages in the order of the menu (wording.md): address name, words, who sees it.
PAGES: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("overview", "Tổng quan", EVERYONE),
    ("units", "Đơn vị hành chính", EVERYONE),
    ("assessments", "Đánh giá chỉ tiêu", EVERYONE),
    ("uploads", "Nộp biểu Excel", UPLOADING),
    ("reviews", "", tuple(DECIDING)),
    ("periods", "Kỳ báo cáo", EVERYONE),
)


@dataclass(frozen=True)
class MenuItem:
    url: str
    label: str
    is_current: bool
    count: int = 0


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor; each part asks the database only where a page prints it, at most once."""
    user = getattr(request, "user", None)
    told = Told(user if isinstance(user, User) else None)
    return {
        "menu": SimpleLazyObject(lambda: menu_of(user, request.path, told) if isinstance(user, User) else []),
        "has_sample_data": SimpleLazyObject(lambda: told.has_sample_data),
        "portal": {"subtitle": SimpleLazyObject(lambda: told.subtitle), "today": timezone.localdate()},
    }


@dataclass(frozen=True)
class Told:
    """What the frame tells of the database: one query for all of it, and none on a page that prints nothing of it."""

    user: User | None

    @cached_property
    def plan(self) -> Any:
        """The plan with `has_sample_data`, and with `waiting`: how many results wait for the person's decision."""
        waiting = Revision.objects.waiting_for(self.user) if self.user else Revision.objects.none()
        counted = waiting.order_by().values(all=Value(1)).annotate(count=Count("pk")).values("count")
        return (
            Plan.objects.order_by("-signed_on")
            .annotate(has_sample_data=Exists(SAMPLES), waiting=Coalesce(Subquery(counted), 0))
            .first()
        )

    @property
    def subtitle(self) -> str:
        return str(self.plan) if self.plan else ""

    @property
    def has_sample_data(self) -> bool:
        return self.plan.has_sample_data if self.plan else SAMPLES.exists()

    @property
    def waiting(self) -> int:
        return self.plan.waiting if self.plan else Revision.objects.waiting_for(self.user).count()


def menu_of(user: User, path: str, told: Told) -> list[MenuItem]:
    """Return the pages that the person's role works with."""
    items = []
    for name, label, roles in PAGES:
        if user.role in roles:
            url = reverse(name)
            count = told.waiting if name == "reviews" else 0
            items.append(MenuItem(url, label or DECIDING[Role(user.role)], is_current(url, path), count))
    if user.is_staff:
        items.append(MenuItem(reverse("admin:index"), "Quản trị hệ thống", is_current=False))
    return items


def is_current(url: str, path: str) -> bool:
    home = reverse("overview")
    return path == url if url == home else path.startswith(url)
