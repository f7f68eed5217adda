"""Đối chiếu cột, chọn đơn vị: what an officer tells of a table that is not ours; and the columns remembered."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from communes.addresses import number_in
from criteria.models import ColumnMapping, Upload, UploadState
from criteria.uploads.applying import check_anew, place_on_last_day, plan_of
from criteria.uploads.columns import Asking, askings_of, forget, remember
from criteria.uploads.forms import ColumnsForm, UnitsForm
from criteria.uploads.units import choose, unclear_in
from criteria.views.uploads import ROWS, found_upload, section, uploader
from criteria.workbooks.reading import Refused

NOTHING_TO_MAP = "Không còn cột nào cần đối chiếu."
SAVED_ALREADY = "Lần nộp này đã được lưu, không đối chiếu lại."


@require_http_methods(["GET", "POST"])
def upload_columns(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Đối chiếu cột: one table at a time, until every column is known or said to be none."""
    user = uploader(request)
    found = found_upload(user, pk)
    askings = _askings(request, found)
    if not askings:
        return redirect(found)
    asking = next((one for one in askings if one.title == request.GET.get("sheet")), askings[0])
    form = ColumnsForm(request.POST if request.method == "POST" else None, asking=asking)
    if request.method == "POST" and form.is_valid():
        remember(found, asking, form.chosen, by=user)
        check_anew(found, by=user)
        rest = [one.title for one in askings if one is not asking]
        return redirect(_address(found, rest[0]) if rest else found)
    context = {"upload": found, "place": place_on_last_day(found), "asking": asking, "askings": askings, "form": form}
    return render(request, "upload_columns.html", context)


@require_http_methods(["GET", "POST"])
def upload_units(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Chọn đơn vị: which unit a name means that leads to none, from a short list, never chosen beforehand."""
    user = uploader(request)
    found = found_upload(user, pk)
    if _is_closed(request, found):
        return redirect(found)
    unclear = unclear_in(plan_of(found, by=user))
    if not unclear:
        messages.info(request, "Không còn dòng nào chưa rõ đơn vị.")
        return redirect(found)
    form = UnitsForm(request.POST if request.method == "POST" else None, unclear=unclear)
    if request.method == "POST" and form.is_valid():
        choose(found, unclear, form.chosen, form.proposed, by=user)
        check_anew(found, by=user)
        return redirect(found)
    context = {"upload": found, "place": place_on_last_day(found), "form": form}
    return render(request, "upload_units.html", context)


@require_safe
def column_mappings(request: HttpRequest) -> HttpResponse:
    """Cột đã đối chiếu: what is remembered of the tables of the person's places, and what was."""
    user = uploader(request)
    rows = ColumnMapping.objects.visible_to(user).select_related("indicator", "condition", "made_by", "removed_by")
    rows = rows.prefetch_related("unit__versions").order_by("removed_at", "-made_at", "pk")
    return render(request, "column_mappings.html", {"mappings": section(request, "page", rows, ROWS)})


@require_http_methods(["GET", "POST"])
def column_mapping_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Bỏ: the next file is asked for the column again; what was saved by it stays."""
    user = uploader(request)
    mapping = get_object_or_404(ColumnMapping.objects.visible_to(user).live(), pk=pk)
    if request.method == "POST":
        forget(mapping, by=user)
        messages.success(request, f"Đã bỏ đối chiếu cột “{mapping.header}”. Tệp nộp sau sẽ được hỏi lại cột này.")
    return redirect("column_mappings")


def _askings(request: HttpRequest, upload: Upload) -> list[Asking]:
    """Return the tables that ask for columns; with none the person is told why."""
    if _is_closed(request, upload):
        return []
    line = number_in(request.GET.get("line", ""))
    try:
        found = list(askings_of(_whole(upload), place_on_last_day(upload), {request.GET.get("sheet", ""): line or 0}))
    except Refused as refused:
        messages.error(request, refused.reason)
        return []
    if not found:
        messages.info(request, NOTHING_TO_MAP)
    return found


def _is_closed(request: HttpRequest, upload: Upload) -> bool:
    if upload.state != UploadState.CHECKED:
        messages.info(request, SAVED_ALREADY)
        return True
    return False


def _whole(upload: Upload) -> Upload:
    """Return the upload with its file."""
    upload.refresh_from_db(fields=["content"])
    return upload


def _address(upload: Upload, sheet: str) -> str:
    return f"{reverse('upload_columns', args=[upload.pk])}?{urlencode({'sheet': sheet})}"
