"""Which unit a person means by a code or a name, on the day that the row is about."""

import re
import unicodedata
from typing import Any

from communes.models import Kind, Level, UnitVersion, User
from communes.names import search_key
from communes.templatetags.vietnamese import day
from criteria.uploads.places import CODE_WIDTHS

CODE = re.compile(r"\s*(\d+)\b")
DISTRICT = re.compile(r"\s*\([^)]*\)\s*$")
OFFERED = 5


class UnitUnclear(Exception):
    """No unit, or more than one, is called so; the message is a Vietnamese sentence."""


def unit_named(text: str, row: Any, user: User | None) -> UnitVersion:
    """Return the version of the unit that the text names: "23905", "Ia Băng", "23905 Xã Ia Băng (Chư Prông)".

    Looked for among the units that live when the row says and, where a person writes, stand in his scope. A code
    decides alone. Raises `UnitUnclear`.
    """
    versions: Any = UnitVersion.objects.filter(row.living_then()).of_level(row.level).order_by("starts_on")
    if user is not None:
        versions = versions.visible_to(user)
    versions = versions.with_parent().select_related("unit")
    if code := CODE.match(text):
        found = list(versions.filter(code=code[1].zfill(CODE_WIDTHS[row.level]))[:1])
    else:
        found = _of_name(versions, text)
    if len(found) == 1:
        return found[0]
    if not found:
        level = Level(row.level).label.lower()
        raise UnitUnclear(f"Không có đơn vị {level} nào là “{text}” vào ngày {day(row.day)} trong phạm vi được ghi.")
    names = "; ".join(f"{version.code} {place_title(version)}" for version in found[:OFFERED])
    raise UnitUnclear(f"Có {len(found)} đơn vị tên như vậy, ghi mã: {names}.")


def _of_name(versions: Any, text: str) -> list[UnitVersion]:
    """Return the units of this name, the accents left out; where a name stands letter by letter, only that one."""
    name = unicodedata.normalize("NFC", DISTRICT.sub("", text).strip())
    key = search_key(name)
    prefixes = [search_key(label) + " " for _, label in Kind.choices]
    keys = {key, *(key.removeprefix(prefix) for prefix in prefixes if key.startswith(prefix))}
    by_unit = {version.unit_id: version for version in versions.filter(name_search__in=keys).order_by("-starts_on")}
    found = list(by_unit.values())
    return [version for version in found if name.endswith(version.name)] or found


def place_title(version: Any) -> str:
    """ "Xã Ia Băng (Chư Prông)": the name of a commune with its district (`with_parent`)."""
    return f"{version.title} ({version.parent_name})" if version.has_district else version.title
