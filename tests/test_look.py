"""The stylesheet keeps its promises: readable in both schemes, light, old browsers, nothing the policy refuses."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

STATIC = settings.BASE_DIR / "static"
TEMPLATES = settings.BASE_DIR / "templates"
PORTAL = (STATIC / "portal.css").read_text()
SHEETS = sorted(STATIC.glob("*.css"))
FIRST_LOAD_BYTES = 100_000
WITHOUT_FONTS_BYTES = 33_000

# text on ground: WCAG AA asks 4.5
TEXT = """
    ink paper, ink panel, ink sunken, ink-soft paper, ink-soft panel, ink-soft sunken,
    link paper, link panel, link sunken, link accent-tint, link pending-tint, link not-met-tint, link met-tint,
    ink accent-tint, ink pending-tint, ink not-met-tint, ink met-tint, ink missing-tint,
    on-accent accent, on-accent-soft accent, on-accent accent-raised, on-gold gold,
    met-ink met-tint, pending-ink pending-tint, not-met-ink not-met-tint, missing-ink missing-tint,
    not-met-ink panel, not-met-ink paper, pending-ink panel, accent-ink accent-tint, accent-ink panel,
    panel accent-ink, panel accent-hover, danger panel, on-danger danger,
    on-heat-5 heat-5, on-heat-4 heat-4, on-heat-3 heat-3, on-heat-2 heat-2, on-heat-1 heat-1, on-heat-0 heat-0
"""
# edges of fields, focus rings, parts of a chart: WCAG AA asks 3
GRAPHICS = """
    line-strong panel, line-strong paper, line-strong sunken, focus panel, focus paper, gold accent,
    met panel, pending panel, not-met panel, met missing, not-met missing, ink panel, not-met not-met-tint
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one, other) for one, other in (pair.split() for pair in text.split(","))]


def colours(css: str, scheme: str) -> dict[str, str]:
    """The custom properties that are colours, as a reader with that scheme sees them."""
    tokens = css[css.index("@layer tokens {") : css.index("@layer base {")]
    light, dark = tokens.split("prefers-color-scheme: dark")
    values = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    assert own.keys() == values.keys(), "every colour has its own value in the dark scheme"
    return values | own if scheme == "dark" else values


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, by WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("least", "wanted"), [(4.5, TEXT), (3, GRAPHICS)], ids=["text", "graphics"])
def test_every_pair_of_colours_can_be_read(scheme: str, least: float, wanted: str) -> None:
    seen = colours(PORTAL, scheme)
    weak = {pair: round(contrast(seen[pair[0]], seen[pair[1]]), 2) for pair in pairs(wanted)}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}


def test_the_text_of_the_admin_can_be_read_in_both_schemes() -> None:
    css = (STATIC / "admin.css").read_text()
    blocks = re.findall(r"\{([^{}]*--body-fg[^{}]*)\}", css)
    assert len(blocks) == 3
    for block in blocks:
        seen = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for text, ground in pairs("""
            body-fg body-bg, body-quiet-color body-bg, body-quiet-color darkened-bg, link-fg body-bg,
            link-fg darkened-bg, link-fg selected-row, link-selected-fg selected-bg, error-fg body-bg,
            header-color header-bg, header-link-color header-bg, breadcrumbs-fg breadcrumbs-bg,
            breadcrumbs-link-fg breadcrumbs-bg, button-fg button-bg, button-fg button-hover-bg,
            button-fg default-button-bg, button-fg close-button-bg, button-fg delete-button-bg,
            primary-fg primary, body-fg message-success-bg, body-fg message-warning-bg, body-fg message-error-bg
        """):
            assert contrast(seen[text], seen[ground]) >= 4.5, (text, ground)
    assert blocks[1].split() == blocks[2].split(), "the dark scheme chosen by hand is that of the system"


def test_the_first_load_is_light() -> None:
    htmx = finders.find("django_htmx/htmx-2.min.js")
    assert htmx
    packed = sum(len(gzip.compress(Path(file).read_bytes(), 6)) for file in (STATIC / "portal.css", htmx))
    fonts = sum(file.stat().st_size for file in STATIC.rglob("*.woff2"))

    assert packed < WITHOUT_FONTS_BYTES - 8_000, "a page of up to 8 kB has room beside the style sheet and htmx"
    assert packed + fonts < FIRST_LOAD_BYTES - 5_000


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_old_browsers_understand_the_stylesheet(sheet: Path) -> None:
    """Chrome 109 and Firefox 115; a rule inside a rule is nesting, an @-rule around it is not."""
    css = without_comments(sheet.read_text())
    too_new = (
        r":has\(|oklch|oklab|color-mix|light-dark|@container|@scope|@starting-style|subgrid|text-wrap"
        r"|view-transition|popover"
    )

    assert re.findall(too_new, css) == []
    assert re.findall(r"data:|url\(\s*[\"']?(?:https?:)?//|@import", css) == []
    inside: list[str] = []
    for opening, closing in re.findall(r"([^{};]*)\{|(\})", css):
        if closing:
            inside.pop()
            continue
        assert not inside or inside[-1].startswith("@"), f"{opening.strip()} stands inside {inside[-1]}"
        inside.append(opening.strip())
    assert inside == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_the_stylesheet_names_only_files_that_exist(sheet: Path) -> None:
    named = re.findall(r"url\(\"([^\"]+)\"\)", sheet.read_text())

    assert named or sheet.name != "portal.css"
    assert [name for name in named if not (STATIC / name).is_file()] == []


def test_every_class_of_the_document_is_in_the_stylesheet() -> None:
    document = (settings.BASE_DIR / "docs" / "design.md").read_text()
    used = {name for value in re.findall(r'class="([^"{]+)"', document) for name in value.split()}
    known = set(re.findall(r"\.([a-z][\w-]*)", without_comments(PORTAL)))

    assert used - known == {"bar-pending"}  # filled by the hatch of _hatch.html


def test_templates_hold_nothing_that_the_policy_refuses() -> None:
    inline = r"\sstyle=|<style|\son[a-z]+=\"|javascript:|data:[a-z]+/|<script(?![^>]*\ssrc=)[^>]*>"
    outside = r"https?://(?!www\.w3\.org/)"
    found = {
        str(file.relative_to(TEMPLATES)): re.findall(f"{inline}|{outside}", file.read_text())
        for file in TEMPLATES.rglob("*.html")
    }

    assert {name: refused for name, refused in found.items() if refused} == {}


def test_vendored_files_are_the_ones_named() -> None:
    vendor = STATIC / "vendor"
    named = dict(re.findall(r"^\| (\S+/\S+) \| ([0-9a-f]{64}) \|$", (vendor / "VENDOR.md").read_text(), re.M))
    found = {
        str(file.relative_to(vendor)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in vendor.rglob("*")
        if file.is_file() and file.name != "VENDOR.md"
    }

    assert found == named
    assert all((folder / "LICENSE").is_file() for folder in vendor.iterdir() if folder.is_dir())


def test_the_standalone_error_pages_need_no_request() -> None:
    for name in ("400.html", "500.html"):
        assert "<h1>" in get_template(name).render()
