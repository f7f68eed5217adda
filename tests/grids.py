"""The grid as a browser brings it back: every field of the page, with what a person typed over it."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.cases import BASIC
from tests.conftest import unit_of


class Fields(HTMLParser):
    """The fields of the form `grid`, and what is in its cells."""

    def __init__(self, page: HttpResponse) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.inside = False
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == "grid"
        if tag != "input" or not self.inside or not given.get("name"):
            return
        self.attributes.setdefault(given["name"], given)
        if given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self.values[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def grid_url(period: str = "2024", indicator: str = BASIC, page: str = "", **given: Any) -> str:
    more = "".join(f"&{name}={value}" for name, value in given.items())
    return f"/assessments/grid/{page}?period={period}&indicator={indicator}{more}"


def cell(number: int, code: str = "23905") -> str:
    """Return "<unit>-<number>", the tail of the names of a cell's fields."""
    return f"{unit_of(code).pk}-{number}"


def typed(cells: Mapping[int, str], code: str = "23905") -> dict[str, str]:
    return {f"v-{cell(number, code)}": text for number, text in cells.items()}


def opened(client: Client, url: str = "") -> dict[str, str]:
    """Return the fields of the page as they stand."""
    return Fields(client.get(url or grid_url())).values


def saved(client: Client, fields: Mapping[str, str], changes: Mapping[str, str], url: str = "") -> HttpResponse:
    """Press "Lưu" on a page that was opened with these fields."""
    return client.post(url or grid_url(), {**fields, **changes}, follow=True)


def sent(client: Client, fields: Mapping[str, str], changes: Mapping[str, str], url: str = "") -> dict[str, Any]:
    """Send some cells as the script does: only they, each with the text that the page was made from."""
    seen = {f"s{name[1:]}": fields.get(f"s{name[1:]}", "") for name in changes if name.startswith("v-")}
    body = {**seen, "checklist": fields.get("checklist", ""), **changes}
    answer = client.post(url or grid_url(page="cells/"), body)
    return (
        answer.json() | {"status": answer.status_code} if answer.status_code == 200 else {"status": answer.status_code}
    )
