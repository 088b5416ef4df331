"""Candidate pairs in memory: all pairs of a collection that share enough keys, within the window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.profile import Profile

_MAX_PAIRS_IN_MEMORY = 1_000_000
"""Pairs, counted once for each shared key, that are in memory at once: about 80 MB."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MIN_SHARED_SCORE = 3
"""Points of the shared keys from which two documents are compared. A shared key has 1 point, 2 if it is a high-value
key (``sign.keys.HIGH_VALUE_BIT``), and 1 more if it is a key of a digest's item."""

_I64 = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class KeyTable:
    """What candidates are found by, of many documents."""

    keys: _I64
    """int64[rows]: the keys of each document and of its items, one document after the other."""

    owners: _I64
    """int64[rows], ascending: the position of each row's document."""

    is_item_key: _Flags
    """bool[rows]: the row is from ``Sketch.item_keys``."""

    times: npt.NDArray[np.float64]
    """float64[documents]: seconds since the epoch; NaN if unknown."""

    title_hashes: npt.NDArray[np.uint64]
    """uint64[documents]: ``Features.title_hash``."""

    is_brief: _Flags
    """bool[documents]: ``Features.is_brief``."""

    @classmethod
    def from_sketches(cls, sketches: Sequence[Sketch]) -> KeyTable:
        """Return the table of sketches, in their order."""
        parts = [part for sketch in sketches for part in (sketch.keys, sketch.item_keys)]
        sizes = [part.size for part in parts]
        return cls(
            keys=np.concatenate([np.empty(0, dtype=np.int64), *parts]),
            owners=np.repeat(np.arange(len(parts)) // 2, sizes),
            is_item_key=np.repeat(np.arange(len(parts)) % 2 == 1, sizes),
            times=np.array([_to_epoch_seconds(sketch) for sketch in sketches], dtype=np.float64),
            title_hashes=np.array([sketch.features.title_hash for sketch in sketches], dtype=np.uint64),
            is_brief=np.array([sketch.is_brief for sketch in sketches], dtype=bool),
        )


def find_candidates(
    sketches: Sequence[Sketch], profile: Profile, min_score: int | None = None
) -> list[tuple[int, int]]:
    """Find the pairs to compare: they share keys of enough points, or a title if one of the two is a brief.

    The pairs are the same as the key table in PostgreSQL finds. No bucket is capped, because a cap would make the
    result depend on the order of arrival.

    Args:
        sketches: the documents, in any order.
        profile: its window applies.
        min_score: points that the shared keys need; None for ``MIN_SHARED_SCORE``.

    Returns:
        Pairs of positions (i, j), i < j, sorted.
    """
    chunks = iterate_candidates(KeyTable.from_sketches(sketches), 0, profile, min_score)
    return sorted(pair for earlier, later in chunks for pair in zip(earlier.tolist(), later.tolist(), strict=True))


def iterate_candidates(
    table: KeyTable, first_new: int, profile: Profile, min_score: int | None = None
) -> Iterator[tuple[_I64, _I64]]:
    """Find the pairs to compare in which the later document is new.

    All shared keys of a new document are counted at once, so memory does not grow with the number of pairs.

    Args:
        table: the documents.
        first_new: position of the first new document.
        profile: its window applies.
        min_score: as in ``find_candidates``.

    Yields:
        Chunks of pairs as two arrays of positions, the earlier document and the later one; all pairs of a later
        document are in one chunk, and pairs are sorted by the later document, then by the earlier one.
    """
    min_score = MIN_SHARED_SCORE if min_score is None else min_score
    documents = table.times.size
    by_key = _Groups(table.keys, table.owners, first_new, documents)
    titled = np.flatnonzero(table.title_hashes)
    by_title = _Groups(table.title_hashes[titled], titled, first_new, documents)
    points = (1 + (table.keys & 1))[by_key.order]
    is_item_key = table.is_item_key[by_key.order]
    pairs_before = by_key.pairs_before + by_title.pairs_before
    first, new = 0, documents - first_new
    while first < new:
        last = int(np.searchsorted(pairs_before, pairs_before[first] + _MAX_PAIRS_IN_MEMORY, side="right")) - 1
        last = max(last, first + 1)
        left, right = by_key.pair(first, last)
        left_is_item, right_is_item = is_item_key[left], is_item_key[right]
        earlier, later = by_key.owners[left], by_key.owners[right]
        kept = _find_near(table, earlier, later, profile) & ~(left_is_item & right_is_item)
        scores = points[left] + (left_is_item | right_is_item)
        left, right = by_title.pair(first, last)
        titled_earlier, titled_later = by_title.owners[left], by_title.owners[right]
        has_brief = table.is_brief[titled_earlier] | table.is_brief[titled_later]
        kept_titled = _find_near(table, titled_earlier, titled_later, profile) & has_brief
        pairs = np.concatenate(
            [
                (later[kept] - first_new) * documents + earlier[kept],
                (titled_later[kept_titled] - first_new) * documents + titled_earlier[kept_titled],
            ]
        )
        scores = np.concatenate([scores[kept], np.full(np.count_nonzero(kept_titled), min_score)])
        found_later, found_earlier = np.divmod(_select_by_score(pairs, scores, min_score), max(documents, 1))
        if found_later.size:
            yield found_earlier, found_later + first_new
        first = last


def _select_by_score(pairs: _I64, scores: _I64, min_score: int) -> _I64:
    """Return the distinct pairs of which the scores sum to ``min_score`` or more, sorted."""
    if not pairs.size:
        return pairs
    # One sort of numbers that contain pair and score takes a third of the time of sorting positions.
    bits = int(scores.max()).bit_length()
    packed = np.sort((pairs << bits) | scores)
    pairs = packed >> bits
    begins = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1])))
    sums = np.add.reduceat(packed & ((1 << bits) - 1), begins)
    found: _I64 = pairs[begins][sums >= min_score]
    return found


