"""Matching of articles in the database: candidates by their keys, edges written as they are verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Edge
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.incremental.candidate_lookup import find_in_tables
from copydesk.pipeline.match.batch_verify import Verifier
from copydesk.pipeline.match.prefilter import find_hopeful
from copydesk.pipeline.match.verify import is_kept
from copydesk.pipeline.store.sketches import get_shingles, get_sketches

_AT_ONCE = 1_000
_PAIRS_AT_ONCE = 10_000
"""Candidates whose sketches are in memory at a time: some 100 MB at the most, however dense the copy is."""

_Pair = tuple[UUID, UUID]
_Group = tuple[UUID, list[UUID]]


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
    connection.execute(load_queries("sketch")["lock_for_reading"], {"profile_id": profile.profile_id})
    candidates = edges = joining = 0
    changed: list[Edge] = []
    gone: list[_Pair] = []
    done: set[UUID] = set()  # a pair of two of the articles is compared with the first of them, and only then
    for first in range(0, len(articles), _AT_ONCE):
        some = articles[first : first + _AT_ONCE]
        before = {pair: edge for pair, edge in _read_edges(connection, some, profile) if done.isdisjoint(pair)}
        for found in _find_groups(connection, some, profile):
            groups = (
                [(one, [other for other in others if other not in done]) for one, others in found] if done else found
            )
            candidates += sum(len(others) for _, others in groups)
            for pair, edge in _verify(connection, groups, profile):
                edges += 1
                joining += edge.merges
                if before.pop(pair, None) != edge:
                    changed.append(edge)
        gone += before
        done.update(some)
    # Written at the end and in one order, so that two who find the same edges wait for one another and never deadlock.
    marked = {"profile_id": profile.profile_id, "articles": list(articles)}
    connection.execute(load_queries("unsettled")["mark_matched"], marked)
    return MatchCounts(
        candidates=candidates,
        edges=edges,
        joining=joining,
        written=put_edges(connection, changed, profile),
        removed=_forget_edges(connection, sorted(gone), profile),
    )


def _verify(connection: Connection[Row], groups: Sequence[_Group], profile: Profile) -> Iterator[tuple[_Pair, Edge]]:
    """The edges of each group's article with its others that are to be kept."""
    # Most candidates share next to nothing: the rest of their sketches need not be read.
    asked = {one for one, _ in groups}.union(*(others for _, others in groups))
    told = get_shingles(connection, list(asked), profile)
    hopeful = [
        (one, others[place])
        for one, others in groups
        for place in find_hopeful(told[one], [told[other] for other in others]).tolist()
    ]
    del told
    sketches = get_sketches(connection, list({one for pair in hopeful for one in pair}), profile)
    verifier = Verifier(sketches.values(), profile)
    for one, other in hopeful:
        edge = verifier.verify(sketches[one], sketches[other])
        if is_kept(edge):
            yield (min(one, other), max(one, other)), edge


def _find_groups(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> Iterator[list[_Group]]:
    """The articles with their candidates, so many at a time as are to be compared at once, each pair once."""
    groups: list[_Group] = []
    room = _PAIRS_AT_ONCE
    for one, others in find_in_tables(connection, articles, profile):
        left = others
        while len(left) >= room:
            yield [*groups, (one, left[:room])]
            groups, left, room = [], left[room:], _PAIRS_AT_ONCE
        if left:
            groups.append((one, left))
            room -= len(left)
    if groups:
        yield groups


def _read_edges(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Iterator[tuple[_Pair, Edge]]:
    rows = connection.execute(
        load_queries("edge")["edges_of"], {"profile_id": profile.profile_id, "articles": list(articles)}
    )
    for a, b, kind, joins, close, rule, whole, shared, size_a, size_b, evidence in rows:
        edge = Edge(str(a), str(b), kind, joins, shared, size_a, size_b, rule, str(whole or ""), evidence, close)
        yield (a, b), edge


def put_edges(connection: Connection[Row], edges: Sequence[Edge], profile: Profile) -> int:
    """Write edges, in the order of (a, b) that all keep to; how many were new or other than before."""
    if not edges:
        return 0
    columns: dict[str, list[Any]] = {
        "a": [UUID(edge.a) for edge in edges],
        "b": [UUID(edge.b) for edge in edges],
        "kind": [edge.kind for edge in edges],
        "merges": [edge.merges for edge in edges],
        "is_near_identical": [edge.is_near_identical for edge in edges],
        "rule": [edge.rule for edge in edges],
        "container_id": [UUID(edge.container_id) if edge.container_id else None for edge in edges],
        "shared": [edge.shared for edge in edges],
        "size_a": [edge.size_a for edge in edges],
        "size_b": [edge.size_b for edge in edges],
        "evidence": [Jsonb(edge.evidence) for edge in edges],
    }
    return connection.execute(
        load_queries("edge")["save_edges"], {"profile_id": profile.profile_id, **columns}
    ).rowcount


def _forget_edges(connection: Connection[Row], pairs: Sequence[_Pair], profile: Profile) -> int:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not first:
        return 0
    return connection.execute(
        load_queries("edge")["delete_edges"], {"profile_id": profile.profile_id, "a": first, "b": second}
    ).rowcount
