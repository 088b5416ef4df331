"""Texts become word hashes, a whole batch at once, without a Python step per word.

The characters of a batch are one array. Their classes come from a table (``sign.alphabet``), and words begin and end
where the class changes. A word's hash is the polynomial of its characters' code points in a fixed odd base modulo
2**64 (Karp and Rabin's fingerprint, 1987): the difference of two prefix sums, multiplied by the inverse of the base's
power at the word's position, and mixed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.sign.alphabet import (
    APOSTROPHE,
    BLANK,
    DIGIT,
    INVISIBLE,
    JOINER,
    LETTER,
    STOP,
    UNSPACED,
    load_alphabet,
)
from copydesk.pipeline.sign.shingles import HASH_BASE, mix64

MAX_WORDS = 20_000
"""Words of one text that are hashed, counted after normalization; the rest is not compared."""

MAX_CHARS = 1_000_000
"""Characters of one text that are read."""

BLOCK_CHARS = 65_536
"""Characters that are read at once if texts are shorter: their arrays stay in the processor's cache."""

NUMBER_MARK = 1
"""Mark of a word that begins or ends with a digit."""
NAME_MARK = 2
"""Mark of a word that begins with a capital and does not begin a sentence."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]")

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
    """Return the text in NFC without invisible characters, cut to ``MAX_CHARS``."""
    if text.isascii():
        return text[:MAX_CHARS]
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text[:MAX_CHARS]))


def hash_words(texts: Iterable[str]) -> WordBatch:
    """Normalize texts, split them into words, and hash the words.

    Normalization is NFC, lower case, one form of apostrophe, and no invisible characters. A word is a run of letters,
    digits and combining marks. Punctuation and underscores separate words, except an apostrophe between letters and
    ``- . , / :`` between digits. A letter after a digit begins a new word. In scripts without spaces, each pair of
    neighbouring characters is a word.

    Returns:
        At most ``MAX_WORDS`` words of each text.
    """
    blocks = [_hash_block(block) for block in _group_texts([normalize(text) for text in texts])]
    if not blocks:
        return WordBatch(np.empty(0, np.uint64), np.empty(0, np.uint8), np.zeros(1, np.int64))
    counts = np.concatenate([np.diff(block.starts) for block in blocks])
    return WordBatch(
        np.concatenate([block.hashes for block in blocks]),
        np.concatenate([block.marks for block in blocks]),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
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
    codes, kinds, folded = _look_up_chars("\n".join(["", *texts, ""]))
    begins, ends = _find_words(kinds)
    powers = _get_powers(codes.size)
    sums = np.zeros(codes.size + 1, dtype=np.uint64)
    np.cumsum(folded * powers.base[: codes.size], out=sums[1:])
    hashes = mix64((sums[ends] - sums[begins]) * powers.inverse[begins])
    offsets = np.cumsum([1, *(len(text) + 1 for text in texts)])
    starts = np.searchsorted(begins, offsets).astype(np.int64)
    capital = (kinds[begins] & LETTER != 0) & (codes[begins] != folded[begins])
    return _truncate_words(WordBatch(hashes, _mark_words(kinds, capital, begins, ends, starts), starts))


def _look_up_chars(text: str) -> tuple[npt.NDArray[np.unsignedinteger], _U8, _U64]:
    """Return the code point, the flags and the lower-case code point of each character."""
    alphabet = load_alphabet()
    if text.isascii():
        data = text.encode("ascii")
        kinds = np.frombuffer(bytearray(data.translate(alphabet.ascii_kinds)), dtype=np.uint8)
        folded = np.frombuffer(data.translate(alphabet.ascii_folded), dtype=np.uint8)
        return np.frombuffer(data, dtype=np.uint8), kinds, folded.astype(np.uint64)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes, alphabet.kinds[codes], alphabet.folded[codes]


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


def _mark_words(kinds: _U8, capital: npt.NDArray[np.bool_], begins: _I64, ends: _I64, starts: _I64) -> _U8:
    """Return the mark of each word.

    A word that begins or ends with a digit is a number. A word that begins with a capital and does not begin a text or
    a sentence is a name.
    """
    if not begins.size:
        return np.empty(0, dtype=np.uint8)
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


def _truncate_words(batch: WordBatch) -> WordBatch:
    """Drop the words of each text after ``MAX_WORDS``."""
    lengths = np.diff(batch.starts)
    if not (lengths > MAX_WORDS).any():
        return batch
    at = np.arange(batch.hashes.size) - np.repeat(batch.starts[:-1], lengths)
    kept = at < MAX_WORDS
    starts = np.concatenate(([0], np.cumsum(np.minimum(lengths, MAX_WORDS)))).astype(np.int64)
    return WordBatch(batch.hashes[kept], batch.marks[kept], starts)
