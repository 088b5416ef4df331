"""Mending of text as pages give it: what no reader sees and no database takes is gone, the words stay.

Shared by all stages. Nothing here changes case, quotes or punctuation: that is the normaliser's part in signing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Soft hyphen, zero-width space, word joiner, BOM, bidi marks, embeddings, overrides and isolates, and the
# interlinear annotation characters. The joiners U+200C and U+200D are looked at one by one below.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\u061c]")
_JOINERS = re.compile("[\u200c\u200d]")
# C0 and C1 controls save tab, line feed and carriage return; lone surrogates.
_CONTROL_CHARS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_WHITESPACE = re.compile("[^\\S\n]+")
# Kana and Han, Thai: written without blanks. (Korean is written with them.)
_UNSPACED_SCRIPTS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_NEWLINES = re.compile("\n{2,}")
# Characters of a paragraph whose number of words is remembered.
_MAX_CACHED_CHARS = 4000


def _keep_joiner(text: str, at: int) -> bool:
    """Between letters of a script that joins (Arabic, Indic) and inside emoji a joiner is spelling, elsewhere noise."""
    if at == 0 or at + 1 >= len(text):
        return False
    before, after = text[at - 1], text[at + 1]
    return ord(before) >= 0x0590 and ord(after) >= 0x0590 and not (before in "\u200c\u200d" or after in "\u200c\u200d")


def _drop_joiners(text: str) -> str:
    if "\u200c" not in text and "\u200d" not in text:
        return text
    return _JOINERS.sub(lambda match: match.group() if _keep_joiner(text, match.start()) else "", text)


def normalize_text(text: str) -> str:
    """The text without NULs, controls, lone surrogates, soft hyphens, zero-width and bidi characters, in NFC.

    Runs of blanks become one blank, lines lose the blanks at their ends, empty lines go. Linear in the text's length;
    ``mend(mend(x)) == mend(x)``.
    """
    if text.isprintable():
        # As nearly all text is: no controls, no invisible characters, no line breaks, no blanks but the plain one.
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
        return " ".join(text.split()) if "  " in text or text.startswith(" ") or text.endswith(" ") else text
    text = _CONTROL_CHARS.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _drop_joiners(_INVISIBLE.sub("", text)))
    text = _WHITESPACE.sub(" ", _LINE_BREAKS.sub("\n", text))
    lines = (line.strip() for line in text.split("\n"))
    return _NEWLINES.sub("\n", "\n".join(line for line in lines if line))


def normalize_line(text: str) -> str:
    """As ``mend``, on one line."""
    return normalize_text(text).replace("\n", " ")


def count_words(text: str) -> int:
    """Words separated by blanks; in scripts written without them, every two characters count as one word."""
    # Asked of a paragraph by every stage of cleaning; a long text is not kept.
    return _count_words_cached(text) if len(text) <= _MAX_CACHED_CHARS else _count_words_uncached(text)


def _count_words_uncached(text: str) -> int:
    words = len(text.split())
    return words if text.isascii() else words + len(_UNSPACED_SCRIPTS.findall(text)) // 2


_count_words_cached = lru_cache(maxsize=512)(_count_words_uncached)
