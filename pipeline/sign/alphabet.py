"""Character classes for the normalizer, and the lower-case form of each character, as tables over all code points."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LETTER = 1
DIGIT = 2
UNSPACED = 4
"""A character of a script that is written without spaces: each pair of neighbours is a word."""
APOSTROPHE = 8
"""Part of a word if it is between two letters."""
JOINER = 16
"""Part of a number if it is between two digits."""
STOP = 32
"""Ends a sentence if a blank follows."""
BLANK = 64

INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
"""Characters that a reader does not see: soft hyphen, zero-width space and joiners, word joiner, byte order mark, and
bidirectional controls."""

_APOSTROPHES = "'‘’‚‛`´ʼ′＇"
_JOINERS = "-.,/:"
_STOPS = ".!?:。！？"
# Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_TABLE_CODE_LIMIT = 0x20000
"""Code points from here on are Han, or tags that are not text."""
_UNICODE_CODE_LIMIT = 0x110000


class Alphabet(NamedTuple):
    """Tables that are indexed by code point."""

    kinds: npt.NDArray[np.uint8]
    """uint8[0x110000]: the flags above."""

    folded: npt.NDArray[np.uint64]
    """uint64[0x110000]: the code point of the lower-case form."""

    ascii_kinds: bytes
    """256 bytes: ``kinds`` as a table for ``bytes.translate``, which is much faster."""

    ascii_folded: bytes
    """256 bytes: ``folded`` as a table for ``bytes.translate``; zero above 127."""


@cache
def load_alphabet() -> Alphabet:
    """Build the tables from Python's own Unicode data, once per process (about 40 ms, 10 MB)."""
    kinds = np.zeros(_UNICODE_CODE_LIMIT, dtype=np.uint8)
    folded = np.arange(_UNICODE_CODE_LIMIT, dtype=np.uint64)
    for code in range(_TABLE_CODE_LIMIT):
        char = chr(code)
        if char.isspace():
            kinds[code] = BLANK
        elif char.isdecimal():
            kinds[code] = DIGIT
        elif char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}:
            kinds[code] = LETTER
            folded[code] = ord(char.lower()[0])
    for first, last in _UNSPACED:
        classified = kinds[first : last + 1]
        kinds[first : last + 1] = (
            np.where((classified & LETTER) != 0, UNSPACED, classified) if first < _TABLE_CODE_LIMIT else UNSPACED
        )
    for chars, kind in ((_APOSTROPHES, APOSTROPHE), (_JOINERS, JOINER), (_STOPS, STOP)):
        for char in chars:
            kinds[ord(char)] = (int(kinds[ord(char)]) & ~LETTER) | kind
    folded[[ord(char) for char in _APOSTROPHES]] = ord("'")
    return Alphabet(kinds, folded, kinds[:256].tobytes(), bytes(folded[:128].astype(np.uint8)) + bytes(128))
