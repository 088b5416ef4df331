"""The sample wires, as ``sample_wires.toml`` describes them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Wire:
    """One sample wire: its conventions, its layout and what of the web's furniture it has.

    ``share`` is how many of a language's stories it writes, relative to the others. ``dateline`` is a pattern (see
    the head of ``sample_wires.toml``), ``own_dateline`` the one for its own copy where that differs. ``edits`` are what
    its desk does to others' copy. ``in_place`` wires change a page where others publish a new one.
    """

    name: str
    title: str
    agency: str
    language: str
    timezone: str
    role: str
    share: int
    dateline: str
    layout: str
    ids: str
    feed: str
    quotes: str
    clock: str
    own_dateline: str = ""
    zone_note: str = ""
    encoding: str = "utf-8"
    archive: bool = True
    sitemap: bool = True
    lists: bool = False
    rules: bool = False
    marks: bool = False
    in_place: bool = False
    feed_noise: str = ""
    edits: tuple[str, ...] = ()
    house: str = ""
    disclaimer: str = ""
    trailer: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@cache
def load_wires() -> dict[str, Wire]:
    """All sample wires by name, in the order of their ports."""
    tables = tomllib.loads((Path(__file__).parent / "sample_wires.toml").read_text(encoding="utf-8"))
    return {name: _make_wire(name, table) for name, table in tables.items()}


def _make_wire(name: str, table: dict[str, Any]) -> Wire:
    return Wire(name=name, **{**table, "edits": tuple(table.get("edits", ()))})


@cache
def list_languages() -> tuple[str, ...]:
    """The languages in use, in the wires' order."""
    return tuple(dict.fromkeys(wire.language for wire in load_wires().values()))


@cache
def list_writers(language: str) -> tuple[tuple[str, int], ...]:
    """The wires that write in a language, with their shares."""
    return tuple((wire.name, wire.share) for wire in load_wires().values() if wire.language == language)


@cache
def list_outlets(language: str) -> tuple[str, ...]:
    """The wires of a language that carry others' copy."""
    return tuple(w.name for w in load_wires().values() if w.language == language and w.role == "outlet")
