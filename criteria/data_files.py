"""Reference data as TOML files: read, with every mistake and its place in one pass.

What a key may hold follows from the field of the model that it fills; a `Table` says which keys there are.
"""

import datetime
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from communes.models import Kind
from communes.templatetags.vietnamese import day, percent
from criteria.models.security_models import ModelKind

Route = tuple[str | int, ...]  # ("criteria", 0, "indicators", 0, "kinds"): keys and positions from the top of a file
Fault = tuple[str, str]  # the key, and what is wrong with it

HEADER = re.compile(r"^\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?$")
KEY = re.compile(r"^\s*([\w-]+)\s*=\s*(.*)$")
SYNTAX_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
LARGEST = 32_767  # of a PositiveSmallIntegerField
MEANINGS = ("met", "not_met")


def column(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    """Return a field of our own tables, never the far end of a relation."""
    found = model._meta.get_field(name)
    assert isinstance(found, models.Field)  # noqa: S101 - for the type checker
    return found


@dataclass(frozen=True)
class Table:
    """One kind of table in a file: the model it fills, the keys that are its fields, and what stands below it.

    `references` are keys that name another row (a version by its number, a province by its unit key).
    `rules` look at a whole table whose values are each in order, `closing_rules` at what stands below it.
    """

    model: type[models.Model] | None = None
    fields: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    children: Mapping[str, "Table"] = field(default_factory=dict)
    rules: tuple[Callable[["Row"], Iterator[Fault]], ...] = ()
    closing_rules: tuple[Callable[["Row"], Iterator[Fault]], ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.fields, *self.references, *self.children)

    def is_required(self, key: str) -> bool:
        if key in self.fields and self.model:
            model_field = column(self.model, key)
            return not (model_field.null or model_field.blank or model_field.has_default())
        return key in self.references


@dataclass
class Row:
    """One table as read: its values in the types of the model, and the rows below it."""

    table: Table
    file: str
    route: Route
    lines: Mapping[Route, int]
    values: dict[str, Any] = field(default_factory=dict)
    children: dict[str, list["Row"]] = field(default_factory=dict)

    def problem(self, key: str, message: str) -> str:
        """Return the sentence "xa-ntm.toml:41: criteria[1].indicators[1].kinds: …" for a mistake in this table."""
        route: Route = (*self.route, key) if key else self.route
        ends = (route[: len(route) - cut] for cut in range(len(route)))
        line = next((self.lines[end] for end in ends if end in self.lines), None)
        parts = [self.file if line is None else f"{self.file}:{line}", place(route), message]
        return ": ".join(filter(None, parts))

    @property
    def own_values(self) -> dict[str, Any]:
        """The values that are fields of the model, without the names of other rows."""
        return {key: value for key, value in self.values.items() if key in self.table.fields}


def place(route: Route) -> str:
    """Return a route in words; positions count from 1: "criteria[1].indicators[1].kinds"."""
    text = ""
    for step in route:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def read_file(path: Path, table: Table) -> tuple[Row, list[str]]:
    """Return what the file says, and all mistakes in it; the row is whole only where there are none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError:
        return Row(table, path.name, (), {}), [f"{path.name}: không có tệp này trong {path.parent}"]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Row(table, path.name, (), {}), [f"{path.name}:{line}: tệp không phải mã UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return Row(table, path.name, (), {}), [syntax_problem(path.name, str(error), text)]
    row = Row(table, path.name, (), lines_of(text))
    problems: list[str] = []
    fill(row, data, problems)
    return row, problems


def syntax_problem(file: str, message: str, text: str) -> str:
    found = SYNTAX_PLACE.search(message)
    line, column = found.groups() if found else (str(text.count("\n") + 1), "1")
    return f"{file}:{line}: cột {column}: sai cú pháp TOML (thiếu dấu nháy, dấu = hoặc khóa viết hai lần)"


def fill(row: Row, data: dict[str, Any], problems: list[str]) -> None:
    """Take the values of one table and of those below it; what is wrong is added to the problems."""
    table, before = row.table, len(problems)
    for key in data:
        if key not in table.keys:
            known = ", ".join(table.keys)
            problems.append(row.problem(key, f"không có khóa này; các khóa dùng được: {known}"))
    for key in (*table.fields, *table.references):
        if key in data:
            fault = take(row, key, data[key])
            problems.extend([row.problem(key, fault)] if fault else [])
        elif table.is_required(key):
            problems.append(row.problem("", f"thiếu khóa “{key}”"))
        elif table.model:
            row.values[key] = empty(column(table.model, key))
    if len(problems) == before:
        problems.extend(row.problem(*fault) for rule in table.rules for fault in rule(row))
    for name, child in table.children.items():
        row.children[name] = list(fill_children(row, name, child, data.get(name, []), problems))
    problems.extend(row.problem(*fault) for rule in table.closing_rules for fault in rule(row))


def empty(model_field: Any) -> Any:
    """Return what a key that is left out stands for: the default, else nothing."""
    return None if model_field.null else model_field.get_default()


def fill_children(row: Row, name: str, child: Table, data: Any, problems: list[str]) -> Iterator[Row]:
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        problems.append(row.problem(name, f"phải là các bảng [[{name}]]"))
        return
    seen: dict[tuple[str, Any], Row] = {}
    for number, each in enumerate(data):
        below = Row(child, row.file, (*row.route, name, number), row.lines)
        fill(below, each, problems)
        problems.extend(doubled(below, seen))
        yield below


def doubled(row: Row, seen: dict[tuple[str, Any], Row]) -> Iterator[str]:
    """Yield what this table repeats of those beside it, by the unique constraints of the model."""
    constraints = row.table.model._meta.constraints if row.table.model else ()
    for constraint in constraints:
        if not isinstance(constraint, models.UniqueConstraint) or constraint.condition:
            continue
        names = [name for name in constraint.fields if name in row.values]
        if not names or any(name in row.table.keys and name not in row.values for name in constraint.fields):
            continue
        value = tuple(row.values[name] for name in names)
        first = seen.setdefault((constraint.name, value), row)
        if first is not row:
            yield row.problem(names[-1], f"“{words(value[-1])}” trùng với {place(first.route)}")


def doubled_across(rows: list[Row]) -> Iterator[str]:
    """Yield the values that must be unique among all rows of a model and are not, whatever file they are in."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        for key, value in row.own_values.items():
            if row.table.model is None or not column(row.table.model, key).unique:
                continue
            first = seen.setdefault((row.table.model, key, value), row)
            if first is not row:
                where = f"{first.file} {place(first.route)}".strip()
                yield row.problem(key, f"“{words(value)}” trùng với {where}")


def take(row: Row, key: str, value: Any) -> str:
    """Put a value into the row in the type of its field; return what is wrong with it, or ""."""
    if key in row.table.references or row.table.model is None:
        if not isinstance(value, str) or not value.strip():
            return "phải là chữ trong dấu nháy"
        row.values[key] = tidy(value)
        return ""
    model_field = column(row.table.model, key)
    if isinstance(value, str):
        value = tidy(value)
    fault = fault_of(model_field, value)
    if not fault:
        row.values[key] = Decimal(value) if isinstance(model_field, models.DecimalField) else value
    return fault


def tidy(text: str) -> str:
    """Return the text composed (NFC) and with single spaces: a long text may be broken into lines anywhere."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fault_of(model_field: Any, value: Any) -> str:
    match model_field:
        case models.DateField():
            is_date = isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
            return "" if is_date else "phải là ngày dạng 2024-03-18, không có dấu nháy"
        case models.BooleanField():
            return "" if isinstance(value, bool) else "phải là true hoặc false"
        case models.PositiveSmallIntegerField():
            is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
            return "" if is_number else "phải là số nguyên không âm"
        case models.DecimalField():
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            is_small = is_number and Decimal(value).is_finite() and abs(value) <= LARGEST
            is_short = is_small and round(Decimal(value), 2) == value
            return "" if is_short else "phải là số, nhiều nhất hai chữ số thập phân: 70 hoặc 66.5"
        case models.JSONField(name="kinds"):
            return fault_of_kinds(value)
        case models.JSONField(name="model_kinds"):
            return fault_of_model_kinds(value)
        case models.JSONField():
            return fault_of_meanings(value)
        case _:
            return fault_of_text(model_field, value)


def fault_of_text(model_field: Any, value: Any) -> str:
    if not isinstance(value, str):
        return "phải là chữ trong dấu nháy"
    if not value and not model_field.blank:
        return "không được để trống"
    known = dict(model_field.choices or ())
    if known and value not in known:
        return f"“{value}” không dùng được; chọn một trong: " + ", ".join(f"{k} ({w})" for k, w in known.items())
    if model_field.max_length and len(value) > model_field.max_length:
        return f"dài {len(value)} ký tự, tối đa {model_field.max_length}"
    try:
        model_field.run_validators(value)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def fault_of_kinds(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return 'phải là danh sách loại đơn vị, ví dụ ["huyen", "thi_xa"]'
    unknown = [str(kind) for kind in value if kind not in Kind.values]
    if unknown:
        known = ", ".join(f"{kind} ({kind.label})" for kind in Kind)
        return f"không có loại đơn vị “{'”, “'.join(unknown)}”; chọn trong: {known}"
    return "loại đơn vị viết hai lần" if len(set(value)) < len(value) else ""


def fault_of_model_kinds(value: Any) -> str:
    known = ", ".join(f"{kind} ({kind.label})" for kind in ModelKind)
    is_list = isinstance(value, list) and all(kind in ModelKind.values for kind in value)
    return "" if is_list and len(set(value)) == len(value) else f"phải là danh sách loại mô hình, chọn trong: {known}"


def fault_of_meanings(value: Any) -> str:
    if not isinstance(value, dict) or any(meaning not in MEANINGS for meaning in value.values()):
        return 'phải có dạng { "có" = "met", "không" = "not_met" }'
    return ""


def words(value: Any) -> str:
    """Return a value as the portal writes it: 18/3/2024, có, xa; huyen."""
    if value is None:
        return "bỏ trống"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime.date):
        return day(value)
    if isinstance(value, Decimal):
        return percent(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {meaning}" for key, meaning in value.items())
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def lines_of(text: str) -> dict[Route, int]:
    """Return where each table, key and row of a list written one to a line stands; tomllib does not say."""
    found: dict[Route, int] = {}
    last: dict[Route, int] = {}
    here: Route = ()
    inside: Route | None = None  # the list whose rows stand one to a line
    is_text = False  # between triple quotes
    for number, line in enumerate(text.splitlines(), start=1):
        opens = line.count('"""') % 2 == 1
        if is_text:
            is_text = not opens
            continue
        is_text = opens
        if inside is not None and line.lstrip().startswith("{"):
            found[next_of(inside, last)] = number
        elif header := HEADER.match(line):
            here, inside = enter(header[1].split("."), last), None
            found[here] = number
        elif key := KEY.match(line):
            found[(*here, key[1])] = number
            inside = (*here, key[1]) if key[2].strip() == "[" else None
    return found


def enter(names: list[str], last: dict[Route, int]) -> Route:
    """Return the route of the table that a header [[a.b]] opens, within the last a."""
    route: Route = ()
    for name in names[:-1]:
        route = (*route, name)
        route = (*route, last[route]) if route in last else route
    return next_of((*route, names[-1]), last)


def next_of(route: Route, last: dict[Route, int]) -> Route:
    last[route] = last.get(route, -1) + 1
    return (*route, last[route])
