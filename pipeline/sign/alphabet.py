"""What each character is to the normaliser: a letter, a digit, something between, or nothing; and its folded form."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LETTER = 1
DIGIT = 2
UNSPACED = 4
"""A character of a script that is written without blanks: two in a row are a word."""
APOSTROPHE = 8
"""Part of a word between two letters."""
JOINER = 16
"""Part of a figure between two digits."""
STOP = 32
"""Ends a sentence where a blank follows."""
BLANK = 64

INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
"""Soft hyphen, zero-width space and joiners, word joiner, byte order mark, bidi controls: nothing to a reader."""

_APOSTROPHES = "'‘’‚‛`´ʼ′＇"
_JOINERS = "-.,/:"
_STOPS = ".!?:。！？"
# Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_SEEN = 0x20000  # letters beyond are Han, and tags that are no text
_ALL = 0x110000


class Alphabet(NamedTuple):
    """``kinds`` uint8, the flags above; ``folded`` uint64, the code of the lower-case form; both by code point.

    ``ascii_kinds`` and ``ascii_folded`` are the same as tables for ``bytes.translate``, which is much faster.
    """

    kinds: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.uint64]
    ascii_kinds: bytes
    ascii_folded: bytes


@cache
def load_alphabet() -> Alphabet:
    """The tables for all of Unicode, made once a process from Python's own data (about 40 ms, 10 MB)."""
    kinds = np.zeros(_ALL, dtype=np.uint8)
    folded = np.arange(_ALL, dtype=np.uint64)
    for code in range(_SEEN):
        char = chr(code)
        if char.isspace():
            kinds[code] = BLANK
        elif char.isdecimal():
            kinds[code] = DIGIT
        elif char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}:
            kinds[code] = LETTER
            folded[code] = ord(char.lower()[0])
    for first, last in _UNSPACED:
        written = kinds[first : last + 1]
        kinds[first : last + 1] = np.where((written & LETTER) != 0, UNSPACED, written) if first < _SEEN else UNSPACED
    for chars, kind in ((_APOSTROPHES, APOSTROPHE), (_JOINERS, JOINER), (_STOPS, STOP)):
        for char in chars:
            kinds[ord(char)] = (int(kinds[ord(char)]) & ~LETTER) | kind
    folded[[ord(char) for char in _APOSTROPHES]] = ord("'")
    return Alphabet(kinds, folded, kinds[:256].tobytes(), bytes(folded[:128].astype(np.uint8)) + bytes(128))
