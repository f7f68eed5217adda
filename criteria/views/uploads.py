"""Nộp biểu Excel: the workbook out, the filled one in, checked, saved, sent; and the register of what came in."""

import io
import uuid
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from communes.addresses import number_in
from communes.models import Level, User
from criteria import rules
from criteria.checking import check_of
from criteria.entering import Status
from criteria.extensions import refusal_of_door
from criteria.models import ReportingPeriod, Revision, Upload, UploadState, Verb
from criteria.period_listing import running_for
from criteria.periods import end_of_districts, period_to_open
from criteria.steps import StepRefused
from criteria.uploads.applying import Applied, apply_upload, place_on_last_day, plan_of, receive
from criteria.uploads.books import book_of, books_of_districts, filename_of, indicators_of
from criteria.uploads.forms import XLSX, PeriodForm, SubmitForm, UploadForm, periods_for
from criteria.uploads.places import PlaceUnknown, areas_for, own_places, places_for, refusal_to_upload
from criteria.uploads.receipts import receipt_of
from criteria.uploads.sending import Sending, send, sending_of
from criteria.workbooks.template import write_workbook

REGISTER_ROWS, ROWS, ERROR_ROWS = 20, 25, 100


@dataclass(frozen=True)
class Section:
    """One table of a page with several, turned by its own number in the address (`?new=2#new`)."""

    key: str
    page: Page[Any]
    previous: str = ""
    next: str = ""


def uploads(request: HttpRequest) -> HttpResponse:
    """Choose the period, get the workbook, hand it in filled; below, what was handed in before."""
    user = uploader(request)
    period = _period_asked(request, user)
    given: dict[str, Any] = {"user": user, "period": period, "initial": _continued(request, user)}
    form = UploadForm(request.POST or None, request.FILES or None, **given)
    if request.method == "POST" and period and form.is_valid():
        received = _received(request, form, period)
        if received:
            return redirect(received)
    found = Upload.objects.visible_to(user).select_related("period", "by").prefetch_related("unit__versions")
    places = _places(user, period)
    context = {
        "period": period,
        "period_form": PeriodForm(initial={"period": period.key if period else None}, user=user),
        "form": form,
        "places": places,
        "areas": areas_for(user, period).filter(officer=user) if period else [],
        "closed": refusal_of_door(user, period) if period else "",
        "extensions": running_for(user, period) if period else [],
        "register": section(request, "page", found.defer("content", "reading", "undone_rows"), REGISTER_ROWS),
        "sees_several": user.role in rules.ON_BEHALF_ROLES,
        "provinces": [place for place in places if place.unit.level == Level.PROVINCE],
        "has_districts": any(place.unit.level == Level.DISTRICT for place in places),
        "ended": end_of_districts(user),
    }
    return render(request, "uploads.html", context)


@require_safe
def workbook_download(request: HttpRequest, period_key: str) -> HttpResponse:
    """The prefilled workbook of the person's district, of the place `?unit=` (a code) or the area `?area=` (a key)."""
    user = uploader(request)
    period = get_object_or_404(ReportingPeriod, key=period_key)
    code, key = request.GET.get("unit"), request.GET.get("area", "")
    found = places_for(user, period).filter(code=code) if code else own_places(user, period)
    area = get_object_or_404(areas_for(user, period), pk=number_in(key) or 0) if key else None
    place = found.filter(unit=area.province_id).first() if area else found.first()
    if place is None:
        raise Http404
    book = book_of(place, period, indicators_of(place, period, area), area)
    return attachment(write_workbook(book), filename_of(area or place, period))


@require_safe
def workbooks_download(request: HttpRequest, period_key: str) -> HttpResponse:
    """A .zip with the prefilled workbook of each district of the person's province, or of the province `?unit=`."""
    user = uploader(request)
    period = get_object_or_404(ReportingPeriod, key=period_key)
    provinces = own_places(user, period).of_level(Level.PROVINCE)
    code = request.GET.get("unit")
    place = (provinces.filter(code=code) if code else provinces).first()
    books = list(books_of_districts(place, period)) if place else []
    if place is None or not books:
        raise Http404
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:  # an .xlsx is packed already
        for filename, book in books:
            archive.writestr(filename, write_workbook(book))
    return attachment(target.getvalue(), filename_of(place, period).replace(".xlsx", ".zip"))


