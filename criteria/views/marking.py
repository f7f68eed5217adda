"""The officer's own file back, its errors marked."""

import uuid
from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from criteria.models import SAVED, Upload
from criteria.uploads.applying import plan_of
from criteria.views.uploads import attachment, uploader
from criteria.workbooks.marking import mark_workbook, marked_name
from criteria.workbooks.reading import Refused


@require_safe
def upload_marked(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Tệp đã đánh dấu lỗi: the wrong cells filled and noted, all errors listed; made anew each time."""
    user = uploader(request)
    found = get_object_or_404(Upload.objects.visible_to(user).select_related("period", "unit"), pk=pk)
    faults = plan_of(found, by=user).faults if found.reading and found.state not in SAVED[1:] else []
    if not faults:
        messages.info(request, "Lần nộp này không có lỗi để đánh dấu.")
        return redirect(found)
    try:
        content = mark_workbook(bytes(found.content), found.filename, map(asdict, faults))
    except Refused as refused:
        messages.error(request, refused.reason)
        return redirect(found)
    return attachment(content, marked_name(found.filename))
