"""Character classes for the normalizer, and the lower-case form of each character, as tables over all code points."""

from __future__ import annotations

import unicodedata
from functools import cache

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
CAPITAL = 128
"""A letter that has a lower-case form."""

UNREAD = 0
"""Value in ``Alphabet.folded`` of a character that is dropped before words are found."""

DECIMAL_SIGN = ord(".")
"""Value in ``Alphabet.folded`` of the signs that separate decimals, thousands or the parts of a number."""

GROUP_SIGNS = frozenset(map(ord, ".,' "))
"""Values in ``Alphabet.folded`` of the signs that separate thousands ("1,250", "1.250", "1'250", "1 250")."""

# Characters that a reader does not see: soft hyphen, zero-width space and joiners, word joiner, byte order mark, and
# bidirectional controls.
_INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
# Marks that an Arabic text may have or not: the letter extender and the hamza on the line.
_OPTIONAL_LETTERS = "\u0640\u0621"

_APOSTROPHES = "'‘’‚‛`ʼ′＇"
# As code points: hyphens and dashes, minus sign, fraction slash, middle dot, Arabic decimal and thousands signs.
_JOINERS = {
    "-": "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212/:\u2044\u2236",
    ".": ".\u00b7\u066b",
    ",": ",\u066c",
}
_ALL_JOINERS = "".join(_JOINERS.values())
_STOPS = ".!?:。！？"
_WORD_SIGNS = "%٪"
"""Signs that desks also write as a word."""

# Letters that readers and desks take for one another, and that Unicode does not decompose: the final sigma, the dotless
# and stroked letters of Latin, the letters of Arabic that Persian, Urdu and careless typing replace, the two nasal
# signs of Hindi.
_SAME_LETTERS = str.maketrans(
    "ςıđðøłħ\u0649\u06cc\u06d2\u06a9\u06aa\u0629\u06d5\u06c1\u06be\u06c3\u0671\u0901",
    "σiddolh\u064a\u064a\u064a\u0643\u0643\u0647\u0647\u0647\u0647\u0647\u0627\u0902",
)

# Thai, Lao, Myanmar, Khmer, kana, Han. Hangul as well: desks set its blanks differently, and its particles are written
# with the word.
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
_TABLE_CODE_LIMIT = 0x20000
"""Code points from here on are Han, or tags that are not text."""
_UNICODE_CODE_LIMIT = 0x110000


class Alphabet:
    """Tables that are indexed by code point, filled in as characters occur: most texts have few that are not ASCII.

    Attributes:
        ascii_kinds: 256 bytes: the flags as a table for ``bytes.translate``, which is much faster.
        ascii_folded: 256 bytes: the compared forms as a table for ``bytes.translate``; zero above 127.
    """

    def __init__(self) -> None:
        self._is_known = np.zeros(_UNICODE_CODE_LIMIT, dtype=bool)
        self._kinds = np.zeros(_UNICODE_CODE_LIMIT, dtype=np.uint8)
        self._folded = np.zeros(_UNICODE_CODE_LIMIT, dtype=np.uint64)
        self.look_up(np.arange(128, dtype=np.uint32))
        self.ascii_kinds = self._kinds[:256].tobytes()
        self.ascii_folded = bytes(self._folded[:128].astype(np.uint8)) + bytes(128)

    def look_up(self, codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint64]]:
        """Return the flags of each character, and the code point of the form in which it is compared.

        Args:
            codes: uint32, code points.
        """
        is_known = self._is_known[codes]
        if not is_known.all():
            for code in np.unique(codes[~is_known]).tolist():
                self._kinds[code], self._folded[code] = _classify(code)
                self._is_known[code] = True
        return self._kinds[codes], self._folded[codes]


@cache
def load_alphabet() -> Alphabet:
    """Return the tables of this process (10 MB if most of Unicode occurs)."""
    return Alphabet()


def _classify(code: int) -> tuple[int, int]:
    """Return the flags of a character and the code point of its compared form, from Python's own Unicode data."""
    char = chr(code)
    if char in _INVISIBLE or char in _OPTIONAL_LETTERS:
        return 0, UNREAD
    kind, folded = 0, code or ord("\n")
    if code >= _TABLE_CODE_LIMIT:
        pass
    elif char.isspace():
        kind = BLANK
    elif char.isdecimal():
        kind, folded = DIGIT, ord("0") + unicodedata.decimal(char)
    elif _is_optional_mark(char):
        return 0, UNREAD
    elif char in _WORD_SIGNS:
        kind, folded = LETTER, ord(_WORD_SIGNS[0])
    elif char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"}:
        kind = LETTER | (CAPITAL if char.lower() != char else 0)
        folded = ord(fold_letter(char))
    is_unspaced = any(first <= code <= last for first, last in _UNSPACED)
    if is_unspaced and (kind & LETTER or code >= _TABLE_CODE_LIMIT):
        kind = UNSPACED
    for chars, flag in ((_APOSTROPHES, APOSTROPHE), (_ALL_JOINERS, JOINER), (_STOPS, STOP)):
        if char in chars:
            kind = kind & ~LETTER | flag
    for sign, chars in (("'", _APOSTROPHES), *_JOINERS.items()):
        if char in chars:
            folded = ord(sign)
    return kind, folded


def is_read(char: str) -> bool:
    """Return whether a character is part of what is compared: not invisible, and no optional mark."""
    return _classify(ord(char))[1] != UNREAD


def fold_letter(char: str) -> str:
    """Return the letter in lower case without the marks that are optional in print ("É" and "e" are the same)."""
    decomposed = unicodedata.normalize("NFD", char.lower()[0])
    is_plain = all(map(_is_optional_mark, decomposed[1:]))
    return (decomposed[0] if is_plain else char.lower()[0]).translate(_SAME_LETTERS)


def _is_optional_mark(char: str) -> bool:
    """Return whether a combining mark may be left out: accents, Hebrew and Arabic points, the nukta of Indic scripts.

    The combining classes are those of Unicode. The voicing marks of kana (8), the virama (9) and the tone marks of Thai
    and Lao are letters to a reader.
    """
    combining_class = unicodedata.combining(char)
    return combining_class >= 200 or 10 <= combining_class <= 36 or combining_class in {1, 7}
