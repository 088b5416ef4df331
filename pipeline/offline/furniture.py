"""What several articles of a wire print alike: the furniture of its pages, and patterns of standing paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from copydesk.pipeline.extract.body_selector import make_key

MIN_PAGES = 2
"""One article cannot show what is furniture."""
MIN_BOILERPLATE_CHARS = 12


def find_furniture(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the keys of texts that two or more pages print."""
    counts = Counter(key for texts in pages for key in {make_key(text) for text in texts})
    return frozenset(key for key, count in counts.items() if count >= MIN_PAGES)


def make_patterns(texts: Sequence[Sequence[str]], furniture: frozenset[str]) -> tuple[str, ...]:
    """Return patterns of the whole paragraphs that two or more articles print."""
    counts = Counter(key for paragraphs in texts for key in {make_key(text) for text in paragraphs})
    repeated = [
        text
        for paragraphs in texts
        for text in paragraphs
        if counts[make_key(text)] >= MIN_PAGES and make_key(text) in furniture and len(text) >= MIN_BOILERPLATE_CHARS
    ]
    unique = {make_key(text): text for text in reversed(repeated)}
    return tuple(reversed([re.sub(r"\d+", r"\\d+", _escape(text)) + r"\s*$" for text in unique.values()]))


def _escape(text: str) -> str:
    return re.escape(text).replace(r"\ ", " ").replace(r"\-", "-")
