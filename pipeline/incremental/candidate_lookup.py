"""Look-up of candidates in the database: for many articles at once, the others that share enough keys with each.

Articles of the same time share their frequent keys, and these find most candidates. So each distinct key is looked up
once for all articles, and points are summed here. The pairs are those of ``match.candidate_pairs``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.incremental.packed_arrays import (
    UuidArray,
    format_bigint_array,
    parse_bigint_arrays,
    parse_uuid_arrays,
    register_raw_arrays,
)
from copydesk.pipeline.match.candidate_pairs import MIN_SHARED_SCORE
from copydesk.pipeline.store.stored_copies import make_span_params

MAX_ROWS_IN_MEMORY = 1_000_000
"""Rows of the key table in memory at a time, about 60 MB; if keys find more, fewer articles are looked up at once."""

_FETCH_SIZE_KEYS = 2_000
_MAX_LINES_PER_BATCH = 250_000
"""Pairs of an article and a row that are summed at a time: few enough for the processor's cache."""
_UNBOUNDED_HOURS = 8_766_000  # a thousand years
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's times are microseconds since then

_I64 = npt.NDArray[np.int64]


@dataclass(slots=True)
class _ArticleKeysRow:
    """Arrays, here and below, are as the server sends them (``packed_arrays``)."""

    article_id: UUID
    published_at: datetime
    keys: bytes | None
    item_keys: bytes | None


@dataclass(slots=True)
class _KeyRows:
    articles: bytes | None
    times: bytes | None


@dataclass(slots=True)
class _DigestKey:
    article_id: UUID
    digest_id: UUID
    key_hash: int


