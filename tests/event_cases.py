"""A small province beside the real ones, and how the tests make, send and approve an event through the pages."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.core import serializers
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from communes import registry
from communes.models import Alias, BoundaryEvent, Descent, Succession, Unit, UnitVersion, User
from communes.registry import Rows, UnitRow, VersionRow

START = datetime.date(2021, 1, 1)
PROVINCE, FIRST, SECOND = "90-20210101", "901-20210101", "902-20210101"
NAMES = ["Suối Một", "Suối Hai", "Suối Ba", "Suối Bốn", "Suối Năm", "Suối Sáu"]
COMMUNES = [f"9000{n}-20210101" for n in range(1, 7)]
DAY = datetime.date(2024, 3, 1)


def version(key: str, name: str, kind: str, parent: str) -> VersionRow:
    return VersionRow(key=key, code=key.split("-")[0], name=name, kind=kind, parent=parent, starts_on=START)


def write_small() -> None:
    """Tỉnh Thử: two districts of three communes each, the last one a town."""
    levels = {PROVINCE: "province", FIRST: "district", SECOND: "district", **dict.fromkeys(COMMUNES, "commune")}
    versions = [
        version(PROVINCE, "Thử", "tinh", ""),
        version(FIRST, "Nguồn", "huyen", PROVINCE),
        version(SECOND, "Cửa", "huyen", PROVINCE),
        *(
            version(key, name, "thi_tran" if n == 5 else "xa", FIRST if n < 3 else SECOND)
            for n, (key, name) in enumerate(zip(COMMUNES, NAMES, strict=True))
        ),
    ]
    units = [UnitRow(key=key, level=level) for key, level in levels.items()]
    registry.write(Rows(units=units, versions=versions))


def fields(units: Sequence[str], after: Sequence[Mapping[str, Any]], **given: Any) -> dict[str, Any]:
    data = {"effective_on": f"{DAY:%d/%m/%Y}", "resolution": "9/NQ-UBTVQH15", "units": "\n".join(units), **given}
    data |= {"after-TOTAL_FORMS": len(after), "after-INITIAL_FORMS": 0}
    for n, row in enumerate(after):
        data |= {f"after-{n}-{name}": value for name, value in row.items()}
    return data


def filled_in(client: Client, kind: str, units: Sequence[str], *after: Mapping[str, Any], **given: Any) -> HttpResponse:
    return client.post(f"{reverse('event_new')}?kind={kind}", fields(units, after, **given))


def drafted(client: Client, kind: str, units: Sequence[str], *after: Mapping[str, Any], **given: Any) -> BoundaryEvent:
    response = filled_in(client, kind, units, *after, **given)
    assert response.status_code == 302, errors(response)
    return BoundaryEvent.objects.get(pk=int(response["Location"].rstrip("/").rpartition("/")[2]))


def errors(response: HttpResponse) -> str:
    """Return all that the page of the form complains of, in one text."""
    form, rows = response.context["form"], response.context["rows"]
    found = [message for some in form.errors.values() for message in some]
    found += [message for row in rows or () for some in row.errors.values() for message in some]
    return " ".join(found)


def step(client: Client, name: str, event: BoundaryEvent, **data: str) -> HttpResponse:
    event.refresh_from_db()
    return client.post(reverse(name, args=[event.pk]), {"seen": event.stamp, **data})


def applied(event: BoundaryEvent, maker: User, second: User) -> BoundaryEvent:
    """Send the draft and let the second person approve it."""
    client = Client()
    client.force_login(maker)
    step(client, "event_submit", event)
    client.force_login(second)
    step(client, "event_approve", event)
    event.refresh_from_db()
    assert event.state == "applied"
    return event


def dump() -> set[str]:
    """Everything that the registry's tables hold, without primary keys of rows that nothing points to."""
    found = set()
    for model in (Unit, UnitVersion, Succession, Alias, Descent):
        for row in serializers.serialize("python", model.objects.all()):
            found.add(f"{model.__name__} {sorted(row['fields'].items(), key=str)}")
    return found


def key_of(code: str, day: datetime.date = DAY) -> str:
    return UnitVersion.objects.as_of(day).get(code=code).unit.key


def borne(key: str) -> list[str]:
    """Return "Xã Suối Một 90001 < 901-… 2021-01-01..2024-02-29" for each version of a unit."""
    return [
        f"{v.title} {v.code} < {v.parent.key if v.parent else ''} {v.starts_on}..{v.ends_on or ''}"
        for v in UnitVersion.objects.filter(unit__key=key).order_by("starts_on")
    ]


def links() -> list[str]:
    """Return the successions of the small province."""
    return [
        f"{link.predecessor.key} → {link.successor.key} {'?' if link.share is None else link.share.normalize()}"
        for link in Succession.objects.filter(predecessor__key__startswith="90").order_by("pk")
    ]