def _find_near(table: KeyTable, earlier: _I64, later: _I64, profile: Profile) -> _Flags:
    """Return which pairs are within the window; an unknown time is near to every other."""
    if profile.window_hours is None:
        return np.ones(earlier.size, dtype=bool)
    gaps = np.abs(table.times[later] - table.times[earlier])
    return ~(gaps > profile.window_hours * 3600.0)  # NaN compares false


class _Groups:
    """Rows in groups of equal values, in which each row of a new document is paired with all rows before it.

    Attributes:
        order: int64[rows], the row of each place: rows are placed by their value, then by their owner.
        owners: int64[rows], the owner of the row at each place.
        pairs_before: int64[new documents + 1], the number of pairs of all new documents before each.
    """

    def __init__(self, values: npt.NDArray[np.generic], owners: _I64, first_new: int, documents: int) -> None:
        """Group the rows.

        Args:
            values: the value of each row.
            owners: int64[rows], ascending.
            first_new: position of the first new document.
            documents: number of documents.
        """
        self.order: _I64 = np.argsort(values, kind="stable")
        self.owners: _I64 = owners[self.order]
        values = values[self.order]
        places = np.arange(values.size)
        is_begin = np.ones(values.size, dtype=bool)
        np.not_equal(values[1:], values[:-1], out=is_begin[1:])
        begins = np.maximum.accumulate(np.where(is_begin, places, 0)) if values.size else places
        later = np.flatnonzero((self.owners >= first_new) & (begins < places))
        self._later: _I64 = later[np.argsort(self.owners[later], kind="stable")]
        self._begins: _I64 = begins[self._later]
        self._ends: _I64 = np.concatenate(([0], np.cumsum(self._later - self._begins)))
        self._bounds: _I64 = np.searchsorted(self.owners[self._later], np.arange(first_new, documents + 1))
        self.pairs_before: _I64 = self._ends[self._bounds]

    def pair(self, first: int, last: int) -> tuple[_I64, _I64]:
        """Return the places of the rows before and of the rows of the new documents number ``first`` to ``last``."""
        rows = slice(self._bounds[first], self._bounds[last])
        later, begins = self._later[rows], self._begins[rows]
        counts = later - begins
        offsets = self._ends[rows] - self._ends[rows.start]
        left = np.arange(counts.sum()) + np.repeat(begins - offsets, counts)
        return left, np.repeat(later, counts)


def _to_epoch_seconds(sketch: Sketch) -> float:
    return (sketch.published_at - _EPOCH).total_seconds() if sketch.published_at else float("nan")
