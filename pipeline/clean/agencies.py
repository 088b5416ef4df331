"""The agencies and their marks (``agencies.toml``)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

# What stands between the marks of a shared credit: "dpa/AFP", "AP, Reuters and AFP".
_BETWEEN = re.compile(r"\s*(?:/|,|;|&|\+|\||\band\b|\bund\b|\bet\b|\by\b|\be\b)\s*")


@cache
def _read_data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "agencies.toml").read_text(encoding="utf-8"))


@cache
def _marks() -> dict[str, str]:
    return {mark: name for name, marks in _read_data()["marks"].items() for mark in marks}


@cache
def _loose_marks() -> dict[str, str]:
    """Marks of more than four characters may be written in any case."""
    return {mark.casefold(): name for mark, name in _marks().items() if len(mark) > 4}


@cache
def mark_pattern() -> str:
    """A regular expression (not compiled) of all marks, the longest first; long ones in capitals as well."""
    marks = {*_marks(), *(mark.upper() for mark in _marks() if len(mark) > 4)}
    return "|".join(re.escape(mark) for mark in sorted(marks, key=lambda mark: (-len(mark), mark)))


def find_agency(mark: str) -> str:
    """The agency's short name for its mark as printed (``Associated Press`` -> ``AP``); empty where it is none."""
    mark = mark.strip().strip("()[]/ .:\u2013\u2014-").strip()
    return _marks().get(mark) or _loose_marks().get(mark.casefold(), "")


def names_no_one(mark: str) -> bool:
    """Whether a mark says that the copy is agencies' and not which (``AGENCIES``)."""
    return mark.strip().casefold() in _read_data()["anyone"]["words"]


def find_agencies(marks: str) -> list[str]:
    """The short names in a shared mark (``dpa/AFP``), in order; empty where any part of it is no agency."""
    whole = find_agency(marks)
    if whole:
        return [whole]
    found: list[str] = []
    for part in _BETWEEN.split(marks.strip()[:80]):
        name = find_agency(part)
        # A desk's sign after the agency's mark: "dpa/bb", "dpa mp".
        if not name and found and re.fullmatch(r"[a-zäöü]{2,4}|lno|lby|lsw|lnw|rok|[A-Z]{2,3}", part.strip()):
            continue
        if not name:
            return []
        found.append(name)
    return found
