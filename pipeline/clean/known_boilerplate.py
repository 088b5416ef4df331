"""Paragraphs that were learned as a wire's boilerplate: what one is known by, and where it stands in a text.

A paragraph is known by the hash of its words, whatever their case, quotes, numbers, dates and addresses; one in which
names change too (``Story by Ann Field for Wire``) by the hash of the words between its names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence, Set
from functools import lru_cache

from copydesk.pipeline.clean.dateline import month_pattern
from copydesk.pipeline.core.text import count_words

SHORT = 8
"""A paragraph of fewer words may be a heading: amid the text it is one, whatever it says."""

_CONSTANT = 3
"""Words beside names and numbers that a paragraph needs to be known by them."""

_REACH = 4000
"""Characters; a longer paragraph is no boilerplate, and no text, however odd, makes a key slow."""

_ADDRESS = re.compile(r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]+@[\w.-]+")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
_NAME = "#"


@lru_cache(maxsize=512)  # the cleaner asks for an article's paragraphs twice
def make_keys(text: str) -> tuple[str, ...]:
    """What a paragraph is known by: by its words, and, where it has names, by the words between them.

    Empty for a paragraph without words, and for one too long to be boilerplate.
    """
    if len(text) > _REACH:
        return ()
    words = _WORD.findall(_DIGITS.sub("0", _ADDRESS.sub(" 0 ", text)))
    if not words:
        return ()
    if "0" in words:
        words = ["0" if _is_month(word) else word for word in words]
    whole = _hash(" ".join(words).casefold())
    masked: list[str] = []
    for word in words:
        shown = _NAME if word[0].isupper() else word
        if shown != _NAME or masked[-1:] != [_NAME]:
            masked.append(shown)
    constant = sum(word != _NAME and word[0].isalpha() for word in masked)
    return (whole, _hash("\n".join(masked))) if _NAME in masked and constant >= _CONSTANT else (whole,)


def make_set_id(keys: Set[str]) -> str:
    """The digest of a set of keys: equal sets, equal id; the empty set's is empty."""
    return _hash(" ".join(sorted(keys)))[:12] if keys else ""


def find_place(texts: Sequence[int], at: int) -> str:
    """Where paragraph ``at`` stands to those that are the text (their numbers, in order): head, tail or amid."""
    if not texts or at > texts[-1]:
        return "tail"
    return "head" if at < texts[0] else "amid"


def find_learned(paragraphs: Sequence[str], keys: Set[str]) -> list[int]:
    """The numbers of the paragraphs that are boilerplate by these keys, in order.

    A short one is so only before or after the text, never amid it.
    """
    if not keys:
        return []
    known = [at for at, text in enumerate(paragraphs) if not keys.isdisjoint(make_keys(text))]
    numbers = set(known)
    texts = [at for at, text in enumerate(paragraphs) if at not in numbers and count_words(text) >= SHORT]
    return [at for at in known if count_words(paragraphs[at]) >= SHORT or find_place(texts, at) != "amid"]


@lru_cache(maxsize=8192)
def _is_month(word: str) -> bool:
    return month_pattern().fullmatch(word.casefold()) is not None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
