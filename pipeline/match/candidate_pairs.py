"""Candidates in memory: all pairs of a collection that share enough keys, within the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Sketch
from copydesk.pipeline.match.verify import is_within

_PAIRS_AT_ONCE = 4_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


ENOUGH = 3
"""Points that the keys shared by two documents need: a key has one, an odd one two, and one more where it is a
digest's item."""


def find_candidates(sketches: Sequence[Sketch], profile: Profile, enough: int = ENOUGH) -> list[tuple[int, int]]:
    """The pairs (i, j), i < j, in the profile's window that share keys of ``enough`` points, or a title where one has
    little else; sorted.

    The same set as the key table in PostgreSQL gives. Memory grows with the number of pairs found, not with the
    number of documents squared; no bucket is capped, for a cap would make the answer depend on the order of arrival.
    """
    # What digests list of their items stands beside the keys; two of a list share nothing.
    parts = [*(sketch.keys for sketch in sketches), *(sketch.item_keys for sketch in sketches)]
    if not sum(part.size for part in parts):
        return []
    owners = np.repeat(np.arange(len(parts)) % len(sketches), [part.size for part in parts])
    listed = np.arange(owners.size) >= sum(sketch.keys.size for sketch in sketches)
    keys = np.concatenate(parts)
    times = np.array([_read_seconds(sketch) for sketch in sketches], dtype=np.float64)
    order = np.lexsort((times[owners], keys))  # NaN, the unknown time, comes last within its key
    left, sums = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    found = [_pair_slight(sketches, profile)]
    for pairs, points in _pair_up(keys[order], owners[order], listed[order], times, profile):
        left, places = np.unique(np.concatenate([left, pairs]), return_inverse=True)
        sums = np.bincount(places, np.concatenate([sums, points]), left.size).astype(np.int64)
        found.append(left[sums >= enough])
        left, sums = left[sums < enough], sums[sums < enough]
    pairs = np.unique(np.concatenate(found))
    first, second = np.divmod(pairs, len(sketches))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _pair_slight(sketches: Sequence[Sketch], profile: Profile) -> npt.NDArray[np.int64]:
    """A flash or a kill shares nothing but the title with its story, a few lines share little else."""
    slight = [at for at, sketch in enumerate(sketches) if sketch.features.is_brief]
    titled: dict[int, list[int]] = defaultdict(list)
    wanted = {sketches[at].features.title_hash for at in slight} - {0}
    for at, sketch in enumerate(sketches):
        if sketch.features.title_hash in wanted:
            titled[sketch.features.title_hash].append(at)
    return np.array(
        [
            min(one, other) * len(sketches) + max(one, other)
            for one in slight
            for other in titled[sketches[one].features.title_hash]
            if other != one and is_within(sketches[one], sketches[other], profile)
        ],
        dtype=np.int64,
    )


def _read_seconds(sketch: Sketch) -> float:
    return (sketch.published_at - _EPOCH).total_seconds() if sketch.published_at else float("nan")


def _pair_up(
    keys: npt.NDArray[np.int64],
    owners: npt.NDArray[np.int64],
    listed: npt.NDArray[np.bool_],
    times: npt.NDArray[np.float64],
    profile: Profile,
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Pairs as ``i * documents + j``, once for each key that they share, and its points.

    Found by the distance of two rows in the sorted table: 1, 2, 3 ... Of two that are ``listed`` neither is a key.
    """
    documents = times.size
    window = float("inf") if profile.window_hours is None else profile.window_hours * 3600.0
    left = np.arange(keys.size - 1)
    distance = 1
    held: list[npt.NDArray[np.int64]] = []
    points: list[npt.NDArray[np.int64]] = []
    while left.size:
        left = left[left + distance < keys.size]
        right = left + distance
        left, right = (side[keys[left] == keys[right]] for side in (left, right))
        gap = np.abs(times[owners[left]] - times[owners[right]])
        near = ~(gap > window)  # an unknown time is near
        shared = near & ~(listed[left] & listed[right])
        one, two = owners[left[shared]], owners[right[shared]]
        held.append(np.minimum(one, two) * documents + np.maximum(one, two))
        points.append(1 + (keys[left[shared]] & 1) + (listed[left[shared]] | listed[right[shared]]))
        if sum(part.size for part in held) > _PAIRS_AT_ONCE:
            yield np.concatenate(held), np.concatenate(points)
            held, points = [], []
        if window != float("inf") and not np.isnan(times).any():
            left = left[near]  # rows of a key are in order of time: what is too far apart stays so
        distance += 1
    if held:
        yield np.concatenate(held), np.concatenate(points)
