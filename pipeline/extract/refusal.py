"""Whether a page is an article at all, and if not, what it is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.text import count_words

# A body of more words than this is an article, whatever the page says around it.
_ENOUGH_WORDS = 120
# The first characters of a page that are searched for what it says of itself.
_HEAD = 1500


@dataclass(frozen=True, slots=True)
class _Kind:
    reason: str
    title: re.Pattern[str]
    text: re.Pattern[str]


@cache
def _kinds() -> tuple[_Kind, ...]:
    data = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text(encoding="utf-8"))
    return tuple(
        _Kind(
            entry["reason"],
            re.compile("|".join(f"(?:{pattern})" for pattern in entry["title"])),
            re.compile("|".join(f"(?:{pattern})" for pattern in entry["text"])),
        )
        for entry in data["page"]
    )


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [pattern for kind in _kinds() for pattern in (kind.title, kind.text)]


def find_refusal(title: str, paragraphs: tuple[str, ...], page_text: str, status: int) -> str:
    """The reason why a page is no article, or empty.

    ``page_text`` is all that a reader sees. A page with a whole body is kept, even under an error banner or with an
    error's status; a short one is judged by its title and first words.
    """
    words = sum(count_words(paragraph) for paragraph in paragraphs)
    if words > _ENOUGH_WORDS:
        return ""
    if not page_text.strip() and not title:
        return "empty"
    folded_title = title.casefold()[:300]
    body = " ".join(paragraphs)[:_HEAD].casefold()
    head = page_text[:_HEAD].casefold()
    for kind in _kinds():
        if kind.title.search(folded_title) and (words < 60 or kind.text.search(body) or kind.text.search(head)):
            return kind.reason
        # Few words and most of them about something else than news.
        if words < 60 and (kind.text.search(body) or (words < 8 and kind.text.search(head))):
            return kind.reason
    if status >= 400:
        return "error_page"
    return "" if words else "no_article"
