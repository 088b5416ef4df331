"""Words of many languages that desks write before a headline about their own copy, and the signs that set them off.

``clean`` reads them from pages, ``sign`` from titles that were not cleaned. The words are data: ``desk_marks.toml``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from copydesk.pipeline.core.data_files import read_toml

OPENING_BRACKETS = "([{<（［【〔《〈「『＜‹"
CLOSING_BRACKETS = ")]}>）］】〕》〉」』＞›"
COLONS = ":：︰"
URGENCY = "urgency"
"""Name of the marks that only say how urgent the copy is."""

_MAX_BRACKET_CHARS = 24
# Between a mark and the headline.
_SEPARATORS = re.compile(rf"[\s{COLONS}/\-\u2010-\u2015]{{0,6}}")


def find_headline(title: str, end: int) -> int:
    """Return where the headline begins behind a mark: brackets that open in the mark are closed.

    Args:
        title: The title.
        end: Position at which the mark ends: ``CORRECTED (`` or ``(CORRECTED:``.

    Returns:
        The position; 0 if a bracket stays open, so that the mark cannot be removed whole.
    """
    depth = 0
    for char in title[:end]:
        depth = max(0, depth + (char in OPENING_BRACKETS) - (char in CLOSING_BRACKETS))
    if not depth:
        return end
    for at, char in enumerate(title[end : end + _MAX_BRACKET_CHARS], end + 1):
        depth += (char in OPENING_BRACKETS) - (char in CLOSING_BRACKETS)
        if depth == 0:
            return _SEPARATORS.match(title, at).end()  # type: ignore[union-attr]
    return 0


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
