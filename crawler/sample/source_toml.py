"""The source files of the sample wires, as an operator would write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copydesk.crawler.sample.page_markup import load_templates
from copydesk.crawler.sample.sample_wires import Wire, load_wires

_PAGE_RULES: dict[str, dict[str, Any]] = {
    "broadsheet": {
        "body": "div.c-body__inner > p.c-body__p",
        "title": "h1.c-headline",
        "published": "div.c-meta time:not(.c-updated)@datetime",
        "modified": "time.c-updated@datetime",
        "byline": "span.c-byline a",
        "section": "span.c-kicker",
    },
    "agency": {
        "body": "div[data-testid=article-body] > p[data-testid^=paragraph]",
        "title": "h1[data-testid=heading]",
        "published": "meta[name='article:published_time']@content",
        "modified": "meta[name='article:modified_time']@content",
        "byline": "div[data-testid=authors] a",
        "section": "div[data-testid=header] > a",
    },
    "tables": {
        "body": "table table p > font[face=Georgia]",
        "title": "table table font[size='5'] > b",
        "published": "table table font.when",
        "section": "table table font.desk",
    },
    "entry": {
        "body": "div.entry-summary.entry-summary3 > p",
        "title": "h1.entry-title",
        "published": "li.entry-date",
        "remove": ["div.disclaimer"],
    },
}
_ID_PATTERNS = {
    "hex": r"-([0-9a-f]{32})(?:[?#]|$)",
    "number": r"/(\d{12})(?:[/?#]|$)",
    "slug": r"-id([0-9a-z]{1,9})(?:[?#]|$)",
}
_INCLUDE_PATTERNS = {"hex": "/article/", "number": r"/\d{12}/", "slug": "/news/.*-id"}
_PLACEHOLDERS = re.compile(r"(?:\\\{[^}]*\\\})+")


def write_sources(folder: Path, origins: Mapping[str, str], *, boilerplate: bool = True) -> list[Path]:
    """Write one TOML file per wire.

    About half of the wires get page rules; the others rely on generic extraction.

    Args:
        folder: Where to write; created if it does not exist.
        origins: The origins of the wires (``http://127.0.0.1:8801``). Wires without one are skipped.
        boilerplate: Whether to list each wire's boilerplate paragraphs. If not, the cleaner has to find them.

    Returns:
        The paths of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for wire in load_wires().values():
        if wire.name in origins:
            path = folder / f"{wire.name}.toml"
            path.write_text(_write_source(wire, origins[wire.name], boilerplate=boilerplate), encoding="utf-8")
            paths.append(path)
    return paths


def _write_source(wire: Wire, origin: str, *, boilerplate: bool) -> str:
    patterns = [_make_pattern(text) for text in (wire.disclaimer, wire.house, wire.trailer) if text]
    template = load_templates().get_template("source.toml.jinja")
    return template.render(
        wire=wire,
        origin=origin,
        boilerplate=patterns if boilerplate else [],
        include="^" + re.escape(origin) + _INCLUDE_PATTERNS[wire.ids],
        identity=_ID_PATTERNS[wire.ids],
        rule=_PAGE_RULES.get(wire.layout) if wire.rules else None,
    )


def _make_pattern(text: str) -> str:
    """Return a regular expression for a boilerplate paragraph, with any numbers and any kind of quotation marks."""
    pattern = _PLACEHOLDERS.sub(r"[0-9A-Z]+", re.escape(text).replace(r"\ ", " "))
    return re.sub(r"[\"'’]", "[\"'’“”„«»]", pattern)
