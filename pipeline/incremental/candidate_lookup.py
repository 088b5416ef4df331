"""Candidates in the database: who shares keys enough with which of many articles.

Articles of one time share their frequent keys, which find most of what is found. So each key is looked up once for all
of them, and who shares how much with whom is counted here: the same pairs as ``match.candidate_pairs`` gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Connection

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.incremental.packed_arrays import IdRows, pack, register_packed, unpack_ids, unpack_numbers
from copydesk.pipeline.match.candidate_pairs import ENOUGH

ROWS_AT_ONCE = 1_000_000
"""Rows of the key table in memory at a time, some 60 MB; fewer articles are looked up at once where keys find more."""

_KEYS_AT_ONCE = 2_000
_LINES_AT_ONCE = 250_000
"""Of article and row, which are added up together: few enough for the processor's cache."""
_ANY_DISTANCE = 8_766_000  # hours: a thousand years
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # what PostgreSQL's times count from, in microseconds

_I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """What is the same for all of a call: ``hours`` is the window, or where it is unbounded more than there is time;
    ``mates`` are all articles that are looked up.
    """

    connection: Connection[Row]
    profile: Profile
    hours: int
    rows_at_once: int
    mates: IdRows

    @property
    def values(self) -> dict[str, Any]:
        return {"profile_id": self.profile.profile_id, "hours": self.hours}


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Articles in order of time, and their keys one after the other: ``owners`` is the place of each key's article,
    ``listed`` whether it is of a digest's item.
    """

    ids: list[UUID]
    times: _I64
    owners: _I64
    keys: _I64
    listed: npt.NDArray[np.bool_]

    def take(self, first: int, last: int) -> _Asked:
        here = (self.owners >= first) & (self.owners < last)
        return _Asked(
            self.ids[first:last],
            self.times[first:last],
            self.owners[here] - first,
            self.keys[here],
            self.listed[here],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What each distinct key found: ``counts`` rows of ``ids`` and ``times``, key by key."""

    counts: _I64
    ids: IdRows
    times: _I64


def find_in_tables(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile, rows_at_once: int = ROWS_AT_ONCE
) -> Iterator[tuple[UUID, list[UUID]]]:
    """Of each of the articles all others within the window that it shares keys of ``ENOUGH`` points with, or a title
    where one of the two has little else; articles that have none are passed over. Of two that are both among the
    articles the one with the lower id has the other.
    """
    asked = _read_asked(connection, articles, profile)
    hours = _ANY_DISTANCE if profile.window_hours is None else profile.window_hours
    search = _Search(connection, profile, hours, rows_at_once, IdRows.of(asked.ids))
    titled = _read_titled(search, articles)
    for some in _split_by_time(asked, profile):
        for one, others in _count(search, some):
            yield one, list(titled.pop(one).union(others)) if one in titled else others
    yield from ((one, list(others)) for one, others in titled.items())


