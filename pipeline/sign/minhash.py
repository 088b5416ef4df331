"""MinHash (Broder, 1997) for a whole batch at once, equal to datasketch's values.

The permutations are datasketch's own; only the loop over documents differs. The scheme is datasketch 2.0's affine32:
the 32-bit input is mixed once (MurmurHash3's 32-bit finalizer), permutation k is ``a_k * h + b_k`` modulo 2**32, and
the smallest value of a document is kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from datasketch import MinHash

SCHEME = "affine32"
EMPTY_HASH_VALUE = np.uint32(0xFFFFFFFF)
"""All values of a document without shingles, as in datasketch."""

_CHUNK_SHINGLES = 32_768
"""Shingles that are permuted at once: they and the result of one permutation, 128 KiB each, stay in the processor's
cache."""


@cache
def load_permutations(num_perm: int, seed: int) -> npt.NDArray[np.uint32]:
    """Return datasketch's permutation parameters: uint32[2, num_perm], the factors (odd) and the addends."""
    from datasketch import MinHash  # with scipy, half a second, which signing without MinHash values does not need

    return cast("npt.NDArray[np.uint32]", MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME).permutations)


def truncate_hashes(shingles: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """Return the 32-bit hashes that MinHash reads: the upper half of each 64-bit shingle hash."""
    return (shingles >> np.uint64(32)).astype(np.uint32)


def _mix32(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Apply the 32-bit finalizer of MurmurHash3 (Appleby)."""
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


def compute_minhashes(
    hashes: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64], num_perm: int, seed: int
) -> npt.NDArray[np.uint32]:
    """Compute the MinHash values of every document of a batch.

    Args:
        hashes: uint32[n], the shingle hashes of all documents, one document after the other.
        starts: int64[documents + 1], where each document starts in ``hashes``, and the end of the last one.
        num_perm: number of permutations.
        seed: of datasketch's permutations.

    Returns:
        uint32[documents, num_perm]. Row i equals the values of ``MinHash(num_perm, seed, scheme="affine32")`` after an
        update with the document's hashes, with an identity hash function.
    """
    factors, addends = load_permutations(num_perm, seed)
    values = np.full((starts.size - 1, num_perm), EMPTY_HASH_VALUE, dtype=np.uint32)
    mixed = _mix32(hashes)
    first = 0
    while first < starts.size - 1:
        # As many whole documents as fit into a chunk, but at least one.
        last = max(int(np.searchsorted(starts, starts[first] + _CHUNK_SHINGLES, side="right")) - 1, first + 1)
        chunk = mixed[starts[first] : starts[last]]
        filled = np.flatnonzero(np.diff(starts[first : last + 1]))
        if filled.size:
            bounds = starts[first:last][filled] - starts[first]
            values[first + filled] = _compute_minima(chunk, bounds, factors, addends).T
        first = last
    return values


def _compute_minima(
    hashes: npt.NDArray[np.uint32],
    bounds: npt.NDArray[np.int64],
    factors: npt.NDArray[np.uint32],
    addends: npt.NDArray[np.uint32],
) -> npt.NDArray[np.uint32]:
    """Return the smallest value of each document under each permutation.

    Works on one permutation after the other, so that its arrays stay in the processor's cache.

    Args:
        hashes: uint32[n], mixed, of documents that all have at least one.
        bounds: int64[documents], where each document starts in ``hashes``.
        factors, addends: uint32[permutations].

    Returns:
        uint32[permutations, documents].
    """
    smallest = np.empty((factors.size, bounds.size), dtype=np.uint32)
    values = np.empty_like(hashes)
    for row, (factor, addend) in enumerate(zip(factors, addends, strict=True)):
        np.multiply(hashes, factor, out=values)
        np.add(values, addend, out=values)
        np.minimum.reduceat(values, bounds, out=smallest[row])
    return smallest


def as_datasketch(values: npt.NDArray[np.uint32], seed: int) -> MinHash:
    """Return a row of MinHash values as a datasketch ``MinHash``, ready for its ``jaccard`` and its LSH indexes.

    Args:
        values: uint32[num_perm].
        seed: that the values were computed with.
    """
    from datasketch import MinHash

    permutations = load_permutations(values.size, seed)
    return MinHash(seed=seed, hashvalues=values, permutations=permutations, scheme=SCHEME)
