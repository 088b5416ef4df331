"""Recognize paragraphs that were learned as a wire's boilerplate, by keys.

A paragraph's key is the hash of its words without case, quotes, numbers, dates and addresses. If names in it change too
(``Story by Ann Field for Wire``), its second key is the hash of the words between them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence, Set
from functools import lru_cache

from copydesk.pipeline.clean.dateline import month_pattern
from copydesk.pipeline.core.text import count_words

MIN_TEXT_WORDS = 8
"""A paragraph with fewer words may be a heading. Within the text it always counts as one."""

_MIN_CONSTANT_WORDS = 3
"""Words other than names and numbers that a paragraph needs for its second key."""

_MAX_PARAGRAPH_CHARS = 4000
"""A longer paragraph is not boilerplate; limits the time of computing keys."""

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]+@[\w.-]+")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
_NAME_PLACEHOLDER = "#"


@lru_cache(maxsize=512)  # cleaning computes the keys of an article's paragraphs twice
def make_paragraph_keys(text: str) -> tuple[str, ...]:
    """Return a paragraph's keys: the hash of its words, and, if it contains names, that of the words between them.

    Empty for a paragraph without words, and for one too long to be boilerplate.
    """
    if len(text) > _MAX_PARAGRAPH_CHARS:
        return ()
    words = _WORD.findall(_DIGITS.sub("0", _ADDRESS.sub(" 0 ", text)))
    if not words:
        return ()
    if "0" in words:
        words = ["0" if _is_month(word) else word for word in words]
    whole = _hash(" ".join(words).casefold())
    masked: list[str] = []
    for word in words:
        masked_word = _NAME_PLACEHOLDER if word[0].isupper() else word
        if masked_word != _NAME_PLACEHOLDER or masked[-1:] != [_NAME_PLACEHOLDER]:
            masked.append(masked_word)
    constant = sum(word != _NAME_PLACEHOLDER and word[0].isalpha() for word in masked)
    return (
        (whole, _hash("\n".join(masked)))
        if _NAME_PLACEHOLDER in masked and constant >= _MIN_CONSTANT_WORDS
        else (whole,)
    )


def make_set_id(keys: Set[str]) -> str:
    """Return an ID of a set of keys: equal sets have equal IDs. Empty for the empty set."""
    return _hash(" ".join(sorted(keys)))[:12] if keys else ""


def find_position(texts: Sequence[int], at: int) -> str:
    """Return where paragraph ``at`` is relative to the text: ``head``, ``middle`` or ``tail``.

    Args:
        texts: Indexes of the paragraphs that are the text, in order.
        at: Index of the paragraph.
    """
    if not texts or at > texts[-1]:
        return "tail"
    return "head" if at < texts[0] else "middle"


def find_learned_boilerplate(paragraphs: Sequence[str], keys: Set[str]) -> list[int]:
    """Return the indexes of the paragraphs that match these keys, in order.

    A short paragraph matches only before or after the text, never within it.
    """
    if not keys:
        return []
    matching = [at for at, text in enumerate(paragraphs) if not keys.isdisjoint(make_paragraph_keys(text))]
    matching_set = set(matching)
    texts = [at for at, text in enumerate(paragraphs) if at not in matching_set and count_words(text) >= MIN_TEXT_WORDS]
    return [
        at for at in matching if count_words(paragraphs[at]) >= MIN_TEXT_WORDS or find_position(texts, at) != "middle"
    ]


@lru_cache(maxsize=8192)
def _is_month(word: str) -> bool:
    """Return whether a word may be a month's name."""
    return month_pattern().fullmatch(word.casefold()) is not None


def _hash(text: str) -> str:
    """Return the first 16 hex digits of a text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
