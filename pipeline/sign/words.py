"""Texts become word hashes, a whole batch at once, without a Python step per word.

The characters of a batch are one array. Their classes come from a table (``sign.alphabet``), and words begin and end
where the class changes. A word's hash is the polynomial of its characters' code points in a fixed odd base modulo
2**64 (Karp and Rabin's fingerprint, 1987): the difference of two prefix sums, multiplied by the inverse of the base's
power at the word's position, and mixed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.entities import html5
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.text import compose
from copydesk.pipeline.sign.alphabet import (
    APOSTROPHE,
    BLANK,
    CAPITAL,
    DECIMAL_SIGN,
    DIGIT,
    GROUP_SIGNS,
    JOINER,
    LETTER,
    STOP,
    UNREAD,
    UNSPACED,
    load_alphabet,
)
from copydesk.pipeline.sign.digraphs import unify_digraphs
from copydesk.pipeline.sign.figure_words import spell_out_signs, unify_figure_words
from copydesk.pipeline.sign.shingles import HASH_BASE, mix64

MAX_CHARS = 1_000_000
"""Characters of one text that are read: a book of 170,000 words. See ``sign.long_texts`` for longer texts."""

BLOCK_CHARS = 65_536
"""Characters that are read at once if texts are shorter: their arrays stay in the processor's cache."""

NUMBER_MARK = 1
"""Mark of a word that begins or ends with a digit."""
NAME_MARK = 2
"""Mark of a word that begins with a capital and does not begin a sentence."""

_MARGIN = "\n" * 5
"""Blanks around a block, so that the neighbours of each character can be looked up."""

# An entity that is still in the text was escaped twice: "&amp;eacute;" on the page.
_ENTITY = re.compile(r"&(?:amp;){0,3}(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,30});")
# Letters and signs that are written as two characters elsewhere, and one that Unicode would set apart by a blank.
_SPELLED_OUT = (
    ("ß", "ss"), ("ẞ", "SS"), ("æ", "ae"), ("Æ", "AE"), ("œ", "oe"), ("Œ", "OE"), ("\u00b4", "'"),
    ("½", " ½"), ("¼", " ¼"), ("¾", " ¾"),
)  # fmt: skip
# Between letters of Arabic script, the zero-width non-joiner and a blank are typed for one another.
_ARABIC_NON_JOINER = re.compile("(?<=[\u0600-\u06ff])\u200c+")
# Copy without non-joiners has Persian prefixes and endings joined to the word. They are set apart in every text with a
# letter that Arabic does not have, so that it does not matter which words really have them.
_PERSIAN_LETTER = re.compile("[\u067e\u0686\u0698\u06af]")
_PERSIAN_AFFIX = re.compile(
    "\\b(\u0646?\u0645[\u06cc\u064a])(?=[\u0600-\u06ff]{2})"
    "|(?<=[\u0600-\u06ff]{2})(?=(?:\u0647\u0627[\u06cc\u064a]{0,2}|\u062a\u0631(?:[\u06cc\u064a]\u0646)?|\u0627\u0646\u062f)\\b)"
)
_BLANK_SIGN = ord(" ")
_GROUP_SIGNS = np.array(sorted(GROUP_SIGNS), dtype=np.uint64)

_U64 = npt.NDArray[np.uint64]
_U8 = npt.NDArray[np.uint8]
_I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordBatch:
    """The words of many texts, one text after the other, in reading order."""

    hashes: _U64
    """uint64[words]."""

    marks: _U8
    """uint8[words]: 0, ``NUMBER_MARK`` or ``NAME_MARK``."""

    starts: _I64
    """int64[texts + 1]: where each text starts, and the end of the last one."""


class _Powers(NamedTuple):
    """Powers 0, 1, 2 ... modulo 2**64."""

    base: _U64
    """uint64[count]: of ``HASH_BASE``."""

    inverse: _U64
    """uint64[count]: of its inverse."""


def _make_powers(count: int) -> _Powers:
    rows = []
    for factor in (HASH_BASE, pow(HASH_BASE, -1, 2**64)):
        row = np.full(count, factor, dtype=np.uint64)
        row[0] = 1
        rows.append(np.multiply.accumulate(row))  # wraps around, which is the modulus
    return _Powers(*rows)


_POWERS = _make_powers(2 * BLOCK_CHARS)


def _get_powers(count: int) -> _Powers:
    return _POWERS if count <= _POWERS.base.size else _make_powers(count)


