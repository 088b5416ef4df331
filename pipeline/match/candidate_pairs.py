"""Candidate pairs in memory: all pairs of a collection that share enough keys, within the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.verify import is_within_window

_MAX_PAIRS_IN_MEMORY = 4_000_000
"""Pairs that are collected before their points are summed: 64 MB with their points."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MIN_SHARED_SCORE = 3
"""Points of the shared keys from which two documents are compared. A shared key has 1 point, 2 if it is a high-value
key (``sign.keys.HIGH_VALUE_BIT``), and 1 more if it is a key of a digest's item."""


def find_candidates(
    sketches: Sequence[Sketch], profile: Profile, min_score: int | None = None
) -> list[tuple[int, int]]:
    """Find the pairs to compare: they share keys of enough points, or a title if one of the two is a brief.

    The pairs are the same as the key table in PostgreSQL finds. Memory grows with the number of pairs found, not with
    the square of the number of documents. No bucket is capped, because a cap would make the result depend on the order
    of arrival.

    Args:
        sketches: the documents, in any order.
        profile: its window applies.
        min_score: points that the shared keys need; None for ``MIN_SHARED_SCORE``.

    Returns:
        Pairs of positions (i, j), i < j, sorted.
    """
    min_score = MIN_SHARED_SCORE if min_score is None else min_score
    # The keys of digest items are appended to the documents' own keys. Two item keys never make a pair.
    parts = [*(sketch.keys for sketch in sketches), *(sketch.item_keys for sketch in sketches)]
    if not sum(part.size for part in parts):
        return []
    owners = np.repeat(np.arange(len(parts)) % len(sketches), [part.size for part in parts])
    is_item_key = np.arange(owners.size) >= sum(sketch.keys.size for sketch in sketches)
    keys = np.concatenate(parts)
    times = np.array([_to_epoch_seconds(sketch) for sketch in sketches], dtype=np.float64)
    order = np.lexsort((times[owners], keys))  # NaN, the unknown time, comes last within its key
    pending, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    candidates = [_pair_briefs(sketches, profile)]
    for pairs, points in _pair_by_keys(keys[order], owners[order], is_item_key[order], times, profile):
        pending, positions = np.unique(np.concatenate([pending, pairs]), return_inverse=True)
        scores = np.bincount(positions, np.concatenate([scores, points]), pending.size).astype(np.int64)
        candidates.append(pending[scores >= min_score])
        pending, scores = pending[scores < min_score], scores[scores < min_score]
    first, second = np.divmod(np.unique(np.concatenate(candidates)), len(sketches))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _pair_briefs(sketches: Sequence[Sketch], profile: Profile) -> npt.NDArray[np.int64]:
    """Find the pairs of a brief and a document with the same title, within the window.

    A flash or a kill shares nothing but the title with its story, and a text of a few lines shares little else.

    Returns:
        int64, each pair as ``i * len(sketches) + j``, i < j; a pair of two briefs is there twice.
    """
    briefs = [at for at, sketch in enumerate(sketches) if sketch.features.is_brief]
    by_title: dict[int, list[int]] = defaultdict(list)
    title_hashes = {sketches[at].features.title_hash for at in briefs} - {0}
    for at, sketch in enumerate(sketches):
        if sketch.features.title_hash in title_hashes:
            by_title[sketch.features.title_hash].append(at)
    return np.array(
        [
            min(brief, other) * len(sketches) + max(brief, other)
            for brief in briefs
            for other in by_title[sketches[brief].features.title_hash]
            if other != brief and is_within_window(sketches[brief], sketches[other], profile)
        ],
        dtype=np.int64,
    )


def _to_epoch_seconds(sketch: Sketch) -> float:
    return (sketch.published_at - _EPOCH).total_seconds() if sketch.published_at else float("nan")


def _pair_by_keys(
    keys: npt.NDArray[np.int64],
    owners: npt.NDArray[np.int64],
    is_item_key: npt.NDArray[np.bool_],
    times: npt.NDArray[np.float64],
    profile: Profile,
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Find the pairs that share a key within the window, once for each shared key.

    Rows of the sorted table are compared at distance 1, 2, 3 ... until no two rows at a distance have the same key.

    Args:
        keys: int64[rows], sorted.
        owners: int64[rows], the document of each row; within a key in order of time, unknown times last.
        is_item_key: bool[rows].
        times: float64[documents], seconds since the epoch; NaN if unknown.
        profile: its window applies.

    Yields:
        Chunks of pairs (int64, ``i * documents + j``, i < j), and the points of the shared key for each (int64).
    """
    documents = times.size
    window_seconds = float("inf") if profile.window_hours is None else profile.window_hours * 3600.0
    left = np.arange(keys.size - 1)
    distance = 1
    pairs: list[npt.NDArray[np.int64]] = []
    points: list[npt.NDArray[np.int64]] = []
    while left.size:
        left = left[left + distance < keys.size]
        right = left + distance
        left, right = (side[keys[left] == keys[right]] for side in (left, right))
        gap = np.abs(times[owners[left]] - times[owners[right]])
        near = ~(gap > window_seconds)  # NaN compares false: an unknown time is near to every other
        shared = near & ~(is_item_key[left] & is_item_key[right])
        shared_left, shared_right = left[shared], right[shared]
        a, b = owners[shared_left], owners[shared_right]
        pairs.append(np.minimum(a, b) * documents + np.maximum(a, b))
        points.append(1 + (keys[shared_left] & 1) + (is_item_key[shared_left] | is_item_key[shared_right]))
        if sum(part.size for part in pairs) > _MAX_PAIRS_IN_MEMORY:
            yield np.concatenate(pairs), np.concatenate(points)
            pairs, points = [], []
        if window_seconds != float("inf") and not np.isnan(times).any():
            left = left[near]  # rows of a key are in order of time: at a greater distance they are further apart
        distance += 1
    if pairs:
        yield np.concatenate(pairs), np.concatenate(points)
