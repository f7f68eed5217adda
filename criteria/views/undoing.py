"""Hủy lần nộp: what would come back, what stands in the way, and doing it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from criteria.models import UploadState
from criteria.uploads.applying import place_on_last_day
from criteria.uploads.forms import UndoForm
from criteria.uploads.undoing import Undone, undo_plan_of, undo_upload
from criteria.views.uploads import ROWS, found_upload, section, uploader


@require_http_methods(["GET", "POST"])
def upload_undo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hủy lần nộp: as a whole, once, with a reason; else the list of what stands in the way."""
    user = uploader(request)
    found = found_upload(user, pk)
    form = UndoForm(request.POST or None)
    if found.state == UploadState.APPLIED and request.method == "POST" and form.is_valid():
        undone = undo_upload(found.pk, by=user, reason=form.cleaned_data["reason"])
        tell, text = _said_of(undone)
        tell(request, text)
        return redirect("upload_undo" if undone.plan.obstacles else "upload", pk)
    if found.state != UploadState.APPLIED:
        if found.state == UploadState.UNDONE:
            messages.info(request, "Lần nộp này đã được hủy trước đó.")
        return redirect(found)
    plan = undo_plan_of(found, by=user)
    rows = section(request, "page", plan.obstacles or plan.rows, ROWS)
    context = {"upload": found, "place": place_on_last_day(found), "plan": plan, "section": rows, "form": form}
    return render(request, "upload_undo.html", context)


def _said_of(undone: Undone) -> tuple[Any, str]:
    """Return how and in which words to tell what came of undoing."""
    if undone.is_repeated:
        return messages.info, "Lần nộp này đã được hủy trước đó."
    if not undone.is_done:
        return messages.error, "Chưa hủy được: có kết quả đã được xét hoặc đã thay đổi. Chưa hủy kết quả nào."
    return messages.success, f"Đã hủy lần nộp. {len(undone.plan.rows)} kết quả trở lại như trước."