def normalize(text: str) -> str:
    """Return the text in NFKC without entities, cut to ``MAX_CHARS``, in time linear in its length."""
    text = text[:MAX_CHARS]
    if "&" in text:
        text = _ENTITY.sub(_unescape, text)
    if text.isascii():
        return unify_digraphs(text)
    for written, spelled in _SPELLED_OUT:
        text = text.replace(written, spelled)
    if "\u200c" in text:
        text = _ARABIC_NON_JOINER.sub(" ", text)
    if _PERSIAN_LETTER.search(text):
        text = _PERSIAN_AFFIX.sub(r"\1 ", text)
    return unify_digraphs(compose(spell_out_signs(text), "NFKC")[:MAX_CHARS])


def _unescape(entity: re.Match[str]) -> str:
    """Return the character of an entity; what only looks like one as it is."""
    name = f"{entity[1]};"
    return html.unescape(f"&{name}") if name.startswith("#") or name in html5 else entity.group()


def hash_words(texts: Iterable[str]) -> WordBatch:
    """Normalize texts, split them into words, and hash the words.

    Normalization (``sign.alphabet``) is NFKC, lower case without accents, one form of each digit and apostrophe, and no
    invisible characters. A word is a run of letters, digits and combining marks. Punctuation and underscores separate
    words, except an apostrophe between letters and ``- . , / :`` between digits, where they are all the same. A sign
    that separates thousands is dropped. A letter after a digit begins a new word. In scripts without spaces, each pair
    of neighbouring characters is a word.
    """
    blocks = [_hash_block(block) for block in _group_texts([normalize(text) for text in texts])]
    if not blocks:
        return WordBatch(np.empty(0, np.uint64), np.empty(0, np.uint8), np.zeros(1, np.int64))
    counts = np.concatenate([np.diff(block.starts) for block in blocks])
    return WordBatch(
        *unify_figure_words(
            np.concatenate([block.hashes for block in blocks]),
            np.concatenate([block.marks for block in blocks]),
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            NUMBER_MARK,
        )
    )


