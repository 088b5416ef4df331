"""Text to word hashes, a whole batch at once, without a step a word.

The characters of a batch are one array. Each is looked up in a table (``sign.alphabet``); words are where the
kinds change; and a word's hash, a polynomial of its characters' codes in a fixed odd base modulo 2**64, is the
difference of two prefix sums, brought to the base's power zero by multiplying with the inverse (Karp and Rabin's
fingerprint, 1987), then mixed.
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
from copydesk.pipeline.sign.shingles import mix

MAX_WORDS = 20_000
"""Words of one text that are looked at, counted after normalising; what comes after is not compared."""

MAX_CHARS = 1_000_000
"""Characters of one text that are looked at."""

BLOCK_CHARS = 65_536
"""Characters read at once where texts are shorter: their arrays stay in the processor's cache."""

NUMBER = 1
"""Mark of a word with a digit in it."""
NAME = 2
"""Mark of a word that is written with a capital where a sentence does not ask for one."""

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse; 2**64 over the golden ratio
_INVISIBLE = re.compile(f"[{INVISIBLE}]")

_U64 = npt.NDArray[np.uint64]
_U8 = npt.NDArray[np.uint8]
_I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordBatch:
    """The words of many texts, one text after the other.

    ``hashes`` uint64[n] in reading order; ``marks`` uint8[n] of ``NUMBER | NAME``; ``starts`` int64[texts + 1], where
    each text begins, and the end of the last.
    """

    hashes: _U64
    marks: _U8
    starts: _I64


class _Powers(NamedTuple):
    """The base's powers, and those of its inverse: uint64, as many as were asked for so far."""

    up: _U64
    down: _U64


def _make_powers(count: int) -> _Powers:
    # Wrapping is what is wanted: all is modulo 2**64.
    inverse = pow(_BASE, -1, 2**64)
    rows = []
    for base in (_BASE, inverse):
        row = np.full(count, base, dtype=np.uint64)
        row[0] = 1
        rows.append(np.multiply.accumulate(row))
    return _Powers(*rows)


_POWERS = _make_powers(2 * BLOCK_CHARS)


def _give_powers(count: int) -> _Powers:
    return _POWERS if count <= _POWERS.up.size else _make_powers(count)


def normalise(text: str) -> str:
    """The text in NFC without invisible characters, cut to ``MAX_CHARS``; an ASCII text as it is."""
    if text.isascii():
        return text[:MAX_CHARS]
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text[:MAX_CHARS]))


def read_words(texts: Iterable[str]) -> WordBatch:
    """Normalise (NFC, lower case, apostrophes folded, invisible characters out), cut into words, hash them.

    A word is a run of letters, digits and combining marks; punctuation and underscores part words, but an apostrophe
    between letters and ``- . , / :`` between digits are part of theirs; a letter after a digit begins a word. Scripts
    without blanks give character bigrams. At most ``MAX_WORDS`` words of a text are given.
    """
    blocks = [_read_block(block) for block in _group([normalise(text) for text in texts])]
    if not blocks:
        return WordBatch(np.empty(0, np.uint64), np.empty(0, np.uint8), np.zeros(1, np.int64))
    counts = np.concatenate([np.diff(block.starts) for block in blocks])
    return WordBatch(
        np.concatenate([block.hashes for block in blocks]),
        np.concatenate([block.marks for block in blocks]),
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
    )


