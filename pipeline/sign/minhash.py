"""datasketch's MinHash for a whole batch at once, value for value.

The permutations are datasketch's own; only the loop over documents is ours. The scheme is affine32: the 32-bit input
is mixed once (MurmurHash3's finaliser), then permutation k is ``a_k * h + b_k`` modulo 2**32, and the smallest value
of a document is kept.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

SCHEME = "affine32"
EMPTY = np.uint32(0xFFFFFFFF)
_CHUNK = 32_768
"""Shingles permuted at once: they and the outcome of one permutation, 128 KiB each, stay in the processor's cache."""


@cache
def load_permutations(num_perm: int, seed: int) -> npt.NDArray[np.uint32]:
    """datasketch's permutation parameters: uint32[2, num_perm], the factors (odd) and the addends."""
    return cast("npt.NDArray[np.uint32]", MinHash(num_perm=num_perm, seed=seed, scheme=SCHEME).permutations)


def fold_hashes(shingles: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """The 32-bit hash of a shingle that MinHash reads: the upper half of its 64 bits."""
    return (shingles >> np.uint64(32)).astype(np.uint32)


def _mix(values: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


def sign_hashes(
    hashes: npt.NDArray[np.uint32], starts: npt.NDArray[np.int64], num_perm: int, seed: int
) -> npt.NDArray[np.uint32]:
    """The MinHash values of every document of a batch: uint32[documents, num_perm].

    ``hashes`` are the documents' 32-bit hashes, one document after the other; ``starts`` int64[documents + 1] says
    where each begins. Row i equals ``MinHash(num_perm, seed, scheme="affine32")`` updated with those hashes by an
    identity hash function. A document without hashes gets 2**32 - 1 everywhere, as in datasketch.
    """
    factors, addends = load_permutations(num_perm, seed)
    signed = np.full((starts.size - 1, num_perm), EMPTY, dtype=np.uint32)
    mixed = _mix(hashes)
    first = 0
    while first < starts.size - 1:
        # As many whole documents as fit into a chunk, but at least one.
        last = max(int(np.searchsorted(starts, starts[first] + _CHUNK, side="right")) - 1, first + 1)
        chunk = mixed[starts[first] : starts[last]]
        filled = np.flatnonzero(np.diff(starts[first : last + 1]))
        if filled.size:
            bounds = starts[first:last][filled] - starts[first]
            signed[first + filled] = _find_smallest(chunk, bounds, factors, addends).T
        first = last
    return signed


def _find_smallest(
    hashes: npt.NDArray[np.uint32],
    bounds: npt.NDArray[np.int64],
    factors: npt.NDArray[np.uint32],
    addends: npt.NDArray[np.uint32],
) -> npt.NDArray[np.uint32]:
    """The smallest value of each document under each permutation: uint32[permutations, documents].

    One permutation after the other, so that all of its work is done in memory that is near.
    """
    smallest = np.empty((factors.size, bounds.size), dtype=np.uint32)
    values = np.empty_like(hashes)
    for row, (factor, addend) in enumerate(zip(factors, addends, strict=True)):
        np.multiply(hashes, factor, out=values)
        np.add(values, addend, out=values)
        np.minimum.reduceat(values, bounds, out=smallest[row])
    return smallest


def as_datasketch(values: npt.NDArray[np.uint32], seed: int) -> MinHash:
    """Hand a row back as a datasketch ``MinHash``, ready for its ``jaccard``, LSH indexes and the like."""
    permutations = load_permutations(values.size, seed)
    return MinHash(seed=seed, hashvalues=values, permutations=permutations, scheme=SCHEME)
