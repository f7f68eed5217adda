"""The sentences that our dependencies can show, and which of them have a Vietnamese translation."""

import ast
import gettext
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

Message = tuple[str | None, str]  # (context, msgid)

DJANGO_PARTS = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
DJANGO_SOURCES = (*DJANGO_PARTS[1:], "core", "db", "forms", "http", "utils", "views")
OTHER_PACKAGES = ("import_export", "axes")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
MARKERS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
TEMPLATE_CALL = re.compile(r"\b(?:n?p?gettext|_)\(.*?\)(?=\s|$)", re.DOTALL)
PO_LINE = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*"(.*)"$')


def folder_of(package: str) -> Path:
    return Path(find_spec(package).origin).parent


def entries_of_po(path: Path) -> Iterator[dict[str, str]]:
    """The entries of a .po file as {"msgctxt", "msgid", "msgid_plural", "msgstr"}, obsolete ones left out."""
    entry: dict[str, str] = {}
    key = ""
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        match = PO_LINE.match(line)
        if match:
            key = match[1] or key
            entry[key] = entry.get(key, "") + ast.literal_eval(f'"{match[2]}"')
        else:
            if entry.get("msgid"):
                yield {"msgstr": entry.get("msgstr[0]", ""), **entry}
            entry = {}


def messages_of_po(path: Path) -> set[Message]:
    return {(entry.get("msgctxt"), entry["msgid"]) for entry in entries_of_po(path)}


def messages_of_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in MARKERS and texts:
            yield None, texts[0]
        elif name in MARKERS_WITH_CONTEXT and len(texts) > 1:
            yield texts[0], texts[1]


def messages_of_template(source: str) -> Iterator[Message]:
    """What Django would hand to xgettext: the template as calls of gettext among crossed-out text."""
    for call in TEMPLATE_CALL.findall(templatize(source)):
        yield from messages_of_python(call)


def messages_of_sources(folder: Path) -> set[Message]:
    messages: set[Message] = set()
    for path in folder.rglob("*"):
        if path.suffix == ".py":
            messages.update(messages_of_python(path.read_text("utf-8")))
        elif path.suffix in {".html", ".txt"}:
            messages.update(messages_of_template(path.read_text("utf-8")))
    return messages


def translated(catalogue: Path) -> set[Message]:
    """The messages that a compiled catalogue answers."""
    if not catalogue.exists():
        return set()
    found: set[Message] = set()
    with catalogue.open("rb") as file:
        for key, text in gettext.GNUTranslations(file)._catalog.items():
            context, _, msgid = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")
            if text and msgid:
                found.add((context or None, msgid))
    return found


def left_to_us(domain: str) -> set[Message]:
    """The messages of the dependencies that come without Vietnamese."""
    wanted: set[Message] = set()
    answered: set[Message] = set()
    for part in DJANGO_PARTS:
        locale = folder_of("django") / part / "locale"
        source = locale / "en" / "LC_MESSAGES" / f"{domain}.po"
        wanted |= messages_of_po(source) if source.exists() else set()
        answered |= translated(locale / "vi" / "LC_MESSAGES" / f"{domain}.mo")
    if domain == "django":  # the catalogues of Django lag behind its code; the others have none in English
        for folder in (*(folder_of("django") / part for part in DJANGO_SOURCES), *map(folder_of, OTHER_PACKAGES)):
            wanted |= messages_of_sources(folder)
    return wanted - answered


def our_catalogue(domain: str, suffix: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "vi" / "LC_MESSAGES" / f"{domain}.{suffix}"
