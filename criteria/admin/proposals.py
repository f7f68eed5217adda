"""Đề nghị tên gọi khác: what officers would have kept of the names in their files; an administrator decides."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from communes.admin.columns import columns
from communes.admin.read_only import ReadOnlyAdmin
from communes.models import Role, User
from communes.registry import Refused
from criteria.models import AliasProposal, ProposalState
from criteria.uploads.units import accept, refuse


@admin.register(AliasProposal)
class AliasProposalAdmin(ReadOnlyAdmin):
    """A list with two actions; nothing is typed here, and an accepted name stands among the other names of its unit."""

    list_display = columns(
        AliasProposal, "name", "unit", "proposed_by", "proposed_at", "state", "decided_by", "decided_at"
    )
    list_display_links = None
    list_filter = ("state",)
    search_fields = ("name",)
    search_help_text = "Tên gọi khác"
    list_per_page = 50
    actions = ("accept_proposals", "refuse_proposals")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("unit", "proposed_by", "decided_by", "upload")
        return rows.prefetch_related("unit__versions", "proposed_by__unit__versions", "decided_by__unit__versions")

    @admin.action(description="Chấp nhận: lưu thành tên gọi khác", permissions=["decide"])
    def accept_proposals(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, accept, "Đã chấp nhận")

    @admin.action(description="Từ chối", permissions=["decide"])
    def refuse_proposals(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._decide(request, queryset, refuse, "Đã từ chối")

    def _decide(self, request: HttpRequest, queryset: QuerySet, act: Callable[..., None], done: str) -> None:
        count = 0
        for proposal in queryset.filter(state=ProposalState.OPEN):
            try:
                act(proposal, by=cast(User, request.user))
                count += 1
            except Refused as refused:
                messages.error(request, f"“{proposal.name}”: {refused}")
        tell = messages.success if count else messages.info
        tell(request, f"{done} {count} đề nghị." if count else "Không có đề nghị nào chờ xét trong các dòng đã chọn.")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") == Role.ADMINISTRATOR

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_decide_permission(request)
