"""Figures in words: desks write "October 1" and "October one", "$9.7 million" and "9.7 mln dlrs", "12%" and "12 pct".

``figure_words.toml`` lists the words of a figure, of its multiples and of its units. Each gets the hash of one form, or
is dropped if other desks write a sign for it, which is not a word. No word becomes a number by this: the numbers of a
text are those that it has in digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.sign.alphabet import fold_letter, is_read
from copydesk.pipeline.sign.digraphs import list_spellings
from copydesk.pipeline.sign.shingles import HASH_BASE, mix64

_U64 = npt.NDArray[np.uint64]
_U8 = npt.NDArray[np.uint8]
_I64 = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]

_DATA_PATH = Path(__file__).with_suffix(".toml")

_LOW_BITS = 1 << 16


class _Role(IntFlag):
    """What a listed word is."""

    FIGURE = 1
    """A figure, or a multiple of one: a unit may follow it."""
    BEHIND_FIGURE = 2
    """Replaced only behind a figure."""
    DROP_BEHIND = 4
    DROP_BEFORE = 8
    PERCENT_FIRST = 16
    PERCENT_SECOND = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The listed words, sorted by hash."""

    hashes: _U64
    """uint64[words]: of the words as texts have them."""

    forms: _U64
    """uint64[words]: of the form that each gets; its own hash if it keeps its form."""

    flags: _U8
    """uint8[words]: what is done with each."""

    is_low: _Flags
    """bool[65536]: the lowest 16 bits of some hash; few other words have them."""


# Han numerals before what they count. A single "one" is most often an article, except in dates.
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_FIGURE = re.compile(
    "[零〇一二三四五六七八九十百千两兩]{2,6}(?=[年月日号號时時点點分秒岁歳人名位个個家次项項公万萬亿億元円度层階楼])"
    "|[一二三四五六七八九十](?=[年月日号號])|[二三四五六七八九十两兩](?=[时時点點岁歳人名个個家次项項公亿億元円度层階楼])"
)
_HAN = re.compile("[一二三四五六七八九十两兩]")


def spell_out_signs(text: str) -> str:
    """Return a text with Han numerals before a counter as digits, and words of scripts without spaces as signs.

    Args:
        text: not ASCII.
    """
    for sign, words in read_toml(_DATA_PATH)["sign"].items():
        for word in words:
            text = text.replace(word, sign)
    return _HAN_FIGURE.sub(_read_han_figure, text) if _HAN.search(text) else text


def _read_han_figure(match: re.Match[str]) -> str:
    """Return a numeral in digits: "二十三" as 23, "二〇二六" as 2026."""
    numeral = match.group()
    if not any(char in _HAN_TENS for char in numeral):
        return "".join(str(_HAN_DIGITS[char]) for char in numeral)
    total, digit = 0, None
    for char in numeral:
        if char in _HAN_TENS:
            total, digit = total + (1 if digit is None else digit) * _HAN_TENS[char], None
        else:
            digit = _HAN_DIGITS[char]
    return str(total + (digit or 0))


