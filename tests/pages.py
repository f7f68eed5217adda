"""A walk over the site by its own links, as a person with a mouse would do it."""

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

STARTS = ("/", "/admin/")
PAGES_OF_A_KIND = {False: 2, True: 1}  # of each URL name, without and with a query; in the admin one is enough


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] for name in ("href", "hx-get") if tag != "link" and given.get(name)]


def every_page(client: Client, starts: tuple[str, ...] = STARTS) -> Iterator[tuple[str, HttpResponse]]:
    """Each address reachable by GET from the starts, with its answer; a few of each kind are enough.

    Redirects are not followed but walked: their target is one more link. Answers are yielded whatever their
    status: the caller says what is right.
    """
    waiting, seen, kinds = list(starts), set(starts), Counter()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind is None or kinds[kind] >= pages_of(*kind):
            continue
        kinds[kind] += 1
        response = client.get(address)
        yield address, response
        for link in links_of(address, response):
            if link not in seen:
                seen.add(link)
                waiting.append(link)


def pages_of(name: str, query: bool) -> int:
    return 1 if name.startswith("admin:") else PAGES_OF_A_KIND[query]


def kind_of(address: str) -> tuple[str, bool] | None:
    """The URL name and whether there is a query; None for what is not ours (static files, other sites)."""
    parts = urlsplit(address)
    try:
        return resolve(parts.path).view_name, bool(parts.query)
    except Resolver404:
        return None if parts.path.startswith("/static/") else (f"unknown {parts.path}", False)


def is_page(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith("text/html") and not response.streaming


def links_of(address: str, response: HttpResponse) -> list[str]:
    if response.has_header("Location"):
        return [urljoin(address, response["Location"])]
    if not is_page(response):
        return []
    parser = _Links()
    parser.feed(response.content.decode())
    absolute = [urldefrag(urljoin(address, link)).url for link in parser.found]
    return [link for link in absolute if not urlsplit(link).netloc and not urlsplit(link).scheme]
