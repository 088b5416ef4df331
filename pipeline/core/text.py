"""Normalize text from pages: remove what readers cannot see and databases reject, keep every word.

All stages share this module. It does not change case, quotes or punctuation; the normalizer of signing does.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from html.entities import html5
from typing import Literal

# Soft hyphen, zero-width space, word joiner, BOM, bidi marks, embeddings, overrides and isolates, and the
# interlinear annotation characters. The joiners U+200C and U+200D are handled separately below.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\u061c]")
_JOINERS = re.compile("[\u200c\u200d]")
# C0 and C1 controls except tab, line feed and carriage return; lone surrogates.
_CONTROL_CHARS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_WHITESPACE = re.compile("[^\\S\n]+")
# Character references that are left after parsing: a page escaped its text twice, or more often. The first pattern is
# an ampersand escaped any number of times.
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0{0,5}38|#[xX]0{0,5}26);)+", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,31}[0-9]{0,2});")
# A reference may be written with references; no page nests them deeper.
_MAX_REFERENCE_DEPTH = 4
# Kana, Han and Thai are written without spaces. (Korean uses them.)
_UNSPACED_SCRIPTS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_NEWLINES = re.compile("\n{2,}")
# Word counts of longer texts are not cached: only paragraphs are counted repeatedly.
_MAX_CACHED_CHARS = 4000

# Texts up to this length, such as titles and paragraphs, are scanned for combining marks without numpy.
_MAX_SCANNED_CHARS = 2000

MAX_MARKS = 30
"""Combining marks that one letter may have: those that Unicode's stream-safe text format (UAX #15) allows."""


def _keep_joiner(text: str, index: int) -> bool:
    """Return whether a joiner is part of the spelling: between letters of Arabic and Indic scripts, or in an emoji."""
    if index == 0 or index + 1 >= len(text):
        return False
    before, after = text[index - 1], text[index + 1]
    return ord(before) >= 0x0590 and ord(after) >= 0x0590 and not (before in "\u200c\u200d" or after in "\u200c\u200d")


def _drop_joiners(text: str) -> str:
    if "\u200c" not in text and "\u200d" not in text:
        return text
    return _JOINERS.sub(lambda match: match.group() if _keep_joiner(text, match.start()) else "", text)


def compose(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return the text in a composed form of Unicode, in time linear in its length.

    Unicode sorts the combining marks after a letter, which takes time quadratic in their number. Marks after the first
    ``MAX_MARKS`` of a letter are dropped before.
    """
    if len(text) > _MAX_SCANNED_CHARS:
        # Not at the top: processes that only normalize titles do not load numpy.
        from copydesk.pipeline.core.combining_marks import drop_surplus_marks

        text = drop_surplus_marks(text, MAX_MARKS)
    elif len(text) > MAX_MARKS and any(map(unicodedata.combining, text)):
        text = _drop_surplus_marks(text)
    return unicodedata.normalize(form, text)


def _drop_surplus_marks(text: str) -> str:
    """Return the text without the marks after the first ``MAX_MARKS`` of each letter."""
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _decode_reference(match: re.Match[str]) -> str:
    """Return the character of a reference; what only looks like one is unchanged."""
    reference = match.group()
    return html.unescape(reference) if reference[1] == "#" or reference[1:] in html5 else reference


def _decode_references(text: str) -> str:
    """Return the text with the characters that HTML references stand for, however often they were escaped."""
    for _ in range(_MAX_REFERENCE_DEPTH):
        decoded = _REFERENCE.sub(_decode_reference, _AMPERSANDS.sub("&", text))
        if decoded == text:
            break
        text = decoded
    return text


def normalize_text(text: str) -> str:
    """Return the text in NFC without NULs, controls, lone surrogates, soft hyphens, zero-width and bidi characters.

    Runs of whitespace become one space, lines are stripped, and empty lines are removed. References that were escaped
    twice, such as ``&eacute;``, become characters. The function is idempotent and takes time linear in the length of
    the text.
    """
    if "&" in text and ";" in text:
        text = _decode_references(text)
    if text.isprintable():
        # The usual case: no controls, no invisible characters, no line breaks, no whitespace other than spaces.
        text = text if text.isascii() else compose(text)
        return " ".join(text.split()) if "  " in text or text.startswith(" ") or text.endswith(" ") else text
    text = _CONTROL_CHARS.sub("", text)
    if not text.isascii():
        text = compose(_drop_joiners(_INVISIBLE.sub("", text)))
    text = _WHITESPACE.sub(" ", _LINE_BREAKS.sub("\n", text))
    lines = (line.strip() for line in text.split("\n"))
    return _NEWLINES.sub("\n", "\n".join(line for line in lines if line))


def normalize_line(text: str) -> str:
    """Return the text normalized as by ``normalize_text``, on one line."""
    return normalize_text(text).replace("\n", " ")


def count_words(text: str) -> int:
    """Return the number of words; in scripts written without spaces, two characters count as one word."""
    # Every stage of cleaning counts the same paragraphs.
    return _count_words_cached(text) if len(text) <= _MAX_CACHED_CHARS else _count_words_uncached(text)


def _count_words_uncached(text: str) -> int:
    words = len(text.split())
    return words if text.isascii() else words + len(_UNSPACED_SCRIPTS.findall(text)) // 2


_count_words_cached = lru_cache(maxsize=512)(_count_words_uncached)


def squash_name(name: str) -> str:
    """Return the name of a publication without what differs between its forms: article, case, spaces and signs."""
    return "".join(char for char in name.casefold().removeprefix("the ") if char.isalnum())
