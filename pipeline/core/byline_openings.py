"""Patterns of what stands before, between and right behind the names of bylines (``bylines.toml``)."""

from __future__ import annotations

import re
from functools import cache

from copydesk.pipeline.core.alternatives import join_words
from copydesk.pipeline.core.byline_words import fold_word, load_byline_words

# Labels with a middle dot behind them, in Japanese: they are no longer than this.
_MAX_DOTTED_CHARS = 2
# "Jane DoeNovember 24", "Jane DoeReporter", "Jane Doe24 November": styles set apart what the markup does not.
_GLUED = re.compile(
    r"(?:(?<=[a-z\u00df-\u00ff])|(?<=[A-Z]{3}))(?P<word>[A-Z][a-z\u00df-\u00ff]{2,15})\b(?P<figure>(?=\.?,?\s?\d))?|(?<=[a-z]{2})(?=\d{1,2}[\s./])"
)
_GLUED_VERBS = frozenset({"updated", "published", "posted"})


@cache
def load_opening() -> re.Pattern[str]:
    """Return the pattern of what stands before names."""
    with_colon = load_byline_words("by", "colon")
    bare = join_words(load_byline_words("by") - with_colon)
    closed = join_words(with_colon | load_byline_words("by", "sources"))
    dotted = join_words(word for word in with_colon if not word.isascii() and len(word) <= _MAX_DOTTED_CHARS)
    return re.compile(
        rf"(?:(?P<bare>{bare})(?:\s?[:\uff1a]\s?|\s|(?-i:(?<=[Bb]y)(?=[A-Z][a-z]))|$)"
        rf"|(?:{closed})\s?[:\uff1a](?:\s|(?=[^\x00-\x7f])|(?=[A-Z])|$)|(?:{dotted})[\u30fb/\uff0f])",
        re.IGNORECASE,
    )


@cache
def load_labels() -> frozenset[str]:
    """Return the words that stand before names behind a separator: ``By``, ``Text /``."""
    return load_byline_words("by") | load_byline_words("by", "colon") | load_byline_words("by", "sources")


@cache
def load_aside() -> re.Pattern[str]:
    """Return the pattern of what stands before the names of those who have not written the text."""
    words = load_byline_words("by", "others")
    full = join_words(word for word in words if " " in word)
    return re.compile(
        rf"(?:(?:{full})(?:\s?[:\uff1a]|\s)|(?:{join_words(words)})\s?[:\uff1a/\uff0f\u30fb])", re.IGNORECASE
    )


@cache
def load_aside_behind_comma() -> re.Pattern[str]:
    """Return the pattern of what separates names from those of others: ``Jane Doe, photographs by ...``."""
    words = load_byline_words("by", "others")
    full = join_words(word for word in words if " " in word)
    short = join_words(word for word in words if " " not in word)
    return re.compile(
        rf"\s?[,\uff0c]\s?(?=(?:{full})(?:\s?[:\uff1a]|\s)|(?:{short})\s?[:\uff1a])"
        rf"|\s(?:and|und|et|y|e|en|i|och|og)\s(?=(?:{full})(?:\s?[:\uff1a]|\s))"
        r"|\s(?=with (?:files|(?:additional )?reporting) (?:from|by)\s)",
        re.IGNORECASE,
    )


@cache
def load_and() -> re.Pattern[str]:
    """Return the pattern of words between names: in small letters, as ``Dan`` and ``E`` are also names."""
    words = load_byline_words("and") | {word.upper() for word in load_byline_words("and", "capitals")}
    return re.compile(rf"\s(?:{join_words(words)})\s|\sو\s?")


@cache
def load_inner_by() -> re.Pattern[str]:
    """Return the pattern of a word such as "by" behind a time: ``March 5, 2026 by Jane Doe``."""
    words = join_words(load_byline_words("by", "behind_date"))
    sources = join_words(load_byline_words("by", "sources"))
    return re.compile(
        rf",?\s(?=(?:[Bb]y|BY)\s[^a-z]|(?i:{sources})\s?[:\uff1a])|(?<=\d),?\s(?=(?:{words})\s[^\Wa-z\d_])"
    )


def separate_glued(text: str) -> str:
    """Return a text with blanks between a name and the date or role that follows it without one."""

    def separate(found: re.Match[str]) -> str:
        """Return a word, with a blank before it if it does not belong to the name."""
        word = found["word"]
        folded = fold_word(word or "")
        is_date = found["figure"] is not None and folded in load_byline_words("dates")
        is_other = not word or is_date or folded in _GLUED_VERBS or folded in load_byline_words("roles")
        return f" {word or ''}" if is_other else word

    return _GLUED.sub(separate, text)


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [load_opening(), load_aside(), load_aside_behind_comma(), load_and(), load_inner_by(), _GLUED]