@require_safe
def upload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One upload: what it would do and everything that is wrong; once saved, the receipt and the way on."""
    user = uploader(request)
    found = found_upload(user, pk)
    context: dict[str, Any] = {"upload": found, "place": place_on_last_day(found), "earlier": _earlier(found, user)}
    if found.state == UploadState.UNDONE:
        context |= {"undone": section(request, "page", found.undone_rows, ROWS), "counts": found.outcome}
    elif found.state != UploadState.REFUSED:
        plan = plan_of(found, by=user)
        context |= {"plan": plan, "counts": plan.counts(), "noun": plan.noun}
        if found.state == UploadState.APPLIED:
            written = section(request, "page", receipt_of(found), ROWS)
            context |= {"sending": sending_of(plan), "counts": found.outcome, "written": written}
        else:
            context |= {"errors": section(request, "errors", plan.faults, ERROR_ROWS)}
            context |= {str(s): section(request, str(s), plan.of(s), ROWS) for s in Status.values}
            context |= {"documents": section(request, "documents", plan.documents.new, ROWS)}
            context |= {"half_judged": section(request, "half", plan.half_judged, ROWS)}
    return render(request, "upload.html", context)


@require_safe
def upload_batch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The files that were handed in at once: what came of each, and the way to save and send it."""
    user = uploader(request)
    rows = Upload.objects.visible_to(user).filter(batch=pk).select_related("period", "by").order_by("filename", "pk")
    found = list(rows.prefetch_related("unit__versions").defer("content", "reading", "undone_rows"))
    if not found:
        raise Http404
    taken = Counter(upload.unit_id for upload in found if upload.state != UploadState.REFUSED)
    twice = {unit for unit, count in taken.items() if count > 1}
    return render(request, "upload_batch.html", {"uploads": found, "first": found[0], "twice": twice})


