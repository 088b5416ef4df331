"""The first look at candidates: most share next to nothing, and need not be compared word for word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.match.edge_rules import ITEM_SHINGLES, LEAST_AGREED, LEAST_HELD

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


def find_hopeful(told: tuple[bytes, bool, bool], others: Sequence[tuple[bytes, bool, bool]]) -> npt.NDArray[np.int64]:
    """The places of the others of which some rule may say something together with the one: all that do not share too
    little by ``match.edge_rules``, and few more. Of each are given its shingles, whether it is bare, and a digest.
    """
    shingles, own_bare, own_digest = told
    both = count_at_most(shingles, [other for other, _, _ in others])
    sizes = np.array([len(other) // 8 for other, _, _ in others], dtype=np.int64)
    bare = np.array([other for _, other, _ in others], dtype=bool) | own_bare
    digest = np.array([other for _, _, other in others], dtype=bool) != own_digest
    less, more = np.minimum(sizes, len(shingles) // 8), np.maximum(sizes, len(shingles) // 8)
    alike = (100 * both >= LEAST_AGREED * (less + more - both)) | (100 * both >= LEAST_HELD * less)
    return np.flatnonzero(bare | (more == 0) | (digest & (both >= ITEM_SHINGLES)) | ((both > 0) & alike))


def _read_low(shingles: bytes) -> npt.NDArray[np.uint16]:
    return np.frombuffer(shingles, dtype="<u2")[::4]
