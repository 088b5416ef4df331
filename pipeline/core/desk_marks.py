"""Words of many languages that desks write before a headline about their own copy, and the signs that set them off.

``clean`` reads them from pages, ``sign`` from titles that were not cleaned. The words are data: ``desk_marks.toml``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from copydesk.pipeline.core.data_files import read_toml

OPENING_BRACKETS = "([{（［【〔《〈「『＜"
CLOSING_BRACKETS = ")]}）］】〕》〉」』＞"
COLONS = ":：︰"
URGENCY = "urgency"
"""Name of the marks that only say how urgent the copy is."""


class DeskWords(NamedTuple):
    """Patterns of the marks with one meaning; none of them matches an empty text."""

    capitals: tuple[str, ...]
    """Count only in capitals; match them case-insensitively."""

    words: tuple[str, ...]
    """Count in any case."""


@cache
def load_desk_words() -> dict[str, DeskWords]:
    """Load the words by notice (one of ``Notice``, or ``URGENCY``), once per process."""
    return {
        notice: DeskWords(tuple(entry.get("capitals", ())), tuple(entry.get("words", ())))
        for notice, entry in read_toml(Path(__file__).with_name("desk_marks.toml")).items()
    }
