"""Every link in the documentation resolves, every page is reachable, and every path in a page exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = sorted([*(ROOT / name for name in TOP), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
PATH = re.compile(r"(?:crawler|dags|docs|pipeline|tests|\.ci)/[\w./-]*")
PLACEHOLDER_PATHS = {"tests/unit/pages/NAME/", "crawler/sources/FOLDER/NAME.toml"}
"""Placeholders for the paths of a new wire."""


def read_page(name: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def list_links(name: str) -> list[str]:
    """Return the targets of a page's links and images, without those of code."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", read_page(name)))


def make_anchor(heading: str) -> str:
    """Return the anchor that Markdown renderers give to a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def list_anchors(name: str) -> set[str]:
    """Return the anchors of a page's headings; a heading that occurs again gets a number."""
    seen: dict[str, int] = {}
    anchors = set()
    for heading in re.findall(r"^#{1,6} (.*)$", read_page(name), re.MULTILINE):
        anchor = make_anchor(heading)
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        anchors.add(f"{anchor}-{count}" if count else anchor)
    return anchors


@pytest.mark.parametrize("name", NAMES)
def test_links_and_anchors_exist(name: str) -> None:
    broken = []
    for link in list_links(name):
        if re.match(r"\w+://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        if not target.exists() or (anchor and anchor not in list_anchors(target.relative_to(ROOT).as_posix())):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_paths_in_pages_exist(name: str) -> None:
    named = {
        path for code in re.findall(r"`([^`\n]+)`", read_page(name)) for path in PATH.findall(code) if path == code
    }
    assert sorted(path for path in named - PLACEHOLDER_PATHS if not (ROOT / path).exists()) == []


def test_every_page_is_linked_from_the_index() -> None:
    linked = set()
    for index in ("docs/README.md", "docs/adr/README.md"):
        for link in list_links(index):
            linked.add(((ROOT / index).parent / link.partition("#")[0]).resolve())
    assert sorted(set(PAGES) - linked - {ROOT / "docs" / "README.md"}) == []


@pytest.mark.parametrize("name", NAMES)
def test_lines_have_at_most_120_characters(name: str) -> None:
    long = [line for line in read_page(name).splitlines() if len(line) > 120 and not line.startswith("|")]
    assert long == []


def test_anchors_match_those_of_renderers() -> None:
    assert make_anchor("`[discovery]`") == "discovery"
    assert make_anchor("What is similar, and how") == "what-is-similar-and-how"
    assert make_anchor("1. Profiles and generations") == "1-profiles-and-generations"