def _read_titled(search: _Search, articles: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    titled: dict[UUID, set[UUID]] = defaultdict(set)
    wanted = set(articles)
    asked = {**search.values, "articles": list(articles)}
    for one, other in search.connection.execute(load_queries("edge")["find_same_titles"], asked, binary=True):
        if one < other or other not in wanted:
            titled[one].add(other)
    return titled


def _read_asked(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> _Asked:
    with connection.cursor(binary=True) as cursor:
        register_packed(cursor)
        cursor.execute(load_queries("edge")["keys_of"], {"profile_id": profile.profile_id, "articles": list(articles)})
        rows = cursor.fetchall()
    keys, counts = unpack_numbers([row[2] for row in rows])
    items, item_counts = unpack_numbers([row[3] for row in rows])
    places = np.arange(len(rows))
    return _Asked(
        [row[0] for row in rows],
        np.array([(row[1] - _EPOCH) // timedelta(microseconds=1) for row in rows], dtype=np.int64),
        np.concatenate([np.repeat(places, counts), np.repeat(places, item_counts)]),
        np.concatenate([keys, items]),
        np.repeat([False, True], [keys.size, items.size]),
    )


def _split_by_time(asked: _Asked, profile: Profile) -> Iterator[_Asked]:
    """Articles that are far apart are looked up apart: all keys are asked for in the time around all articles."""
    spread = profile.window_hours and profile.window_hours * 3_600_000_000 // 4
    first = 0
    for at, time in enumerate(asked.times.tolist()):
        if spread is not None and time - asked.times[first] > spread:
            yield asked.take(first, at)
            first = at
    if first < len(asked.ids):
        yield asked.take(first, len(asked.ids))


def _count(search: _Search, asked: _Asked) -> Iterator[tuple[UUID, list[UUID]]]:
    """The others that share keys enough, article by article; in halves where the keys find too much."""
    distinct, which = np.unique(asked.keys, return_inverse=True)
    found = _read_found(search, distinct, asked)
    if found is None:
        half = len(asked.ids) // 2
        yield from _count(search, asked.take(0, half))
        yield from _count(search, asked.take(half, len(asked.ids)))
        return
    holders, held_ids, held_keys = _read_holders(search, asked)
    ids = IdRows.join([found.ids, held_ids, search.mates, IdRows.of(asked.ids)])
    numbers, firsts = ids.number()
    is_mate = np.zeros(firsts.size, dtype=bool)
    is_mate[numbers[found.times.size + holders.size :]] = True
    own = numbers[numbers.size - len(asked.ids) :]
    held = numbers[found.times.size :][: holders.size]
    starts = np.cumsum(found.counts) - found.counts
    for part in _cut(asked, found.counts[which]):
        # One line for each of the part's keys and each row that it found.
        sizes = found.counts[which[part]]
        rows = np.repeat(starts[which[part]] - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        owners = np.repeat(asked.owners[part], sizes)
        points = np.repeat(1 + (asked.keys[part] & 1) + asked.listed[part], sizes)
        near = np.abs(found.times[rows] - asked.times[owners]) <= search.hours * 3_600_000_000
        mine = np.isin(holders, asked.owners[part])
        owners, others = _add_up(
            np.concatenate([owners[near], holders[mine]]),
            np.concatenate([numbers[rows[near]], held[mine]]),
            np.concatenate([points[near], 2 + (held_keys[mine] & 1)]),
        )
        # Numbers are in the order of the ids.
        once = np.where(is_mate[others], own[owners] < others, True)
        yield from _name(owners[once], others[once], asked.ids, ids, firsts)


def _cut(asked: _Asked, sizes: _I64) -> Iterator[_I64]:
    """The keys of article after article, so many articles at once as have not too many rows, or one."""
    order = np.argsort(asked.owners, kind="stable")
    sums = np.concatenate(([0], np.cumsum(sizes[order])))
    first = last = 0
    for border in (np.flatnonzero(np.diff(asked.owners[order], append=-1)) + 1).tolist():
        if last > first and sums[border] - sums[first] > _LINES_AT_ONCE:
            yield order[first:last]
            first = last
        last = border
    if last > first:
        yield order[first:last]


def _add_up(owners: _I64, others: _I64, points: _I64) -> tuple[_I64, _I64]:
    """The pairs of article and other whose points are enough."""
    if not owners.size:
        return owners, others
    span = int(others.max()) + 1
    # Points are at most three: they are sorted along in the two lowest bits.
    packed = np.sort((owners * span + others) * 4 + points)
    pairs = packed >> 2
    begins = np.flatnonzero(np.diff(pairs, prepend=-1))
    enough = pairs[begins[np.add.reduceat(packed & 3, begins) >= ENOUGH]]
    return enough // span, enough % span


def _name(
    owners: _I64, others: _I64, articles: Sequence[UUID], ids: IdRows, firsts: _I64
) -> Iterator[tuple[UUID, list[UUID]]]:
    """Pairs of an article's place and another's number, as ids."""
    if not owners.size:
        return
    distinct, which = np.unique(others, return_inverse=True)
    names = ids.name(firsts[distinct])
    borders = np.flatnonzero(np.diff(owners, prepend=-1))
    for owner, places in zip(owners[borders].tolist(), np.split(which, borders[1:]), strict=True):
        yield articles[owner], [names[place] for place in places.tolist()]


def _read_found(search: _Search, distinct: _I64, asked: _Asked) -> _Found | None:
    """The rows of all keys in the time around the articles; None where they are too many for more than one article."""
    counts, ids, times = [], [], []
    values = {
        **search.values,
        "window": search.profile.window_hours,
        "keys": pack(distinct),
        "since": _EPOCH + timedelta(microseconds=int(asked.times[0])),
        "until": _EPOCH + timedelta(microseconds=int(asked.times[-1])),
    }
    total = 0
    with search.connection.cursor("lookup_keys") as cursor:
        register_packed(cursor)
        cursor.execute(load_queries("edge")["lookup_keys"], values, binary=True)
        while rows := cursor.fetchmany(_KEYS_AT_ONCE):
            some, sizes = unpack_ids([row[0] for row in rows])
            total += int(sizes.sum())
            if total > search.rows_at_once and len(asked.ids) > 1:
                return None
            ids.append(some)
            counts.append(sizes)
            times.append(unpack_numbers([row[1] for row in rows])[0])
    nothing = np.empty(0, dtype=np.int64)
    return _Found(np.concatenate([nothing, *counts]), IdRows.join(ids), np.concatenate([nothing, *times]))


def _read_holders(search: _Search, asked: _Asked) -> tuple[_I64, IdRows, _I64]:
    """Digests that list keys of the articles among their items: the article's place, the digest, the key."""
    own = ~asked.listed
    borders = np.searchsorted(asked.owners[own], np.arange(1, len(asked.ids)))
    values = {
        **search.values,
        "articles": list(asked.ids),
        "keys": [pack(keys) for keys in np.split(asked.keys[own], borders)],
    }
    rows = search.connection.execute(load_queries("edge")["find_containing_digests"], values, binary=True).fetchall()
    places = {one: at for at, one in enumerate(asked.ids)}
    return (
        np.array([places[row[0]] for row in rows], dtype=np.int64),
        IdRows.of([row[1] for row in rows]),
        np.array([row[2] for row in rows], dtype=np.int64),
    )
