"""The house rules of the code that a machine can check (docs/design.md; Import Linter checks the imports)."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).parent.parent
ARROW = ["communes", "criteria", "reports"]  # each points only to itself and to what stands left of it
CODE = [path for app in (*ARROW, "ntm_portal") for path in sorted((ROOT / app).rglob("*.py"))]
HAND_WRITTEN = [path for path in CODE if "migrations" not in path.parts]
NAMELESS = {"services", "utils", "helpers", "managers", "signals", "mixins", "common"}
FILE_LINES, FUNCTION_LINES, VIEW_LINES = 400, 40, 30
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, FUNCTIONS):
            yield node


def length(node: ast.FunctionDef) -> int:
    return node.end_lineno - node.lineno + 1


# --- models ----------------------------------------------------------------------------------------------


def our_models() -> Iterator[type[Model]]:
    for app in ARROW:
        yield from apps.get_app_config(app).get_models()


def test_foreign_keys_follow_the_arrow() -> None:
    wrong = [
        f"{model.__name__}.{field.name} -> {field.related_model._meta.label}"
        for model in our_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created
        if (target := field.related_model._meta.app_label) in ARROW
        if ARROW.index(target) > ARROW.index(model._meta.app_label)
    ]

    assert wrong == []


def test_every_constraint_is_named_by_a_sentence() -> None:
    names = [constraint.name for model in our_models() for constraint in model._meta.constraints]

    assert names
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}", name)] == []


# --- views, addresses, templates -------------------------------------------------------------------------


def our_patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """The pages of the three apps; the admin names its own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from our_patterns(pattern) if pattern.namespace != "admin" else ()
        elif pattern.lookup_str.split(".")[0] in ARROW:
            yield pattern


VIEWS = {pattern.name or str(pattern.pattern): pattern for pattern in our_patterns()}


def rendered_templates(view: ast.FunctionDef) -> set[str]:
    """The templates a view names itself: any literal "….html" in its body."""
    literals = (node.value for node in ast.walk(view) if isinstance(node, ast.Constant))
    return {text for text in literals if isinstance(text, str) and text.endswith(".html")}


def source_of(pattern: URLPattern) -> ast.FunctionDef:
    module, _, name = pattern.lookup_str.rpartition(".")
    path = ROOT / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    found = [node for node in functions(file) if node.name == name]
    assert len(found) == 1, f"{pattern.lookup_str} is not one function of {label(file)}"
    return found[0]


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_view_its_address_and_its_template_share_one_name(name: str) -> None:
    view = source_of(VIEWS[name])
    fragment_or_page = {f"{name}.html", f"_{name}.html"}
    pages = {template for template in rendered_templates(view) if not Path(template).name.startswith("_")}

    assert view.name == name
    assert pages <= fragment_or_page, f"{name} renders {pages}"
    for template in rendered_templates(view):
        assert (ROOT / "templates" / template).exists(), template


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_a_view_is_short(name: str) -> None:
    assert length(source_of(VIEWS[name])) <= VIEW_LINES


def test_every_page_template_belongs_to_a_view_or_a_page() -> None:
    """A page is named after its view; the rest are fragments ("_…"), error pages and the skeleton."""
    known = {*VIEWS, "base", "lockout", "400", "403", "403_csrf", "404", "413", "500"}
    pages = [path for path in (ROOT / "templates").glob("*.html") if not path.name.startswith("_")]
    named = {text for path in HAND_WRITTEN for text in re.findall(r'"([\w/]+)\.html"', path.read_text("utf-8"))}
    extended = {
        text
        for path in (ROOT / "templates").rglob("*.html")
        for text in re.findall(r"{% extends \"([\w/]+)\.html\"", path.read_text("utf-8"))
    }

    assert [page.name for page in pages if page.stem not in known | named | extended] == []


# --- files and functions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=label)
def test_a_file_is_of_readable_size(path: Path) -> None:
    too_long = [f"{node.name}: {length(node)}" for node in functions(path) if length(node) > FUNCTION_LINES]

    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES
    assert too_long == []


@pytest.mark.parametrize("path", CODE, ids=label)
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [
        f"line {statement.lineno}"
        for function in functions(path)
        for statement in ast.walk(function)
        if isinstance(statement, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


@pytest.mark.parametrize("path", HAND_WRITTEN, ids=label)
def test_nothing_happens_behind_a_save(path: Path) -> None:
    """No receiver is connected to a signal anywhere."""
    code = path.read_text("utf-8")

    assert not re.search(r"@receiver\b|\bdjango\.dispatch\b|\bdb\.models\.signals\b|_(save|delete)\.connect\(", code)


def test_every_module_has_a_name_that_says_something() -> None:
    nameless = [label(path) for path in CODE if {path.stem, *path.relative_to(ROOT).parts[:-1]} & NAMELESS]

    assert nameless == []


@pytest.mark.parametrize("path", CODE, ids=label)
def test_no_indicator_code_stands_in_the_code(path: Path) -> None:
    """Codes, thresholds and names of places are data."""
    assert not re.search(r"\b(xa|huyen|tinh)-ntm\w*-\d+(\.\d+)?", path.read_text("utf-8"))


# --- the repository --------------------------------------------------------------------------------------

# Written in pieces, so that this file does not hold what it looks for.
MACHINE = re.compile("|".join(("/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/", r"pypi\." + r"org", "python" + "hosted")))
KEY = re.compile(r"SECRET_" + r"KEY\s*=\s*['\"][^'\"$]{20}|BEGIN [A-Z ]*PRIVATE " + r"KEY|AKIA" + r"[0-9A-Z]{16}")


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing is tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_repository_holds_no_secret_and_no_trace_of_a_machine() -> None:
    wrong = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "ignore")
        wrong += [f"{label(path)}: {found[0]}" for found in (MACHINE.search(text), KEY.search(text)) if found]

    assert wrong == []


def test_what_a_run_makes_is_not_in_the_repository() -> None:
    made = re.compile(r"(^|/)(var|\.venv|uv\.lock|__pycache__|.*\.sqlite3|secret_key)(/|$)")

    assert [label(path) for path in tracked_files() if made.search(label(path))] == []
