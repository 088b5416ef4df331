"""Digests: one text made of items that are stories of their own, told by how their paragraphs begin.

An item begins with a slug in capitals set off by a dash or a colon (``DAM BURSTS - The dam ...``), below a line that is
all capitals, or with a dateline that names an agency (``HARTSEA (NW) - The dam ...``).
"""

from __future__ import annotations

import re

MIN_ITEMS = 3
"""A text with fewer beginnings of items is one story."""

SLUG_CHARS = 12
"""A shorter slug is a label (``NOTE -``, ``Q:``) and begins no item."""

_REACH = 160
_SEPARATOR = re.compile(r"(?:\s[-–—]{1,2}|:)\s+(?=\S)")
_DATELINE = re.compile(r"[^()\n.]{2,60}\([^()\n]{2,30}\)\s*[-–—]{1,2}\s+(?=\S)")


def find_items(body: str) -> list[str]:
    """The items' texts without slug or dateline, in order; empty where the text is no digest. Linear."""
    items: list[list[str]] = []
    below = False  # a line of capitals stands above
    for line in body.split("\n"):
        if not line or line.isspace():
            continue
        at = _find_text(line)
        if at == len(line):
            below = True
        elif at or below:
            items.append([line[at:]])
            below = False
        elif items:
            items[-1].append(line)
    return ["\n".join(lines) for lines in items] if len(items) >= MIN_ITEMS else []


def _find_text(line: str) -> int:
    """Where an item's text begins in its first line: 0 for a line that begins none, its length for a slug alone."""
    start = line[:SLUG_CHARS]
    if start.isupper() and len(line) > SLUG_CHARS:
        if len(line) <= _REACH and line.isupper() and " " in line.strip():
            return len(line)
        end = 0
        for separator in _SEPARATOR.finditer(line, SLUG_CHARS - 1, _REACH):
            slug = line[: separator.start()]
            if not slug.isupper():
                break
            if " " in slug:
                end = separator.end()
        if end:
            return end
    if "(" in line[:62] and (dateline := _DATELINE.match(line)):
        return dateline.end()
    return 0
