"""Search without accents over every name and spelling that a unit has borne, one query on both databases."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Replace

from communes.models import Alias, Kind, UnitVersion, UnitVersionQuerySet
from communes.names import search_key


def search(versions: UnitVersionQuerySet, text: str) -> UnitVersionQuerySet:
    """Return those of the versions whose unit ever bore such a name, spelling or code, in Vietnamese order.

    "chu prong", "Chư Prông", "huyện Chư Prông", "k'bang", "adok" (A Dơk), "23674". Each carries `matched_name`,
    the name that was found, which may be a former or another one. A blank text finds nothing.
    """
    key = search_key(text)
    if not key:
        return versions.none()
    named = squashed(UnitVersion.objects.filter(unit=OuterRef("unit"))).filter(
        is_called(key, "kind") | Q(code__startswith=key)
    )
    aliased = squashed(Alias.objects.filter(unit=OuterRef("unit"))).filter(is_called(key, "unit__versions__kind"))
    return (
        versions.filter(Exists(named) | Exists(aliased))
        .annotate(
            matched_name=Coalesce(
                Subquery(named.order_by("-starts_on").values("name")[:1]),
                Subquery(aliased.order_by("name").values("name")[:1]),
            )
        )
        .order_by("name_sort", "code", "starts_on")
    )


def squashed(rows: Any) -> Any:
    """Add the name without spaces: "a dok" → "adok"."""
    return rows.alias(name_squashed=Replace("name_search", Value(" "), Value("")))


def is_called(key: str, kind: str) -> Q:
    """Return "the name contains the key"; a key may begin with the kind of the unit ("xa ia bang").

    `kind` is the path from the row with the name to the kind.
    """
    found = has_name(key)
    for value, label in Kind.choices:
        prefix = search_key(label) + " "
        if key.startswith(prefix):
            found |= Q(**{kind: value}) & has_name(key.removeprefix(prefix))
    return found


def has_name(key: str) -> Q:
    """Return "the name contains the key"; one or two letters count at the start of a word only ("ia", not "giao")."""
    start = Q(name_squashed__startswith=key.replace(" ", "")) | Q(name_search__contains=f" {key}")
    return start if len(key) < 3 else start | Q(name_search__contains=key)