def _group(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in groups of about ``BLOCK_CHARS`` characters; a longer text is alone."""
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


def _read_block(texts: Sequence[str]) -> WordBatch:
    codes, kinds, folded = _look_up("\n".join(["", *texts, ""]))
    begins, ends = _find_words(kinds)
    powers = _give_powers(codes.size)
    sums = np.zeros(codes.size + 1, dtype=np.uint64)
    np.cumsum(folded * powers.up[: codes.size], out=sums[1:])
    hashes = mix((sums[ends] - sums[begins]) * powers.down[begins])
    offsets = np.cumsum([1, *(len(text) + 1 for text in texts)])
    starts = np.searchsorted(begins, offsets).astype(np.int64)
    capital = (kinds[begins] & LETTER != 0) & (codes[begins] != folded[begins])
    return _cap(WordBatch(hashes, _mark(kinds, capital, begins, ends, starts), starts))


def _look_up(text: str) -> tuple[npt.NDArray[np.unsignedinteger], _U8, _U64]:
    """Of each character its code, kind and folded code."""
    alphabet = load_alphabet()
    if text.isascii():
        data = text.encode("ascii")
        kinds = np.frombuffer(bytearray(data.translate(alphabet.ascii_kinds)), dtype=np.uint8)
        folded = np.frombuffer(data.translate(alphabet.ascii_folded), dtype=np.uint8)
        return np.frombuffer(data, dtype=np.uint8), kinds, folded.astype(np.uint64)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes, alphabet.kinds[codes], alphabet.folded[codes]


def _find_words(kinds: _U8) -> tuple[_I64, _I64]:
    """Where words begin and end; the first and the last character are blanks."""
    inside = (kinds & (LETTER | DIGIT)) != 0
    between = np.flatnonzero((kinds & (APOSTROPHE | JOINER)) != 0)
    left, here, right = kinds[between - 1], kinds[between], kinds[between + 1]
    joins = ((here & APOSTROPHE) != 0) & ((left & LETTER) != 0) & ((right & (LETTER | DIGIT)) != 0)
    joins |= ((here & JOINER) != 0) & ((left & right & DIGIT) != 0)
    inside[between[joins]] = True
    before, after = inside[:-1], inside[1:]
    parted = ((kinds[:-1] & DIGIT) != 0) & ((kinds[1:] & LETTER) != 0)
    begins = np.flatnonzero((after & ~before) | parted) + 1
    ends = np.flatnonzero((before & ~after) | parted) + 1
    unspaced = (kinds & UNSPACED) != 0
    if unspaced.any():
        begins, ends = _add_bigrams(unspaced, begins, ends)
    return begins, ends


def _add_bigrams(unspaced: npt.NDArray[np.bool_], begins: _I64, ends: _I64) -> tuple[_I64, _I64]:
    """With the words of scripts without blanks: two characters in a row, and one that stands alone."""
    here = np.flatnonzero(unspaced)
    goes_on = unspaced[here + 1]
    first = here[goes_on | ~unspaced[here - 1]]
    last = first + 1 + unspaced[first + 1]
    begins, ends = np.concatenate([begins, first]), np.concatenate([ends, last])
    order = np.argsort(begins, kind="stable")
    return begins[order], ends[order]


def _mark(kinds: _U8, capital: npt.NDArray[np.bool_], begins: _I64, ends: _I64, starts: _I64) -> _U8:
    """``NUMBER`` where a word begins or ends with a digit, ``NAME`` where it has a capital and opens no sentence."""
    if not begins.size:
        return np.empty(0, dtype=np.uint8)
    number = ((kinds[begins] | kinds[ends - 1]) & DIGIT) != 0
    behind, further = kinds[ends], kinds[np.minimum(ends + 1, kinds.size - 1)]
    # "end. New", and with a quotation mark between: "end". New"; but not "u.s".
    stops = ((behind & STOP) != 0) & ((further & (LETTER | DIGIT)) == 0)
    stops |= ((behind & (LETTER | DIGIT | BLANK)) == 0) & ((further & STOP) != 0)
    opens = np.empty(begins.size, dtype=bool)
    opens[1:] = stops[:-1]
    opens[starts[:-1][starts[:-1] < begins.size]] = True
    named = capital & ~opens
    return np.where(named, np.uint8(NAME), np.where(number & ~capital, np.uint8(NUMBER), np.uint8(0)))


def _cap(batch: WordBatch) -> WordBatch:
    lengths = np.diff(batch.starts)
    if not (lengths > MAX_WORDS).any():
        return batch
    at = np.arange(batch.hashes.size) - np.repeat(batch.starts[:-1], lengths)
    kept = at < MAX_WORDS
    starts = np.concatenate(([0], np.cumsum(np.minimum(lengths, MAX_WORDS)))).astype(np.int64)
    return WordBatch(batch.hashes[kept], batch.marks[kept], starts)