@dataclass(slots=True)
class _SameTitle:
    article_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The parameters of one call; ``hours`` is the window, ``searched_ids`` are all articles of the call."""

    connection: Connection[Row]
    profile: Profile
    hours: int
    max_rows: int
    searched_ids: UuidArray

    @property
    def values(self) -> dict[str, object]:
        return {**make_span_params(self.profile), "hours": self.hours}


@dataclass(frozen=True, slots=True, eq=False)
class _ArticleKeys:
    """Articles in order of time (``times`` in microseconds since ``_EPOCH``), and the concatenated ``keys`` of all.

    ``article_places`` has the index of each key's article, ``is_item_key`` whether the key is of an item of a digest.
    """

    ids: list[UUID]
    times: _I64
    article_places: _I64
    keys: _I64
    is_item_key: npt.NDArray[np.bool_]

    def slice(self, first: int, last: int) -> _ArticleKeys:
        here = (self.article_places >= first) & (self.article_places < last)
        return _ArticleKeys(
            self.ids[first:last],
            self.times[first:last],
            self.article_places[here] - first,
            self.keys[here],
            self.is_item_key[here],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _KeyMatches:
    """The rows that each distinct key found, key by key: ``counts[i]`` rows of ``ids`` and ``times`` for key ``i``."""

    counts: _I64
    ids: UuidArray
    times: _I64


def find_stored_candidates(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile, max_rows: int = MAX_ROWS_IN_MEMORY
) -> Iterator[tuple[UUID, list[UUID]]]:
    """Yield each article with its candidates.

    Candidates are the other articles within the window, but no surplus copies, that share keys worth
    ``MIN_SHARED_SCORE`` points, or a title if one of the two has little other text. Articles without candidates are
    skipped. A pair of two of the articles is yielded once, with the lower id first. At most about ``max_rows`` rows of
    the key table are in memory at a time.
    """
    own_keys = _read_article_keys(connection, articles, profile)
    hours = _UNBOUNDED_HOURS if profile.window_hours is None else profile.window_hours
    search = _Search(connection, profile, hours, max_rows, UuidArray.from_uuids(own_keys.ids))
    same_titles = _read_same_titles(search, articles)
    for part in _split_by_time(own_keys, profile):
        for article, others in _find_candidates(search, part):
            yield article, list(same_titles.pop(article).union(others)) if article in same_titles else others
    yield from ((article, list(others)) for article, others in same_titles.items())


def _read_same_titles(search: _Search, articles: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    same_titles: dict[UUID, set[UUID]] = defaultdict(set)
    wanted = set(articles)
    params = {**search.values, "articles": list(articles)}
    for row in fetch_all(search.connection, _SameTitle, queries.edge.find_same_titles, params, binary=True):
        if row.article_id < row.other_id or row.other_id not in wanted:
            same_titles[row.article_id].add(row.other_id)
    return same_titles


def _read_article_keys(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> _ArticleKeys:
    params = {"profile_id": profile.profile_id, "articles": list(articles)}
    with connection.cursor(binary=True, row_factory=class_row(_ArticleKeysRow)) as cursor:
        register_raw_arrays(cursor)
        rows = cursor.execute(queries.edge.list_article_keys, params).fetchall()
    keys, counts = parse_bigint_arrays([row.keys for row in rows])
    items, item_counts = parse_bigint_arrays([row.item_keys for row in rows])
    places = np.arange(len(rows))
    return _ArticleKeys(
        [row.article_id for row in rows],
        np.array([(row.published_at - _EPOCH) // timedelta(microseconds=1) for row in rows], dtype=np.int64),
        np.concatenate([np.repeat(places, counts), np.repeat(places, item_counts)]),
        np.concatenate([keys, items]),
        np.repeat([False, True], [keys.size, items.size]),
    )


def _split_by_time(own_keys: _ArticleKeys, profile: Profile) -> Iterator[_ArticleKeys]:
    """Split articles that are far apart in time: keys are looked up in the time around all articles of a part."""
    spread = profile.window_hours and profile.window_hours * 3_600_000_000 // 4
    first = 0
    for at, time in enumerate(own_keys.times.tolist()):
        if spread is not None and time - own_keys.times[first] > spread:
            yield own_keys.slice(first, at)
            first = at
    if first < len(own_keys.ids):
        yield own_keys.slice(first, len(own_keys.ids))


def _find_candidates(search: _Search, own_keys: _ArticleKeys) -> Iterator[tuple[UUID, list[UUID]]]:
    """Yield each article with the others that share enough keys; in two halves if the keys find too many rows."""
    distinct, which = np.unique(own_keys.keys, return_inverse=True)
    found = _read_key_matches(search, distinct, own_keys)
    if found is None:
        half = len(own_keys.ids) // 2
        yield from _find_candidates(search, own_keys.slice(0, half))
        yield from _find_candidates(search, own_keys.slice(half, len(own_keys.ids)))
        return
    contained, container_ids, container_keys = _read_containing_digests(search, own_keys)
    ids = UuidArray.concatenate([found.ids, container_ids, search.searched_ids, UuidArray.from_uuids(own_keys.ids)])
    numbers, firsts = ids.number_ids()
    is_mate = np.zeros(firsts.size, dtype=bool)
    is_mate[numbers[found.times.size + contained.size :]] = True
    own = numbers[numbers.size - len(own_keys.ids) :]
    containers = numbers[found.times.size :][: contained.size]
    starts = np.cumsum(found.counts) - found.counts
    for part in _split_by_matches(own_keys, found.counts[which]):
        # One line for each of the part's keys and each row that it found.
        sizes = found.counts[which[part]]
        rows = np.repeat(starts[which[part]] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        owners = np.repeat(own_keys.article_places[part], sizes)
        points = np.repeat(1 + (own_keys.keys[part] & 1) + own_keys.is_item_key[part], sizes)
        near = np.abs(found.times[rows] - own_keys.times[owners]) <= search.hours * 3_600_000_000
        mine = np.isin(contained, own_keys.article_places[part])
        owners, others = _sum_points(
            np.concatenate([owners[near], contained[mine]]),
            np.concatenate([numbers[rows[near]], containers[mine]]),
            np.concatenate([points[near], 2 + (container_keys[mine] & 1)]),
        )
        # Numbers are in the order of the ids.
        once = np.where(is_mate[others], own[owners] < others, True)
        yield from _to_uuid_pairs(owners[once], others[once], own_keys.ids, ids, firsts)


def _split_by_matches(own_keys: _ArticleKeys, sizes: _I64) -> Iterator[_I64]:
    """Yield the indexes of the keys of consecutive articles, with at most ``_MAX_LINES_PER_BATCH`` rows at a time; an
    article with more rows is a part of its own."""
    order = np.argsort(own_keys.article_places, kind="stable")
    sums = np.concatenate(([0], np.cumsum(sizes[order])))
    first = last = 0
    for border in (np.flatnonzero(np.diff(own_keys.article_places[order], append=-1)) + 1).tolist():
        if last > first and sums[border] - sums[first] > _MAX_LINES_PER_BATCH:
            yield order[first:last]
            first = last
        last = border
    if last > first:
        yield order[first:last]


def _sum_points(owners: _I64, others: _I64, points: _I64) -> tuple[_I64, _I64]:
    """Return the pairs of an article and another that have enough points."""
    if not owners.size:
        return owners, others
    span = int(others.max()) + 1
    # Points are at most three: the two lowest bits contain them while the pairs are sorted.
    packed = np.sort((owners * span + others) * 4 + points)
    pairs = packed >> 2
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    enough = pairs[begins[np.add.reduceat(packed & 3, begins) >= MIN_SHARED_SCORE]]
    return enough // span, enough % span


def _to_uuid_pairs(
    owners: _I64, others: _I64, articles: Sequence[UUID], ids: UuidArray, firsts: _I64
) -> Iterator[tuple[UUID, list[UUID]]]:
    """Yield pairs of an article's index and another's number as ids, grouped by article."""
    if not owners.size:
        return
    distinct, which = np.unique(others, return_inverse=True)
    names = ids.to_uuids(firsts[distinct])
    borders = np.flatnonzero(np.diff(owners, prepend=-1))
    for owner, places in zip(owners[borders].tolist(), np.split(which, borders[1:]), strict=True):
        yield articles[owner], [names[place] for place in places.tolist()]


def _read_key_matches(search: _Search, distinct: _I64, own_keys: _ArticleKeys) -> _KeyMatches | None:
    """Return the rows of all keys in the time around the articles; None if they are too many and may be split."""
    counts, ids, times = [], [], []
    values = {
        **search.values,
        "window": search.profile.window_hours,
        "keys": format_bigint_array(distinct),
        "since": _EPOCH + timedelta(microseconds=int(own_keys.times[0])),
        "until": _EPOCH + timedelta(microseconds=int(own_keys.times[-1])),
    }
    total = 0
    with search.connection.cursor("lookup_keys", row_factory=class_row(_KeyRows)) as cursor:
        register_raw_arrays(cursor)
        cursor.execute(queries.edge.lookup_keys, values, binary=True)
        while rows := cursor.fetchmany(_FETCH_SIZE_KEYS):
            article_ids, sizes = parse_uuid_arrays([row.articles for row in rows])
            total += int(sizes.sum())
            if total > search.max_rows and len(own_keys.ids) > 1:
                return None
            ids.append(article_ids)
            counts.append(sizes)
            times.append(parse_bigint_arrays([row.times for row in rows])[0])
    nothing = np.empty(0, dtype=np.int64)
    return _KeyMatches(
        np.concatenate([nothing, *counts]), UuidArray.concatenate(ids), np.concatenate([nothing, *times])
    )


def _read_containing_digests(search: _Search, own_keys: _ArticleKeys) -> tuple[_I64, UuidArray, _I64]:
    """Return digests with items that have keys of the articles: the article's index, the digest, and the key."""
    own = ~own_keys.is_item_key
    borders = np.searchsorted(own_keys.article_places[own], np.arange(1, len(own_keys.ids)))
    values = {
        **search.values,
        "articles": list(own_keys.ids),
        "keys": [format_bigint_array(keys) for keys in np.split(own_keys.keys[own], borders)],
    }
    rows = fetch_all(search.connection, _DigestKey, queries.edge.find_containing_digests, values, binary=True)
    places = {article_id: place for place, article_id in enumerate(own_keys.ids)}
    return (
        np.array([places[row.article_id] for row in rows], dtype=np.int64),
        UuidArray.from_uuids([row.digest_id for row in rows]),
        np.array([row.key_hash for row in rows], dtype=np.int64),
    )
