"""Look up news agencies by the marks in their copy (``agencies.toml``)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.alternatives import join_words
from copydesk.pipeline.core.data_files import read_toml

_DATA_PATH = Path(__file__).with_name("agencies.toml")
# Between the marks of a shared credit: "dpa/AFP", "AP, Reuters and AFP".
_MARK_SEPARATOR = re.compile(r"\s*(?:/|,|;|&|\+|\||\band\b|\bund\b|\bet\b|\by\b|\be\b)\s*")

_FULL_WIDTH = {letter + 0xFEE0: letter for letter in range(0x41, 0x7B)}


@cache
def _load_marks() -> dict[str, str]:
    """Return the agency of each mark."""
    return {mark: name for name, marks in read_toml(_DATA_PATH)["marks"].items() for mark in marks}


@cache
def _load_loose_load_marks() -> dict[str, str]:
    """Return the agency of each case-folded mark of more than four characters: those may be written in any case."""
    return {mark.casefold(): name for mark, name in _load_marks().items() if len(mark) > 4}


@cache
def mark_pattern() -> str:
    """Return an uncompiled regular expression of all marks, the longest first; long ones also in capitals."""
    marks = {*_load_marks(), *(mark.upper() for mark in _load_marks() if len(mark) > 4)}
    return join_words(marks)


def find_agency(mark: str) -> str:
    """Return the agency's short name for its printed mark (``Associated Press`` -> ``AP``); empty if unknown."""
    mark = mark.strip().strip("()[]/ .:\u2013\u2014-").strip()
    if not mark.isascii():
        # Japanese agencies print the marks of others in full width: "\uff21\uff30".
        mark = mark.translate(_FULL_WIDTH)
    return _load_marks().get(mark) or _load_loose_load_marks().get(mark.casefold(), "")


def is_generic_mark(mark: str) -> bool:
    """Return whether a mark credits agencies without naming one (``AGENCIES``)."""
    return mark.strip().casefold() in read_toml(_DATA_PATH)["anyone"]["words"]


def find_agencies(marks: str) -> list[str]:
    """Return the short names in a shared mark (``dpa/AFP``), in order; empty if any part is not an agency."""
    whole = find_agency(marks)
    if whole:
        return [whole]
    names: list[str] = []
    for part in _MARK_SEPARATOR.split(marks.strip()[:80]):
        name = find_agency(part)
        # An editor's sign or a regional desk after the agency's mark: "dpa/bb", "dpa mp".
        if not name and names and re.fullmatch(r"[a-zäöü]{2,4}|lno|lby|lsw|lnw|rok|[A-Z]{2,3}", part.strip()):
            continue
        # Or before it: "jwi/dpa".
        if not name and not names and re.fullmatch(r"[a-zäöü]{2,4}", part.strip()) and f"{part}/" in marks:
            continue
        if not name:
            return []
        names.append(name)
    return names
