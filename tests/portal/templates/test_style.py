"""The style sheets and scripts keep the rules of the look."""

import re
from pathlib import Path

import pytest

from portal.web.shell import ROOT

STATIC = ROOT / "static"
SHEETS = ("look.css", "parts.css", "pages.css", "dark.css")
TEMPLATES = [
    path
    for package in ("portal", "auth", "catalog", "search")
    for path in (ROOT.parent / package).rglob("*.html")
    if "provider" not in path.parts
]


def _sheets() -> str:
    return "".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS)


def _classes(path: Path) -> set[str]:
    values = re.findall(r'class="([^"]*)"', path.read_text(encoding="utf-8"))
    return {name for value in values for name in re.findall(r"\bp-[a-z][\w-]*", value)}


@pytest.mark.parametrize("name", SHEETS)
def test_type_is_never_in_pixels_and_important_is_for_print_only(name: str) -> None:
    sheet = (STATIC / name).read_text(encoding="utf-8")
    assert re.findall(r"font(?:-size)?:[^;]*\dpx", sheet) == []
    screen = sheet.split("@layer portal.print {")[0] if name == "pages.css" else sheet
    assert "!important" not in screen
    assert "url(" not in sheet


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: path.relative_to(ROOT.parent).as_posix()
)
def test_templates_use_only_classes_that_have_a_style(path: Path) -> None:
    known = set(re.findall(r"\.(p-[a-z][\w-]*)", _sheets()))
    assert _classes(path) - known == set()


def test_templates_draw_only_icons_that_are_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    drawn: set[str] = set()
    for path in TEMPLATES:
        words = path.read_text(encoding="utf-8")
        drawn |= set(re.findall(r'\b(?:icon|light)\("([\w-]+)"', words))
        drawn |= set(re.findall(r'\bicon="([\w-]+)"', words))
    assert drawn - sprite == set()
    assert {"search", "alert"} <= drawn
