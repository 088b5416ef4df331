"""Word hashes to shingle hashes: w words in a row are one shingle, hashed by rolling over the whole batch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

_BASE = 0x9E3779B97F4A7C15  # odd, so that no word is lost; 2**64 over the golden ratio


def mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of MurmurHash3 for 64 bits: a bijection in which every input bit moves every output bit."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def roll_shingles(
    words: npt.NDArray[np.uint64], begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], width: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """All shingles of ``width`` words of every text of a batch.

    Args:
        words: uint64[n], the word hashes of all texts.
        begins, ends: int64[texts], where in ``words`` each text lies, half-open.
        width: words a shingle, at least 1.

    Returns:
        The shingle hashes, uint64, in reading order (a shingle never spans two texts; doubles are kept), and where
        each text's begin, int64[texts + 1]. A text of fewer than ``width`` words has none.

    A shingle is the polynomial of its words' hashes in a fixed odd base modulo 2**64, then mixed.
    """
    counts = np.maximum(ends - begins - width + 1, 0)
    starts = bounds(counts)
    if not starts[-1]:
        return np.empty(0, dtype=np.uint64), starts
    last = words.size - width + 1
    rolled = words[:last].copy()
    for step in range(1, width):
        rolled *= np.uint64(_BASE)
        rolled += words[step : last + step]
    # Where in ``rolled`` each shingle stands: its text's own start plus its place in the text.
    return mix(rolled[np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts)]), starts


def bounds(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where runs of these lengths begin, one after the other, and where the last ends: int64[runs + 1]."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def sort_distinct(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Sort each text's hashes and drop doubles; takes and gives (hashes, starts) as ``roll_shingles`` gives them."""
    hashes, repeated = _sort(hashes, starts)
    kept = ~repeated
    return hashes[kept], np.concatenate(([0], np.cumsum(kept)))[starts].astype(np.int64)


def sort_numbered(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """As ``sort_distinct``, but doubles are kept apart: the n-th occurrence of a hash becomes the hash plus n - 1."""
    hashes, repeated = _sort(hashes, starts)
    at = np.arange(hashes.size)
    first = np.maximum.accumulate(np.where(repeated, 0, at)) if hashes.size else at
    return hashes + (at - first).astype(np.uint64), starts


def _sort(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Hashes sorted within each text, and whether each repeats the one before it."""
    hashes = hashes.copy()
    # Many small sorts by numpy's vector instructions take less time than one that has to keep texts apart.
    for start, end in pairwise(starts.tolist()):
        if end - start > 1:
            hashes[start:end].sort()
    repeated = np.zeros(hashes.size, dtype=bool)
    repeated[1:] = hashes[1:] == hashes[:-1]
    repeated[starts[:-1][starts[:-1] < hashes.size]] = False
    return hashes, repeated
