"""What is decided about a request before any view sees it."""

import logging
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, ValidationError
from django.db import IntegrityError
from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve

from communes.addresses import DIGITS, number_in
from communes.areas import MembersRefused
from communes.attributes import AttributesRefused
from communes.dated import FIRST_DAY, LAST_DAY
from communes.registry import Refused

logger = logging.getLogger(__name__)
OVERTAKEN = (IntegrityError, Refused, AttributesRefused, MembersRefused)
CHANGED_MEANWHILE = "Chưa lưu: số liệu đã thay đổi từ khi mở trang. Xem lại trang, sửa rồi lưu."
NO_ROW = "A key that no row has."
# Numbers that no database keeps, and the years, months and days that a filter may name.
TOO_LONG = re.compile(rf"\d{{{DIGITS + 1},}}")
YEAR_OF_A_DAY = re.compile(r"(\d{4})-\d\d?-\d\d?\b")
YEARS = range(FIRST_DAY.year, LAST_DAY.year + 1)
DATE_PARTS = {"year": YEARS, "iso_year": YEARS, "month": range(1, 13), "day": range(1, 32)}
NUL = "A NUL character in the request."
GetResponse = Callable[[HttpRequest], HttpResponse]


class SignedInOnly(LoginRequiredMiddleware):
    """Send to the login page who is not signed in; where that loses what was posted, the page is told to say so.

    Whose password was given by an administrator changes it before anything else.
    """

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is None and request.user.is_authenticated and request.user.must_change_password:
            page = request.resolver_match.view_name if request.resolver_match else ""
            if getattr(view_func, "login_required", True) and page != "password_change":
                return redirect("password_change")
        return answer

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        answer = super().handle_no_permission(request, view_func)
        if request.method == "POST":
            answer["Location"] += "&lost=1"
        return answer


def limit_body(get_response: GetResponse) -> GetResponse:
    """Refuse a body that is too large before a byte of it is read; Django caps form fields, but not files."""

    def middleware(request: HttpRequest) -> HttpResponse:
        declared = declared_length(request)
        if declared > settings.MAX_BODY_BYTES and declared > (limit := largest_body(request)):
            megabytes = (limit - settings.FORM_BYTES) // 2**20
            return render(request, "413.html", {"max_megabytes": megabytes}, status=413)
        return get_response(request)

    return middleware


class NoNulCharacter:
    """Answer 400 to a NUL character in the address, a cookie or a form: nobody types one, PostgreSQL keeps none."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if holds_nul([request.path_info, *values_of(request.GET), *request.COOKIES.values()]):
            raise BadRequest(NUL)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Look at the form here: it is read by now, and not before its size was seen."""
        if holds_nul([*values_of(request.POST), *(name for name, _file in request.FILES.items())]):
            raise BadRequest(NUL)


class NoNonsenseInTheAdmin:
    """Lead from a tampered address of a list to the whole list, as Django does with most; refuse keys that no row has.

    What Django lets through fails only at the database: years of no calendar, keys that are no numbers or too long.
    Where somebody was faster between the check of a form and its writing, the form is shown anew.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: Any, *_given: Any) -> HttpResponse | None:
        desk, page = getattr(view_func, "model_admin", None), request.resolver_match
        if desk is None or page is None:
            return None
        asked = [(name, value) for name, values in request.GET.lists() for value in values]
        if not (page.url_name or "").endswith("_changelist"):
            posted = [(name, value) for name, values in request.POST.lists() for value in values]
            refuse_other_keys(chosen_by_key(desk, request), [*asked, *posted])
            refuse_endless_rows(posted)
        elif any(is_nonsense(name, value) for name, value in asked):
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        elif not all(is_key(desk.opts.pk, text) for text in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest(NO_ROW)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say that the writing was taken back whole, because what it was checked against had changed."""
        is_admin = request.resolver_match is not None and "admin" in request.resolver_match.namespaces
        if request.method != "POST" or not is_admin or not isinstance(exception, OVERTAKEN):
            return None
        logger.warning("Refused at the writing: %s", request.path, exc_info=exception)
        messages.error(request, CHANGED_MEANWHILE)
        return redirect(request.get_full_path())


def chosen_by_key(desk: Any, request: HttpRequest) -> set[str]:
    """The fields of a page whose widgets look their values up: rows found while typing, and choices of many."""
    inlines = [one for inline in desk.get_inlines(request, None) for one in inline.autocomplete_fields]
    return {*desk.autocomplete_fields, *inlines, *(field.name for field in desk.opts.many_to_many)}


def refuse_other_keys(names: set[str], given: Iterable[tuple[str, str]]) -> None:
    """Refuse in these fields what no list of choices has offered; "versions-0-parent" is a parent."""
    for name, value in given:
        if name.rpartition("-")[2] in names and any(one and number_in(one) is None for one in value.split(",")):
            raise BadRequest(NO_ROW)


def is_nonsense(name: str, value: str) -> bool:
    """Whether a filter asks for what no row can have."""
    if name == SEARCH_VAR:
        return False
    found = YEAR_OF_A_DAY.search(value)
    if TOO_LONG.search(value) or (found and int(found[1]) not in YEARS):
        return True
    asked = [DATE_PARTS[part] for part in name.split("__")[1:] if part in DATE_PARTS]
    return bool(asked) and not (value.isascii() and value.isdigit() and all(int(value) in one for one in asked))


def is_key(field: Any, text: str) -> bool:
    """Whether a row could have this key."""
    try:
        key = field.to_python(text)
    except ValidationError:
        return False
    return isinstance(key, uuid.UUID) or 0 <= key < 10**DIGITS


def refuse_endless_rows(posted: list[tuple[str, str]]) -> None:
    """Refuse a count of rows beyond what came in: each row brings a field; Django would make 2,000."""
    for name, value in posted:
        is_count = name.endswith(f"-{TOTAL_FORM_COUNT}")
        if is_count and (TOO_LONG.search(value) or (number_in(value) or 0) > len(posted)):
            raise BadRequest(NO_ROW)


def values_of(data: QueryDict) -> list[str]:
    """The names and values of a query or a form."""
    return [text for name, values in data.lists() for text in (name, *map(str, values))]


def holds_nul(texts: Iterable[str]) -> bool:
    return any("\x00" in text for text in texts)


def largest_body(request: HttpRequest) -> int:
    """Bytes that the page of this address takes: a few take large files."""
    try:
        page = resolve(request.path_info).view_name
    except Resolver404:
        return settings.MAX_BODY_BYTES
    return settings.LARGER_BODIES.get(page, settings.MAX_BODY_BYTES)


def declared_length(request: HttpRequest) -> int:
    """Bytes announced; WSGI hands on no more than that, and none when nothing usable is announced."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def client_address(request: HttpRequest) -> str:
    """The address the outermost of our own proxies saw; what stands left of it is the client's own claim."""
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if 0 < settings.PROXY_COUNT <= len(seen):
        return seen[-settings.PROXY_COUNT]
    return request.META.get("REMOTE_ADDR", "")
