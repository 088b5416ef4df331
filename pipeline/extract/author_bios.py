"""Read the name in a sentence about who wrote the text."""

from __future__ import annotations

import re

from copydesk.pipeline.core.byline import MAX_BYLINE_CHARS
from copydesk.pipeline.core.byline_words import cut_title, fold_word, is_person, load_byline_words
from copydesk.pipeline.core.text import normalize_line

# "Jane Doe, a former judge, is a columnist for The Post."
_BIO = re.compile(
    r"(?P<name>[^\W\d_][^,.;:!?()]{3,40}?)(?:,[^,.;:]{1,80}){0,2}\s?,?\s"
    r"(?:is|was|are|ist|war|est|es|è|é|är|er|jest"
    r"|(?P<verb>covers|reports (?:on|from)|writes (?:about|for|on)))\s(?P<rest>.{3,200})"
)
_WORD = re.compile(r"[^\W\d_]+")
# Words behind "is" that are searched for what somebody works as.
_MAX_BIO_WORDS = 14


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_BIO, _WORD]


def read_bio(text: str) -> str:
    """Return the name in a sentence about who wrote the text; empty if it is none: "Jane Doe is a staff writer ..."."""
    found = _BIO.match(normalize_line(text)[:MAX_BYLINE_CHARS])
    if found is None:
        return ""
    name = cut_title(found["name"].strip())
    if found["verb"]:
        return name if len(name.split()) > 1 and is_person(name) else ""
    jobs = load_byline_words("roles", "jobs") | load_byline_words("roles", "scholars")
    words = [fold_word(word) for word in _WORD.findall(found["rest"])[:_MAX_BIO_WORDS]]
    return name if len(name.split()) > 1 and is_person(name) and not jobs.isdisjoint(words) else ""
