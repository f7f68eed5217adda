"""Units by what a person writes, one a line: a code, a name, a name with its district; each error says its ground."""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from communes.models import Alias, Kind, UnitVersion
from communes.names import search_key
from communes.search import search
from communes.templatetags.vietnamese import day as day_text

# "23905", "23905 Xã Ia Băng (Chư Prông)", "Xã Ia Băng (Chư Prông)", "Ia Băng"
WRITTEN = re.compile(r"(?P<code>\d{2,5})?\b[\s:,.–-]*(?P<name>[^()]*)(?:\((?P<district>[^()]*)\))?\s*")
KIND_KEYS = {kind: search_key(Kind(kind).label) for kind in Kind.values}
LIKE_SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """One line as it was read: keys without accents; `kind` where the name begins with one."""

    text: str
    code: str
    name: str
    district: str
    names: dict[str, str]  # search key → kind or ""
    exact: frozenset[str]  # the name as it was typed, with and without a kind before it

    @property
    def is_at_its_word(self) -> bool:
        """Whether the name was typed with its accents, or stands beside a code that it must agree with."""
        return bool(self.code) or not self.text.isascii()

    def fits(self, version: UnitVersion, aliases: set[str]) -> bool:
        borne = {version.name_search} | aliases
        by_name = not self.name or any(
            name in borne and kind in ("", version.kind) for name, kind in self.names.items()
        )
        district = search_key(version.district_name or "")  # type: ignore[attr-defined]
        return (
            by_name
            and (not self.code or version.code == self.code)
            and (not self.district or self.district in (district, f"huyen {district}"))
        )


def read(line: str) -> Asked:
    found = WRITTEN.fullmatch(line.strip())
    parts = found.groupdict(default="") if found else {"code": "", "name": line, "district": ""}
    name = search_key(parts["name"])
    names = {name: ""}
    for kind, key in KIND_KEYS.items():
        if name.startswith(f"{key} "):
            names[name.removeprefix(f"{key} ")] = kind
    typed = " ".join(unicodedata.normalize("NFC", parts["name"]).casefold().split())
    exact = {typed} | {typed.removeprefix(f"{label.casefold()} ") for label in Kind.labels}
    return Asked(line.strip(), parts["code"], name, search_key(parts["district"]), names, frozenset(exact - {""}))


def resolve(lines: Iterable[str], day: datetime.date) -> tuple[list[UnitVersion], list[str]]:
    """Return the units living on the day that the lines name, and what is wrong with them: two queries if clear."""
    asked = [read(line) for line in lines if line.strip()]
    names = {name for one in asked for name in one.names if name}
    codes = {one.code for one in asked if one.code}
    aliased = Alias.objects.filter(unit=OuterRef("unit"), name_search__in=names)
    versions = list(
        UnitVersion.objects.as_of(day)
        .filter(Q(code__in=codes) | Q(name_search__in=names) | Exists(aliased))
        .with_district_on(day)
        .select_related("unit", "province")
        .order_by("name_sort", "code")
    )
    aliases: dict[int, set[str]] = {}
    for unit, name in Alias.objects.filter(unit__in=[v.unit_id for v in versions]).values_list("unit", "name_search"):
        aliases.setdefault(unit, set()).add(name)
    found: list[UnitVersion] = []
    errors: list[str] = []
    for one in asked:
        fitting = [v for v in versions if one.fits(v, aliases.get(v.unit_id, set()))]
        named = [v for v in versions if v.name.casefold() in one.exact]
        if one.is_at_its_word and named:
            fitting = [v for v in fitting if v in named]
        if len(fitting) == 1 and fitting[0] in found:
            errors.append(f"“{one.text}”: {described(fitting[0])} đã có ở dòng trên, xóa một dòng.")
        elif len(fitting) == 1:
            found.append(fitting[0])
        elif fitting:
            several = "; ".join(described(v) for v in fitting)
            errors.append(f"“{one.text}”: có {len(fitting)} đơn vị: {several}. Nhập mã.")
        else:
            errors.append(_unknown(one, day, versions))
    return found, errors


def described(version: UnitVersion) -> str:
    """Return "Xã Ia Băng (Chư Prông), mã 23905, từ 01/02/2020 đến hết 30/06/2025": what tells two of one name apart."""
    district = getattr(version, "district_name", "")
    where = f" ({district})" if district else ""
    until = f" đến hết {day_text(version.ends_on)}" if version.ends_on else ""
    return f"{version.title}{where}, mã {version.code}, từ {day_text(version.starts_on)}{until}"


def line_of(version: UnitVersion) -> str:
    """Return "23905 Xã Ia Băng (Chư Prông)", a line that `resolve` reads as this unit."""
    district = getattr(version, "district_name", "")
    return f"{version.code} {version.title}" + (f" ({district})" if district else "")


def like(text: str, day: datetime.date) -> list[UnitVersion]:
    """Return the units living on the day whose name, other name or code holds the text, accents aside."""
    living = UnitVersion.objects.as_of(day).with_district_on(day).select_related("unit")
    return list(search(living, text)[: LIKE_SHOWN * 4])


def _unknown(one: Asked, day: datetime.date, versions: list[UnitVersion]) -> str:
    """Say why no unit of the day fits: code and name differ, it lived at another time, or nothing is like it."""
    holder = next((v for v in versions if one.code and v.code == one.code), None)
    if holder:
        return f"“{one.text}”: mã {one.code} vào ngày {day_text(day)} là {described(holder)}. Kiểm tra lại tên hoặc mã."
    text = one.code or one.name
    others = search(UnitVersion.objects.exclude(pk__in=UnitVersion.objects.as_of(day).values("pk")), text)
    elsewhen = [v for v in others.select_related("unit")[:LIKE_SHOWN] if one.code or v.name_search in one.names]
    if elsewhen:
        several = "; ".join(described(v) for v in elsewhen)
        return f"“{one.text}”: không tồn tại vào ngày {day_text(day)}. Có: {several}."
    near = "; ".join(described(v) for v in like(text, day)[:LIKE_SHOWN])
    hint = f"Gần giống: {near}." if near else "Dùng ô “Tìm đơn vị” để lấy đúng tên."
    return f"“{one.text}”: không có đơn vị tên hoặc mã này vào ngày {day_text(day)}. {hint}"
