"""Text to word hashes, a whole batch at once.

The same words come again and again, so each distinct piece of text between two blanks is normalised and hashed once a
thread; all that is left to do a word is one dictionary look-up, the rest is numpy on the whole batch.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

MAX_WORDS = 20_000
"""Words of one text that are looked at, counted after normalising; what comes after is not compared."""

MAX_PIECE = 4_096
"""Characters of one piece without a blank that are normalised at once; longer ones are cut into several."""

MAX_CACHED = 500_000
"""Pieces of text whose words are remembered from batch to batch (about 100 MB)."""

MAX_KEPT_PIECE = 64
"""Characters of a piece that is worth remembering; a longer one hardly comes again."""

NUMBER = 1
"""Mark of a word with a digit in it."""
NAME = 2
"""Mark of a word that is written with a capital where a sentence does not ask for one."""

_CAPITAL = 2
_STOP = 4

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛`´ʼ′＇", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        # Soft hyphen, zero-width space and joiners, word joiner, byte order mark, bidi controls: nothing to a reader.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e", ""),
    }
)
# Scripts that are written without blanks between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"\d+(?:[-.,/:]\d+)*|[{_UNSPACED}]+|[^\W_{_UNSPACED}]+(?:'[^\W_{_UNSPACED}]+)*")
_UNSPACED_START = re.compile(rf"[{_UNSPACED}]")
_SENTENCE_ENDS = frozenset(".!?:。！？")


@dataclass(frozen=True, slots=True)
class WordBatch:
    """The words of many texts, one text after the other.

    ``hashes`` uint64[n] in reading order; ``marks`` uint8[n] of ``NUMBER | NAME``; ``starts`` int64[texts + 1], where
    each text begins, and the end of the last.
    """

    hashes: npt.NDArray[np.uint64]
    marks: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]


def _split_words(piece: str) -> tuple[list[str], str]:
    """The words of one piece and what follows the last; runs of a script without blanks become character bigrams."""
    words: list[str] = []
    end = 0
    for match in _WORD.finditer(piece):
        end = match.end()
        word = match.group()
        if _UNSPACED_START.match(word) and len(word) > 2:
            words.extend(word[at : at + 2] for at in range(len(word) - 1))
        else:
            words.append(word)
    return words, piece[end:]


class _Pieces(dict[str, int]):
    """From a piece of text to its number; what is new is normalised and hashed on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes = array("Q")
        self.marks = array("B")
        self.counts = array("q")
        self._known: dict[str, int] = {}

    def __missing__(self, piece: str) -> int:
        if piece.isascii() and piece.isalpha():
            self._add(piece)
            self.counts.append(1)
        else:
            folded = piece if piece.isascii() else unicodedata.normalize("NFC", piece).translate(_FOLDED)
            words, rest = _split_words(folded)
            for word in words:
                self._add(word)
            if words and not _SENTENCE_ENDS.isdisjoint(rest):
                self.marks[-1] |= _STOP
            self.counts.append(len(words))
        number = len(self.counts) - 1
        if len(piece) <= MAX_KEPT_PIECE:
            self[piece] = number
        return number

    def _add(self, word: str) -> None:
        lower = word.lower()
        value = self._known.get(lower)
        if value is None:
            value = self._known[lower] = xxhash.xxh3_64_intdigest(lower.encode("utf-8", "surrogatepass"))
        self.hashes.append(value)
        self.marks.append(_CAPITAL if word[0] != lower[0] else NUMBER if any(map(str.isdigit, word)) else 0)


class _Cache(threading.local):
    """The pieces that this thread has met; thrown away when there are too many of them."""

    def __init__(self) -> None:
        self._pieces = _Pieces()

    @property
    def pieces(self) -> _Pieces:
        if max(len(self._pieces.counts), len(self._pieces.hashes)) > MAX_CACHED:
            self._pieces = _Pieces()
        return self._pieces


_CACHE = _Cache()


def _split_pieces(text: str) -> list[str]:
    pieces = text.split()
    if len(text) > MAX_PIECE and any(len(piece) > MAX_PIECE for piece in pieces):
        pieces = [piece[at : at + MAX_PIECE] for piece in pieces for at in range(0, len(piece), MAX_PIECE)]
    return pieces[:MAX_WORDS]


def read_words(texts: Iterable[str]) -> WordBatch:
    """Normalise (NFC, lower case, quotes and soft hyphens folded), cut into words, hash each distinct one once.

    Punctuation is dropped, numbers are kept with their decimal and thousands marks, underscores part words. At most
    ``MAX_WORDS`` words of a text are given. The hash is xxh3_64 of the word's UTF-8.
    """
    known = _CACHE.pieces
    numbers: list[int] = []
    lengths: list[int] = []
    for text in texts:
        pieces = _split_pieces(text)
        numbers.extend(map(known.__getitem__, pieces))
        lengths.append(len(pieces))
    piece = np.array(numbers, dtype=np.int64)
    counts = np.array(known.counts, dtype=np.int64)
    firsts = np.concatenate(([0], np.cumsum(counts)))[:-1] if counts.size else counts
    per_piece = counts[piece]
    # Word k of the batch is word (k - where its piece begins in the batch) of that piece's own words.
    ends = np.cumsum(per_piece)
    at = np.arange(int(ends[-1]) if ends.size else 0) + np.repeat(firsts[piece] - (ends - per_piece), per_piece)
    hashes = np.array(known.hashes, dtype=np.uint64)[at]
    marks = np.array(known.marks, dtype=np.uint8)[at]
    bounds = np.concatenate(([0], np.cumsum(np.array(lengths, dtype=np.int64))))
    starts = np.concatenate(([0], ends))[bounds].astype(np.int64)
    marks = _mark_names(marks, starts)
    return _cap(WordBatch(hashes, marks, starts))


def _mark_names(marks: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Turn capitals into names, but for those that open a text or a sentence."""
    opens = np.zeros(marks.size, dtype=bool)
    opens[1:] = (marks[:-1] & _STOP) != 0
    opens[starts[:-1][starts[:-1] < marks.size]] = True
    named = ((marks & _CAPITAL) != 0) & ~opens
    return np.where(named, np.uint8(NAME), marks & np.uint8(NUMBER))


def _cap(batch: WordBatch) -> WordBatch:
    lengths = np.diff(batch.starts)
    if not (lengths > MAX_WORDS).any():
        return batch
    at = np.arange(batch.hashes.size) - np.repeat(batch.starts[:-1], lengths)
    kept = at < MAX_WORDS
    starts = np.concatenate(([0], np.cumsum(np.minimum(lengths, MAX_WORDS)))).astype(np.int64)
    return WordBatch(batch.hashes[kept], batch.marks[kept], starts)
