"""The sample wires, from ``sample_wires.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.data_files import read_toml


@dataclass(frozen=True, slots=True)
class Wire:
    """One sample wire: its conventions, its layout, and the features of its site."""

    name: str
    title: str
    agency: str
    """Its name in datelines and credits."""
    language: str
    timezone: str
    role: str
    """``agency`` writes its own stories; ``outlet`` also copies those of others."""
    share: int
    """The number of its stories relative to other wires of its language."""
    dateline: str
    """A pattern; see the comment at the top of ``sample_wires.toml``."""
    layout: str
    """The name of its page template."""
    ids: str
    """The form of the article number in URLs: ``hex``, ``number`` or ``slug``."""
    feed: str
    """``rss`` or ``atom``."""
    quotes: str
    """``curly`` or ``straight``."""
    clock: str
    """The format of times on its pages (``strftime``)."""
    own_dateline: str = ""
    """The dateline of its own stories, if it differs."""
    zone_note: str = ""
    """The name of its time zone, as printed after times."""
    encoding: str = "utf-8"
    archive: bool = True
    """Whether it has one news sitemap per day."""
    sitemap: bool = True
    """Whether it has a news sitemap of the latest articles."""
    lists: bool = False
    """Whether its source file uses its list page."""
    rules: bool = False
    """Whether its source file has page rules."""
    marks: bool = False
    """Whether its headlines have marks such as ``UPDATE 1-``."""
    in_place: bool = False
    """Whether a revised version replaces the page, instead of getting a page of its own."""
    feed_noise: str = ""
    """The query that it appends to URLs in its feed."""
    edits: tuple[str, ...] = ()
    """What its desk does to copies; see ``edits.apply_edits``."""
    house: str = ""
    """A promotional paragraph of the site."""
    disclaimer: str = ""
    trailer: str = ""
    """A pattern of the code at the end of each article."""

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)


@cache
def load_wires() -> dict[str, Wire]:
    """Return all sample wires by name, in the order of their ports."""
    tables = read_toml(Path(__file__).with_name("sample_wires.toml"))
    return {name: _make_wire(name, table) for name, table in tables.items()}


def _make_wire(name: str, table: dict[str, Any]) -> Wire:
    return Wire(name=name, **{**table, "edits": tuple(table.get("edits", ()))})


@cache
def list_languages() -> tuple[str, ...]:
    """Return the languages of the wires, in the order of the wires."""
    return tuple(dict.fromkeys(wire.language for wire in load_wires().values()))


@cache
def list_writers(language: str) -> tuple[tuple[str, int], ...]:
    """Return the wires of a language with their shares."""
    return tuple((wire.name, wire.share) for wire in load_wires().values() if wire.language == language)


@cache
def list_outlets(language: str) -> tuple[str, ...]:
    """Return the wires of a language that copy stories of others."""
    return tuple(wire.name for wire in load_wires().values() if wire.language == language and wire.role == "outlet")
