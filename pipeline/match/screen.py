"""The first look at candidates: most share next to nothing, and need not be compared word for word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_SLOTS = 1 << 16


def count_at_most(one: bytes, others: Sequence[bytes]) -> npt.NDArray[np.int64]:
    """Of one set of shingles with each of the others: a number that is never below how many they share, and seldom
    above it by more than one in a hundred. For many others it takes a tenth of the time of counting them.

    Sets are little-endian uint64, one after the other, as tables hold them. What the lowest bits of a shingle say is
    looked up in a table of those of ``one``; bits that agree by chance only add.
    """
    sizes = np.array([len(other) // 8 for other in others], dtype=np.int64)
    marked = np.zeros(_SLOTS, dtype=np.int32)
    marked[_read_low(one)] = 1
    hits = np.concatenate(([0], np.cumsum(marked[_read_low(b"".join(others))])))
    ends = np.cumsum(sizes)
    counts: npt.NDArray[np.int64] = hits[ends] - hits[ends - sizes]
    return np.minimum(counts, np.minimum(sizes, len(one) // 8))


def _read_low(shingles: bytes) -> npt.NDArray[np.uint16]:
    return np.frombuffer(shingles, dtype="<u2")[::4]