def unify_figure_words(hashes: _U64, marks: _U8, starts: _I64, number_mark: int) -> tuple[_U64, _U8, _I64]:
    """Give the words of figures one form each, and drop those that other desks write as a sign.

    Args:
        hashes, marks, starts: as in ``sign.words.WordBatch``.
        number_mark: the mark of a word that is a number.

    Returns:
        The three arrays, new ones if anything changes.
    """
    table = _load_table()
    at = np.flatnonzero(table.is_low[hashes.view(np.uint16)[::4]])
    places = table.hashes.searchsorted(hashes[at])
    is_listed = table.hashes.take(places, mode="clip") == hashes[at]
    at, places = at[is_listed], places[is_listed]
    if not at.size:
        return hashes, marks, starts
    flags, forms = table.flags[places], table.forms[places]
    # What is around each word; a margin on both sides, and nothing across the border of two texts.
    is_figure = np.zeros(hashes.size + 2, dtype=bool)
    is_figure[1:-1] = marks == number_mark
    begins_text = np.zeros(hashes.size + 1, dtype=bool)
    begins_text[starts] = True
    is_behind = is_figure[at] & ~begins_text[at]
    is_figure[at + 1] |= (flags & _Role.FIGURE != 0) & (is_behind | (flags & _Role.BEHIND_FIGURE == 0))
    is_behind = is_figure[at] & ~begins_text[at]
    is_before = is_figure[at + 2] & ~begins_text[at + 1]
    is_pair = _find_pairs(at, flags, begins_text)
    replaced = ((flags & _Role.BEHIND_FIGURE) == 0) | is_behind
    replaced &= ((flags & _Role.PERCENT_SECOND) == 0) | is_pair
    dropped = (((flags & _Role.DROP_BEHIND) != 0) & is_behind) | (((flags & _Role.DROP_BEFORE) != 0) & is_before)
    dropped &= ~is_pair
    dropped[:-1] |= is_pair[1:]  # the first word of the pair
    hashes = hashes.copy()
    hashes[at[replaced]] = forms[replaced]
    gone = at[dropped]
    if not gone.size:
        return hashes, marks, starts
    kept = np.ones(hashes.size, dtype=bool)
    kept[gone] = False
    return hashes[kept], marks[kept], starts - np.searchsorted(gone, starts)


def _find_pairs(at: _I64, flags: _U8, begins_text: _Flags) -> _Flags:
    """Return which listed words are the second of a pair such as "per cent"."""
    is_pair = np.zeros(at.size, dtype=bool)
    is_pair[1:] = (
        ((flags[1:] & _Role.PERCENT_SECOND) != 0)
        & ((flags[:-1] & _Role.PERCENT_FIRST) != 0)
        & (at[1:] == at[:-1] + 1)
        & ~begins_text[at[1:]]
    )
    return is_pair


@cache
def _load_table() -> _Table:
    """Return the words of ``figure_words.toml``."""
    data = read_toml(_DATA_PATH)
    forms: dict[int, int] = {}
    flags: dict[int, int] = {}

    def add(words: Iterable[str], flag: int, form: str | None = None) -> None:
        for hash_ in {_hash_word(form) for word in words for form in list_spellings(word)}:
            flags[hash_] = flags.get(hash_, 0) | flag
            forms[hash_] = forms.get(hash_, hash_) if form is None else _hash_word(form)

    for form, words in data["same"].items():
        add(words, 0 if form == "%" else _Role.FIGURE, form)
    for form, words in data["scale"].items():
        add(words["anywhere"], _Role.FIGURE, form)
        add(words["behind_figure"], _Role.FIGURE | _Role.BEHIND_FIGURE, form)
    for form, words in data["unit"].items():
        add(words["behind_figure"], _Role.BEHIND_FIGURE, form)
    add(data["percent"]["first"], _Role.PERCENT_FIRST)
    add(data["percent"]["second"], _Role.PERCENT_SECOND, "%")
    add(data["drop"]["behind_figure"], _Role.DROP_BEHIND)
    add(data["drop"]["before_figure"], _Role.DROP_BEFORE)
    ordered = sorted(forms)
    hashes = np.array(ordered, dtype=np.uint64)
    is_low = np.zeros(_LOW_BITS, dtype=bool)
    is_low[hashes & np.uint64(_LOW_BITS - 1)] = True
    return _Table(
        hashes,
        np.array([forms[one] for one in ordered], dtype=np.uint64),
        np.array([flags[one] for one in ordered], dtype=np.uint8),
        is_low,
    )


def _hash_word(word: str) -> int:
    """Return the hash that ``sign.words`` gives a word."""
    total = 0
    for at, char in enumerate(map(fold_letter, filter(is_read, word))):
        total += ord(char) * pow(HASH_BASE, at, 2**64)
    return int(mix64(np.array([total % 2**64], dtype=np.uint64))[0])
