"""Digests: one text made of items that are stories of their own, recognized by how their paragraphs begin.

An item begins in one of three ways: with a slug in capitals before a dash or a colon (``DAM BURSTS - The dam ...``),
below a line of capitals, or with a dateline that includes an agency (``HARTSEA (NW) - The dam ...``). A long story with
headings in capitals has a text of its own above the first one; a digest has a line or two.
"""

from __future__ import annotations

import re

MIN_ITEMS = 3
"""A text with fewer items is one story."""

MAX_PREAMBLE_CHARS = 400
"""A text with more characters above its first heading is a story with headings. Desks set the first heading of a story
below three or more paragraphs; the introductions of digests have at most 40 words."""

MIN_SLUG_CHARS = 12
"""A shorter slug is a label (``NOTE -``, ``Q:``) and does not begin an item."""

_ITEM_HEAD_CHARS = 160
"""A slug ends within this many characters of its line."""

_DATELINE_CHARS = 62
"""The bracket of a dateline opens within this many characters of its line."""

_SEPARATOR = re.compile(r"(?:\s[-–—]{1,2}|:)\s+(?=\S)")
_DATELINE = re.compile(r"[^()\n.]{2,60}\([^()\n]{2,30}\)\s*[-–—]{1,2}\s+(?=\S)")


def split_digest_items(body: str) -> list[str]:
    """Split a digest into its items, in time linear in the text.

    Returns:
        The text of each item without its slug or dateline, in order, blank lines removed; empty if the text is not a
        digest.
    """
    lines = body.split("\n")
    # Most texts end here: no item begins otherwise.
    if sum(line[:MIN_SLUG_CHARS].isupper() or "(" in line[:_DATELINE_CHARS] for line in lines) < MIN_ITEMS:
        return []
    preamble: list[str] = []
    items: list[list[str]] = []
    below_datelines: list[bool] = []
    is_below_slug = False
    for line in lines:
        if not line or line.isspace():
            continue
        start = _find_item_text(line)
        if start == len(line):
            is_below_slug = True
        elif start or is_below_slug:
            items.append([line[start:]])
            below_datelines.append(line[:start].rstrip(" -–—").endswith(")"))
            is_below_slug = False
        elif items:
            items[-1].append(line)
        else:
            preamble.append(line)
    if len(items) < MIN_ITEMS:
        return []
    # A story with headings may begin with its dateline, which does not begin an item.
    if below_datelines[0] and sum(below_datelines) < MIN_ITEMS:
        preamble += items[0]
    return ["\n".join(lines) for lines in items] if sum(map(len, preamble)) <= MAX_PREAMBLE_CHARS else []


def _find_item_text(line: str) -> int:
    """Find where the text of an item starts in its first line.

    Returns:
        An index into the line; 0 if the line does not begin an item, the line's length if it is a slug alone.
    """
    if line[:MIN_SLUG_CHARS].isupper() and len(line) > MIN_SLUG_CHARS:
        if len(line) <= _ITEM_HEAD_CHARS and line.isupper() and " " in line.strip():
            return len(line)
        end = 0
        for separator in _SEPARATOR.finditer(line, MIN_SLUG_CHARS - 1, _ITEM_HEAD_CHARS):
            slug = line[: separator.start()]
            if not slug.isupper():
                break
            if " " in slug:
                end = separator.end()
        if end:
            return end
    if "(" in line[:_DATELINE_CHARS] and (dateline := _DATELINE.match(line)):
        return dateline.end()
    return 0
