"""Word hashes become shingle hashes: w consecutive words are one shingle (Broder, 1997).

The hash of a shingle is the polynomial of its words' hashes in a fixed odd base modulo 2**64, mixed, and computed for
a whole batch at once.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

HASH_BASE = 0x9E3779B97F4A7C15
"""Base of all polynomial hashes: 2**64 divided by the golden ratio; odd, so it has an inverse modulo 2**64."""


def mix64(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Apply the 64-bit finalizer of MurmurHash3 (Appleby): a bijection; every input bit affects every output bit."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def hash_shingles(
    words: npt.NDArray[np.uint64], begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], width: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Hash all shingles of every text of a batch; a shingle never spans two texts.

    Args:
        words: uint64[n], the word hashes of all texts.
        begins, ends: int64[texts], the half-open range of each text in ``words``.
        width: words per shingle, at least 1.

    Returns:
        The shingle hashes (uint64, in reading order, with duplicates), and where those of each text start
        (int64[texts + 1]). A text of fewer than ``width`` words has none.
    """
    counts = np.maximum(ends - begins - width + 1, 0)
    starts = compute_offsets(counts)
    if not starts[-1]:
        return np.empty(0, dtype=np.uint64), starts
    last = words.size - width + 1
    rolled = words[:last].copy()
    for step in range(1, width):
        rolled *= np.uint64(HASH_BASE)
        rolled += words[step : last + step]
    # The position of each shingle in ``rolled``: the start of its text plus its position in the text.
    return mix64(rolled[np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts)]), starts


def compute_offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where consecutive runs of these lengths start, and where the last one ends: int64[runs + 1]."""
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def sort_unique(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Sort the hashes of each text and drop duplicates.

    Args:
        hashes, starts: as ``hash_shingles`` returns them.

    Returns:
        Hashes and starts in the same form.
    """
    hashes, repeated = _sort_within_texts(hashes, starts)
    kept = ~repeated
    return hashes[kept], np.concatenate(([0], np.cumsum(kept)))[starts].astype(np.int64)


def sort_with_multiplicity(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Sort like ``sort_unique``, but keep duplicates apart: the n-th occurrence of a hash has n - 1 added."""
    hashes, repeated = _sort_within_texts(hashes, starts)
    at = np.arange(hashes.size)
    first = np.maximum.accumulate(np.where(repeated, 0, at)) if hashes.size else at
    return hashes + (at - first).astype(np.uint64), starts


def _sort_within_texts(
    hashes: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return the hashes sorted within each text, and whether each hash repeats the one before it."""
    hashes = hashes.copy()
    # Many small sorts with numpy's vector instructions take less time than one sort that keeps the texts apart.
    for start, end in pairwise(starts.tolist()):
        if end - start > 1:
            hashes[start:end].sort()
    repeated = np.zeros(hashes.size, dtype=bool)
    repeated[1:] = hashes[1:] == hashes[:-1]
    repeated[starts[:-1][starts[:-1] < hashes.size]] = False
    return hashes, repeated
