"""What is decided about a request before any view sees it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve

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
