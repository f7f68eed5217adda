"""Boundary events: what was decided of units by hand, who decided it, and what it changed in the registry."""

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from communes.dated import REAL_DAYS
from communes.models.people import Role
from communes.models.units import Unit


class EventKind(models.TextChoices):
    """What an event does; a unit goes on through a new name and through taking in, else it ends."""

    RENAME = "rename", "Đổi tên, mã, loại hoặc đơn vị cấp trên"
    MERGE = "merge", "Sáp nhập"
    SPLIT = "split", "Chia"
    PART = "part", "Nhập một phần"
    FOUND = "found", "Thành lập"
    DISSOLVE = "dissolve", "Giải thể"
    END_LEVEL = "end_level", "Kết thúc cấp huyện của một tỉnh"


class EventState(models.TextChoices):
    DRAFT = "draft", "Đang lập"
    SUBMITTED = "submitted", "Đã gửi, chờ duyệt"
    APPLIED = "applied", "Đã duyệt, đã áp dụng"
    UNDONE = "undone", "Đã hủy áp dụng"


DECIDED = (EventState.APPLIED, EventState.UNDONE)


def go_together(prefix: str) -> Q:
    """Return the condition "by and at are both empty or both filled"."""
    names = (f"{prefix}_by__isnull", f"{prefix}_at__isnull")
    return Q(**dict.fromkeys(names, True)) | Q(**dict.fromkeys(names, False))


class BoundaryEventQuerySet(models.QuerySet["BoundaryEvent"]):
    def visible_to(self, user: Any) -> "BoundaryEventQuerySet":
        """Return all for an administrator; for a provincial officer what was sent to decide on in his province."""
        if user.role == Role.ADMINISTRATOR:
            return self
        if user.role == Role.PROVINCE:
            return self.exclude(state=EventState.DRAFT).filter(province__in=Unit.objects.answered_by(user))
        return self.none()

    def applied(self) -> "BoundaryEventQuerySet":
        return self.filter(state=EventState.APPLIED)


class BoundaryEvent(models.Model):
    """Sự kiện sắp xếp đơn vị hành chính: one decision on units, made by one person and approved by another.

    `choice` is what the maker chose (`communes.events.Choice`). The registry's rows that follow from it: `written`
    are put in, `removed` taken out, `before` is how these stood; undoing an event puts `before` back. `province` is
    that of all its units on the eve, or empty where they stand in several: then only an administrator decides.
    """

    kind = models.CharField("loại", max_length=10, choices=EventKind.choices)
    effective_on = models.DateField("có hiệu lực từ ngày", validators=REAL_DAYS)
    resolution = models.CharField("số nghị quyết", max_length=60)
    resolution_on = models.DateField("ngày ban hành", validators=REAL_DAYS, null=True, blank=True)
    province = models.ForeignKey(
        Unit, models.PROTECT, related_name="events", null=True, blank=True, verbose_name="tỉnh"
    )
    summary = models.CharField("nội dung", max_length=300)
    state = models.CharField(
        "trạng thái", max_length=10, choices=EventState.choices, default=EventState.DRAFT, db_index=True
    )
    choice = models.JSONField("lựa chọn", default=dict)
    written = models.JSONField("ghi vào danh mục", default=dict)
    removed = models.JSONField("bỏ khỏi danh mục", default=dict)
    before = models.JSONField("danh mục trước đó", default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="made_events", verbose_name="người lập"
    )
    made_at = models.DateTimeField("lập lúc", default=timezone.now)
    submitted_at = models.DateTimeField("gửi lúc", null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="returned_events",
        null=True,
        blank=True,
        verbose_name="người trả lại",
    )
    returned_at = models.DateTimeField("trả lại lúc", null=True, blank=True)
    returned_reason = models.CharField("lý do trả lại", max_length=300, blank=True, default="")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="approved_events",
        null=True,
        blank=True,
        verbose_name="người duyệt",
    )
    approved_at = models.DateTimeField("duyệt lúc", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="undone_events",
        null=True,
        blank=True,
        verbose_name="người hủy áp dụng",
    )
    undone_at = models.DateTimeField("hủy áp dụng lúc", null=True, blank=True)
    undone_reason = models.CharField("lý do hủy áp dụng", max_length=300, blank=True, default="")
    updated_at = models.DateTimeField("sửa lúc", auto_now=True)

    objects = BoundaryEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "sắp xếp đơn vị hành chính"
        ordering = ("-effective_on", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=EventKind.values),
                name="event_has_a_known_kind",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EventState.values),
                name="event_has_a_known_state",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
            models.CheckConstraint(
                condition=go_together("returned"),
                name="event_returned_by_and_at_go_together",
                violation_error_message="Trả lại cần cả người và thời điểm trả lại.",
            ),
            models.CheckConstraint(
                condition=go_together("approved"),
                name="event_approved_by_and_at_go_together",
                violation_error_message="Duyệt cần cả người và thời điểm duyệt.",
            ),
            models.CheckConstraint(
                condition=go_together("undone"),
                name="event_undone_by_and_at_go_together",
                violation_error_message="Hủy áp dụng cần cả người và thời điểm hủy.",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
                name="the_maker_of_an_event_does_not_approve_it",
                violation_error_message="Người lập không duyệt việc sắp xếp do mình lập; đề nghị người khác duyệt.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DECIDED, approved_by__isnull=False)
                | (~Q(state__in=DECIDED) & Q(approved_by__isnull=True)),
                name="an_event_is_applied_when_it_is_approved",
                violation_error_message="Việc sắp xếp chỉ được áp dụng khi có người duyệt.",
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.UNDONE, undone_by__isnull=False)
                | (~Q(state=EventState.UNDONE) & Q(undone_by__isnull=True)),
                name="an_event_is_undone_by_somebody",
                violation_error_message="Hủy áp dụng cần người hủy.",
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.DRAFT) | Q(submitted_at__isnull=False),
                name="an_event_is_decided_after_it_was_submitted",
                violation_error_message="Gửi việc sắp xếp trước khi duyệt.",
            ),
            models.CheckConstraint(
                condition=Q(returned_by__isnull=True) | ~Q(returned_reason=""),
                name="a_returned_event_has_a_reason",
                violation_error_message="Ghi lý do trả lại.",
            ),
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True) | ~Q(undone_reason=""),
                name="an_undone_event_has_a_reason",
                violation_error_message="Ghi lý do hủy áp dụng.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.summary} (từ {self.effective_on:%d/%m/%Y}, {self.resolution})"

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.pk])

    @property
    def eve(self) -> datetime.date:
        return self.effective_on - datetime.timedelta(days=1)

    @property
    def stamp(self) -> str:
        """A mark of the event as it stands now, for a page to bring back with the decision."""
        return self.updated_at.isoformat()
