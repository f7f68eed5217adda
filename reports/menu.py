"""What the frame of every page shows: the menu of the role, the plan's number, the notice of sample data."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from communes.models import Role, User
from criteria.models import Revision
from criteria.uploads.places import refusal_to_upload
from reports.models import Plan

EVERYONE = tuple(Role)
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
    return {
        "menu": SimpleLazyObject(lambda: menu_of(user, request.path) if isinstance(user, User) else []),
        "has_sample_data": SimpleLazyObject(Revision.objects.filter(is_sample=True).exists),
        "portal": {"subtitle": SimpleLazyObject(subtitle), "today": timezone.localdate()},
    }


def menu_of(user: User, path: str) -> list[MenuItem]:
    """Return the pages that the person's role works with."""
    items = []
    for name, label, roles in PAGES:
        if user.role in roles:
            url = reverse(name)
            count = Revision.objects.waiting_for(user).count() if name == "reviews" else 0
            items.append(MenuItem(url, label or DECIDING[Role(user.role)], is_current(url, path), count))
    if user.is_staff:
        items.append(MenuItem(reverse("admin:index"), "Quản trị hệ thống", is_current=False))
    return items


def subtitle() -> str:
    plan = Plan.objects.order_by("-signed_on").first()
    return str(plan) if plan else ""


def is_current(url: str, path: str) -> bool:
    home = reverse("overview")
    return path == url if url == home else path.startswith(url)
