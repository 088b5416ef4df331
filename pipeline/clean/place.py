"""Decide whether the text before a mark or a sentence is the place of a dateline (``datelines.toml``)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from copydesk.pipeline.core.data_files import read_toml

# No dateline is longer; patterns see only this much of a paragraph.
MAX_DATELINE_CHARS = 220
# Letters that a word in capitals without an agency mark needs to be a place, a vowel among them: others are mostly
# abbreviations.
_MIN_PLACE_LETTERS = 3
_VOWEL = re.compile("[AEIOUYÀ-ÖØ-ÝĀĂĄĒĖĘĚĪİŌŐŒŪŮŰŸАЕЁИІОУЫЭЮЯΑΕΗΙΟΥΩ]")
# A dash between blanks, or a long one. A second dash within _MAX_ASIDE_CHARS closes an aside that the first one opened.
_DASH = re.compile(r"\s[-\u2010-\u2013\u2212]{1,2}\s|[\u2014\u2015]")
_MAX_ASIDE_CHARS = 48
_WORD_SEPARATOR = re.compile(r"[\s,./:]+")
_SENTENCE_END = re.compile(r"[.!?]\s")


@cache
def read_dateline_data() -> dict[str, Any]:
    """Load ``datelines.toml``; once per process."""
    return read_toml(Path(__file__).with_name("datelines.toml"))


@cache
def load_words(table: str, name: str) -> frozenset[str]:
    """Return a word list of ``datelines.toml``.

    Args:
        table: Name of the table.
        name: Name of the list in it.
    """
    return frozenset(read_dateline_data()[table][name])


def load_labels() -> frozenset[str]:
    """Return words in capitals before a colon or a dash that are neither places nor agencies."""
    return load_words("labels", "words")


@cache
def _load_day_pattern() -> re.Pattern[str]:
    """Return a pattern of the names of weekdays."""
    return re.compile(read_dateline_data()["prose"]["days"], re.IGNORECASE)


@cache
def _load_about_pattern() -> re.Pattern[str]:
    """Return a pattern of texts that are about the name before them."""
    return re.compile(read_dateline_data()["prose"]["about"], re.IGNORECASE)


def is_place(text: str) -> bool:
    """Return whether text may be a place with a date: short, and beginning with a capital or a letter without case."""
    text = text.strip(" ,.")
    if not text or len(text) > 80 or text[0].islower() or sum(not word.isdigit() for word in text.split()) > 11:
        return False
    words = [word for word in _WORD_SEPARATOR.split(text) if word and word[0].isalpha()]
    if any(word.upper() in load_words("labels", "notices") or word in load_words("prose", "inside") for word in words):
        return False
    if words and not is_upper(text) and words[0].casefold() in load_words("prose", "first"):
        # "On Friday, May 5 (a holiday) - ..." is a sentence.
        return False
    small = [word for word in words if word[0].islower()]
    return len(small) <= 3 and (len(words) - len(small) > 0 or not words)


def _get_letters(text: str) -> list[str]:
    """Return the letters before the first comma or digit."""
    return [char for char in re.split(r"[,\d]", text)[0] if char.isalpha()]


def is_upper(text: str) -> bool:
    """Return whether a text has at least three letters before its first comma or digit, all of them capitals."""
    letters = _get_letters(text)
    return len(letters) >= 3 and all(char.isupper() for char in letters)


def continues_sentence(rest: str) -> bool:
    """Return whether a text begins in lower case; not "iPhone" or "al-Azhar", which may begin a sentence."""
    first = rest.lstrip("\"'\u2018\u201c\u201e\u00ab ")[:MAX_DATELINE_CHARS].split(None, 1)
    return bool(first) and first[0][0].islower() and not any(char.isupper() for char in first[0])


def is_aside(rest: str) -> bool:
    """Return whether a text after a dash is an aside that a second dash soon closes: ``the space agency — said``.

    Two dashes soon after are an aside of their own.
    """
    head = rest[:MAX_DATELINE_CHARS]
    end = _SENTENCE_END.search(head)
    dashes = [dash.start() for dash in _DASH.finditer(head, 0, end.start() if end else len(head))]
    return len(dashes) % 2 == 1 and dashes[0] < _MAX_ASIDE_CHARS


def is_bare_place(name: str, place: str, end: str, rest: str) -> bool:
    """Return whether what stands before a sentence is a place, although no agency's mark says so.

    A sentence of its own must follow. A name in capitals may also be a company's, so more is required of it if no dash
    follows, as agencies set it.

    Args:
        name: Name of the form that matched.
        place: What may be a place.
        end: The matched text, with the character that closes it.
        rest: The text after it.
    """
    # "DUBAI, United Arab Emirates — text" says itself that it is a place.
    is_certain = "," in place and is_upper(place)
    first = _WORD_SEPARATOR.split(place, maxsplit=1)[0].casefold()
    if _load_day_pattern().search(place) or (first in load_words("prose", "first") and not is_certain):
        return False
    has_dash = not end.endswith((":", "."))
    if continues_sentence(rest) or (has_dash and not is_certain and is_aside(rest)):
        return False
    if name == "dated":
        return len(place.split()) <= 7
    if not is_upper(place) or place in load_labels() or len(place.split(",", maxsplit=1)[0].split()) > 4:
        return False
    if not is_certain and (
        len(_get_letters(place)) < _MIN_PLACE_LETTERS
        or place in load_words("prose", "signs")
        or not _VOWEL.search(place)
    ):
        return False
    if not has_dash and _load_about_pattern().match(rest[:MAX_DATELINE_CHARS]):
        return False
    # "BONN: TALKS GO ON - ..." is an item of a roundup under its headline.
    return not " ".join(rest.split(None, 4)[:4]).isupper()


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_load_day_pattern(), _load_about_pattern(), _DASH, _WORD_SEPARATOR, _SENTENCE_END]