def _group_texts(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts in groups of at most ``BLOCK_CHARS`` characters; a longer text is a group of its own."""
    block: list[str] = []
    size = 0
    for text in texts:
        if block and size + len(text) > BLOCK_CHARS:
            yield block
            block, size = [], 0
        block.append(text)
        size += len(text) + 1
    if block:
        yield block


def _hash_block(texts: Sequence[str]) -> WordBatch:
    """Hash the words of a group of normalized texts."""
    text = "\n".join([_MARGIN, *texts, _MARGIN])
    kinds, folded = _look_up_chars(text)
    offsets = np.cumsum([len(_MARGIN) + 1, *(len(text) + 1 for text in texts)])
    if not text.isascii():
        kinds, folded, offsets = _drop_chars(kinds, folded, offsets, np.flatnonzero(folded == UNREAD))
    kinds, folded, offsets = _unify_figures(kinds, folded, offsets)
    begins, ends = _find_words(kinds)
    powers = _get_powers(kinds.size)
    sums = np.zeros(kinds.size + 1, dtype=np.uint64)
    np.cumsum(folded * powers.base[: kinds.size], out=sums[1:])
    hashes = mix64((sums[ends] - sums[begins]) * powers.inverse[begins])
    starts = np.searchsorted(begins, offsets).astype(np.int64)
    return WordBatch(hashes, _mark_words(kinds, begins, ends, starts), starts)


def _look_up_chars(text: str) -> tuple[_U8, _U64]:
    """Return the flags of each character, and the code point of the form in which it is compared."""
    alphabet = load_alphabet()
    if text.isascii():
        data = text.encode("ascii")
        kinds = np.frombuffer(bytearray(data.translate(alphabet.ascii_kinds)), dtype=np.uint8)
        folded = np.frombuffer(data.translate(alphabet.ascii_folded), dtype=np.uint8)
        return kinds, folded.astype(np.uint64)
    return alphabet.look_up(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32))


def _drop_chars(kinds: _U8, folded: _U64, offsets: _I64, dropped: _I64) -> tuple[_U8, _U64, _I64]:
    """Drop the characters at these positions, and move the offsets of the texts with the rest."""
    if not dropped.size:
        return kinds, folded, offsets
    kept = np.ones(kinds.size, dtype=bool)
    kept[dropped] = False
    return kinds[kept], folded[kept], offsets - np.searchsorted(dropped, offsets)


def _unify_figures(kinds: _U8, folded: _U64, offsets: _I64) -> tuple[_U8, _U64, _I64]:
    """Drop the signs that separate thousands, and make the other signs within a figure one.

    A sign separates thousands if one to three digits are before it and exactly three after it. Where that is a decimal
    ("3.125"), it is one in every style of writing it.

    Args:
        kinds, folded: as ``_look_up_chars`` returns them, with a margin at both ends; ``folded`` is changed.
        offsets: int64[texts + 1], where each text starts.
    """
    digit = (kinds & DIGIT) != 0
    at = np.flatnonzero(digit[:-2] & digit[2:] & ~digit[1:-1]) + 1
    if not at.size:
        return kinds, folded, offsets
    folded_here = folded[at]
    groups = digit[at + 2] & digit[at + 3] & ~digit[at + 4] & np.isin(folded_here, _GROUP_SIGNS)
    has_two, has_three = digit[at - 2], digit[at - 2] & digit[at - 3]
    groups &= ~(has_three & digit[at - 4])
    # A blank does not follow a figure that has another sign: "8.5 250" are two.
    before = at - 2 - has_two - has_three
    is_joined = ((kinds[before] & (JOINER | APOSTROPHE)) != 0) & digit[before - 1]
    groups &= ~((folded_here == _BLANK_SIGN) & is_joined)
    folded[at[(kinds[at] & JOINER) != 0]] = DECIMAL_SIGN
    return _drop_chars(kinds, folded, offsets, at[groups])


def _find_words(kinds: _U8) -> tuple[_I64, _I64]:
    """Find where words begin and end, as int64 arrays of equal size.

    Args:
        kinds: uint8, the flags of each character; the first and the last character are blanks.
    """
    inside = (kinds & (LETTER | DIGIT)) != 0
    between = np.flatnonzero((kinds & (APOSTROPHE | JOINER)) != 0)
    left, here, right = kinds[between - 1], kinds[between], kinds[between + 1]
    is_inside = ((here & APOSTROPHE) != 0) & ((left & LETTER) != 0) & ((right & (LETTER | DIGIT)) != 0)
    is_inside |= ((here & JOINER) != 0) & ((left & right & DIGIT) != 0)
    inside[between[is_inside]] = True
    before, after = inside[:-1], inside[1:]
    splits = ((kinds[:-1] & DIGIT) != 0) & ((kinds[1:] & LETTER) != 0)
    begins = np.flatnonzero((after & ~before) | splits) + 1
    ends = np.flatnonzero((before & ~after) | splits) + 1
    unspaced = (kinds & UNSPACED) != 0
    if unspaced.any():
        begins, ends = _add_bigrams(unspaced, begins, ends)
    return begins, ends


def _add_bigrams(unspaced: npt.NDArray[np.bool_], begins: _I64, ends: _I64) -> tuple[_I64, _I64]:
    """Add the words of scripts without spaces: each pair of neighbouring characters, and a character that is alone."""
    here = np.flatnonzero(unspaced)
    has_next = unspaced[here + 1]
    first = here[has_next | ~unspaced[here - 1]]
    last = first + 1 + unspaced[first + 1]
    begins, ends = np.concatenate([begins, first]), np.concatenate([ends, last])
    order = np.argsort(begins, kind="stable")
    return begins[order], ends[order]


def _mark_words(kinds: _U8, begins: _I64, ends: _I64, starts: _I64) -> _U8:
    """Return the mark of each word.

    A word that begins or ends with a digit is a number. A word that begins with a capital and does not begin a text or
    a sentence is a name.
    """
    if not begins.size:
        return np.empty(0, dtype=np.uint8)
    capital = (kinds[begins] & CAPITAL) != 0
    number = ((kinds[begins] | kinds[ends - 1]) & DIGIT) != 0
    next_kinds, second_kinds = kinds[ends], kinds[np.minimum(ends + 1, kinds.size - 1)]
    # A sentence ends at "end. New" and at "end". New", but not at "u.s".
    stops = ((next_kinds & STOP) != 0) & ((second_kinds & (LETTER | DIGIT)) == 0)
    stops |= ((next_kinds & (LETTER | DIGIT | BLANK)) == 0) & ((second_kinds & STOP) != 0)
    opens = np.empty(begins.size, dtype=bool)
    opens[1:] = stops[:-1]
    opens[starts[:-1][starts[:-1] < begins.size]] = True
    name = capital & ~opens
    return np.where(name, np.uint8(NAME_MARK), np.where(number & ~capital, np.uint8(NUMBER_MARK), np.uint8(0)))
