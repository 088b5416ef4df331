"""Matching of articles in the database: candidates by their keys, edges written as they are verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.types.json import Jsonb

from pipeline.db import Row, load_queries
from pipeline.match.evidence import Share
from pipeline.match.rules import shares_too_little
from pipeline.match.verify import is_kept, verify
from pipeline.profile import Profile
from pipeline.records import Edge
from pipeline.sketches import get_shingles, get_sketches

_AT_ONCE = 500
_ANY_DISTANCE = 8_766_000  # hours: a thousand years

_Pair = tuple[UUID, UUID]
_Told = tuple[npt.NDArray[np.uint64], bool, bool]


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """``candidates`` pairs compared, ``edges`` of them kept, ``joining`` of those that make one story; ``written`` and
    ``removed`` rows changed by this call."""

    candidates: int = 0
    edges: int = 0
    joining: int = 0
    written: int = 0
    removed: int = 0

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


def match_articles(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> MatchCounts:
    """Compare the articles with all that share a key within the window, in the caller's transaction.

    What was found before and no longer holds (an article's new version) is removed. Called again it changes nothing.
    The articles' sketches, and those of everyone matching at once, have to be committed before.
    """
    connection.execute(load_queries("sketch")["lock_reading"], {"profile_id": profile.profile_id})
    before: dict[_Pair, Edge] = {}
    compared: set[_Pair] = set()
    found: dict[_Pair, Edge] = {}
    for first in range(0, len(articles), _AT_ONCE):
        some = articles[first : first + _AT_ONCE]
        before |= _read_edges(connection, some, profile)
        pairs = [pair for pair in _find_candidates(connection, some, profile) if pair not in compared]
        compared.update(pairs)
        found |= _verify_pairs(connection, pairs, profile)
    # Written at the end and in one order, so that two who find the same edges wait for one another and never deadlock.
    changed = [found[pair] for pair in sorted(found) if before.get(pair) != found[pair]]
    marked = {"profile_id": profile.profile_id, "articles": list(articles)}
    connection.execute(load_queries("unsettled")["mark_matched"], marked)
    return MatchCounts(
        candidates=len(compared),
        edges=len(found),
        joining=sum(edge.joins for edge in found.values()),
        written=put_edges(connection, changed, profile),
        removed=_forget_edges(connection, sorted(before.keys() - found.keys()), profile),
    )


def _verify_pairs(connection: Connection[Row], pairs: Sequence[_Pair], profile: Profile) -> dict[_Pair, Edge]:
    """The edges of these pairs that are to be kept."""
    shingles = get_shingles(connection, list({one for pair in pairs for one in pair}), profile)
    # Most candidates share next to nothing: the rest of their sketches need not be read.
    hopeful = [(a, b) for a, b in pairs if not _is_hopeless(shingles[a], shingles[b])]
    del shingles
    sketches = get_sketches(connection, list({one for pair in hopeful for one in pair}), profile)
    edges = {(a, b): verify(sketches[a], sketches[b], profile) for a, b in hopeful}
    return {pair: edge for pair, edge in edges.items() if is_kept(edge)}


def _is_hopeless(one: _Told, other: _Told) -> bool:
    return shares_too_little(Share.of(one[0], other[0]), bare=one[1] or other[1], digest=one[2] != other[2])


def _find_candidates(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> list[_Pair]:
    hours = _ANY_DISTANCE if profile.window_hours is None else profile.window_hours
    rows = connection.execute(
        load_queries("edge")["candidates"],
        {"profile_id": profile.profile_id, "articles": list(articles), "hours": hours},
    )
    return [(a, b) for a, b in rows]


def _read_edges(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> dict[_Pair, Edge]:
    rows = connection.execute(
        load_queries("edge")["edges_of"], {"profile_id": profile.profile_id, "articles": list(articles)}
    )
    return {
        (a, b): Edge(str(a), str(b), kind, joins, shared, size_a, size_b, rule, str(whole or ""), evidence, close)
        for a, b, kind, joins, close, rule, whole, shared, size_a, size_b, evidence in rows
    }


def put_edges(connection: Connection[Row], edges: Sequence[Edge], profile: Profile) -> int:
    """Write edges, in the order of (a, b) that all keep to; how many were new or other than before."""
    if not edges:
        return 0
    columns: dict[str, list[Any]] = {
        "a": [UUID(edge.a) for edge in edges],
        "b": [UUID(edge.b) for edge in edges],
        "kind": [edge.kind for edge in edges],
        "joins": [edge.joins for edge in edges],
        "close": [edge.close for edge in edges],
        "rule": [edge.rule for edge in edges],
        "whole": [UUID(edge.whole) if edge.whole else None for edge in edges],
        "shared": [edge.shared for edge in edges],
        "size_a": [edge.size_a for edge in edges],
        "size_b": [edge.size_b for edge in edges],
        "evidence": [Jsonb(edge.evidence) for edge in edges],
    }
    return connection.execute(load_queries("edge")["put_edges"], {"profile_id": profile.profile_id, **columns}).rowcount


def _forget_edges(connection: Connection[Row], pairs: Sequence[_Pair], profile: Profile) -> int:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not first:
        return 0
    return connection.execute(
        load_queries("edge")["forget_edges"], {"profile_id": profile.profile_id, "a": first, "b": second}
    ).rowcount