@require_http_methods(["GET", "POST"])
def upload_apply(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Lưu: once, whole or not at all. By GET (after signing in again) it leads back to the check."""
    user = uploader(request)
    found = found_upload(user, pk)
    if request.method == "POST" and found.state in (UploadState.CHECKED, UploadState.APPLIED):
        left_out = number_in(request.POST.get("leaving_out", "")) or 0
        applied = apply_upload(found.pk, by=user, seen=request.POST.get("seen", ""), leaving_out=left_out)
        tell, text = _said_of(applied)
        tell(request, text)
    return redirect(found)


@require_http_methods(["GET", "POST"])
def upload_submit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Gửi: says how many of how many go and who is left out; sends them once that is confirmed."""
    user = uploader(request)
    found = found_upload(user, pk)
    if found.state != UploadState.APPLIED:
        return redirect(found)
    sending = sending_of(plan_of(found, by=user))
    check = check_of(Verb.SUBMIT, _of_sending(user, sending), user)
    form = SubmitForm(request.POST or None, asks_reason=bool(sending.half_judged), check=check)
    if request.method == "POST" and not check.refused and form.is_valid():
        if form.cleaned_data["count"] == len(sending.revisions):
            return _sent(request, found, sending, form)
        messages.warning(request, "Số kết quả sẽ gửi đã thay đổi. Xem lại rồi gửi.")
    context = {"upload": found, "place": place_on_last_day(found), "sending": sending, "form": form, "check": check}
    return render(request, "upload_submit.html", context)


@require_safe
def upload_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file as it came in, never opened by the browser."""
    found = get_object_or_404(Upload.objects.visible_to(uploader(request)), pk=pk)
    return attachment(bytes(found.content), found.filename)


def uploader(request: HttpRequest) -> User:
    """Return the signed-in person, if the role hands in workbooks."""
    user = cast(User, request.user)  # LoginRequiredMiddleware lets nobody else in
    refusal = refusal_to_upload(user.role)
    if refusal:
        raise PermissionDenied(refusal)
    return user


def found_upload(user: User, pk: uuid.UUID) -> Upload:
    rows = Upload.objects.visible_to(user).select_related("period", "by", "applied_by", "undone_by", "unit", "follows")
    return get_object_or_404(rows.defer("content", "follows__content", "follows__reading"), pk=pk)


def _period_asked(request: HttpRequest, user: User) -> ReportingPeriod | None:
    """Return the period of the address or the form, else the one to open with; 404 if it is not the person's."""
    key = request.POST.get("period") or request.GET.get("period")
    if key:
        return get_object_or_404(periods_for(user), key=key)
    opened = period_to_open(user, timezone.localdate())
    own = periods_for(user)
    return (own.filter(pk=opened.pk).first() if opened else None) or own.first()


def _continued(request: HttpRequest, user: User) -> dict[str, Any]:
    """Return what a mended file takes over from the upload `?after=`: its letter stands."""
    form = UploadForm({"after": request.GET.get("after", "")}, user=user)
    form.is_valid()
    before = form.follows
    letter = {"letter_number": before.letter_number, "letter_on": before.letter_on} if before else {}
    return {"after": before.pk, **letter} if before else {}


def _received(request: HttpRequest, form: UploadForm, period: ReportingPeriod) -> Upload | str:
    """Keep the files and return where to go on: to the one upload, or the address of several; "" if none was kept."""
    files: list[UploadedFile] = form.cleaned_data["file"]
    batch = uuid.uuid4() if len(files) > 1 else None
    given = {"letter": form.letter, "indicator": form.cleaned_data["indicator"], "follows": form.follows}
    kept = []
    for file in files:
        try:
            kept.append(receive(file.read(), file.name or "", by=form.user, period=period, batch=batch, **given))
        except PlaceUnknown as unknown:
            if batch:
                messages.error(request, f"{file.name}: {unknown}")
            else:
                form.add_error("file", str(unknown))
    if not kept or batch is None:
        return kept[0] if kept else ""
    return reverse("upload_batch", args=[batch])


def _places(user: User, period: ReportingPeriod | None) -> list[Any]:
    """Return whose workbook may be asked for: one's own first, then the districts of the province."""
    if period is None:
        return []
    own = list(own_places(user, period))
    rest = places_for(user, period).exclude(pk__in=[place.pk for place in own]).in_official_order()
    return [*own, *rest]


def section(request: HttpRequest, key: str, rows: Any, size: int) -> Section:
    page = Paginator(rows, size).get_page(request.GET.get(key))

    def address(number: int) -> str:
        query = request.GET.copy()
        query[key] = str(number)
        return f"?{query.urlencode()}#{key}"

    return Section(
        key,
        page,
        previous=address(page.previous_page_number()) if page.has_previous() else "",
        next=address(page.next_page_number()) if page.has_next() else "",
    )


def _earlier(upload: Upload, user: User) -> Upload | None:
    """Return another upload of exactly this file for the same period, the latest one."""
    same = Upload.objects.visible_to(user).filter(sha256=upload.sha256, period=upload.period, at__lt=upload.at)
    return same.defer("content", "reading").first()


def _said_of(applied: Applied) -> tuple[Any, str]:
    """Return how and in which words to tell what came of saving."""
    if applied.is_repeated:
        return messages.info, "Lần nộp này đã được lưu trước đó, không lưu lại."
    if applied.is_stale:
        return messages.warning, "Kết quả đang lưu đã thay đổi sau khi kiểm tra. Xem lại rồi lưu."
    if not applied.is_done:
        return messages.error, f"Tệp có {len(applied.plan.faults)} lỗi cần sửa, chưa lưu dòng nào."
    left_out = f", bỏ {applied.left_out} dòng có lỗi" if applied.left_out else ""
    return messages.success, f"Đã lưu {applied.written} kết quả{left_out}. Kiểm tra lại rồi gửi."


def _of_sending(user: User, sending: Sending) -> QuerySet[Revision]:
    rows = Revision.objects.visible_to(user).filter(pk__in=sending.revisions)
    return rows.select_related("assessment__unit", "assessment__indicator", "assessment__period").order_by("pk")


def _sent(request: HttpRequest, upload: Upload, sending: Any, form: SubmitForm) -> HttpResponse:
    try:
        reason = form.cleaned_data.get("reason", "")
        half, warned = (reason if asked else "" for asked in (sending.half_judged, form.check.warnings))
        count = send(upload, sending, by=uploader(request), reason=half, acceptance=warned)
    except StepRefused as refused:
        messages.error(request, str(refused))
    else:
        if count:
            messages.success(request, f"Đã gửi {sending.share} đến Công an tỉnh, chờ xác nhận.")
        else:
            messages.info(request, "Không còn kết quả nào để gửi.")
    return redirect(upload)


def attachment(content: bytes, filename: str) -> HttpResponse:
    is_workbook = filename.lower().endswith(".xlsx")
    response = HttpResponse(content, content_type=XLSX if is_workbook else "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["X-Content-Type-Options"] = "nosniff"
    return response
