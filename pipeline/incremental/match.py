"""Matching of articles in the database: find candidates by their keys, verify them, write the edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.dedup_records import Edge, EdgeKind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.incremental.candidate_lookup import find_stored_candidates
from copydesk.pipeline.match.batch_verify import Verifier
from copydesk.pipeline.match.prefilter import prefilter_candidates
from copydesk.pipeline.match.verify import is_worth_storing
from copydesk.pipeline.store.sketches import get_shingles, get_sketches
from copydesk.pipeline.store.states import PendingStage
from copydesk.pipeline.store.stored_copies import list_rearranged, list_surplus_copies, map_first_copies

_BATCH_ARTICLES = 1_000
_MAX_PAIRS_IN_MEMORY = 10_000
"""Candidate pairs with sketches in memory at a time: at most about 100 MB."""

_Pair = tuple[UUID, UUID]
_CandidateGroup = tuple[UUID, list[UUID]]


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """The number of ``candidates`` (pairs) compared, of ``edges`` among them, of ``merging`` edges, and of rows of the
    edge table ``written`` and ``removed``."""

    candidates: int = 0
    edges: int = 0
    merging: int = 0
    written: int = 0
    removed: int = 0

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _EdgeRow:
    a: UUID
    b: UUID
    kind: str | None
    merges: bool
    is_near_identical: bool
    rule: str
    container_id: UUID | None
    shared: int
    size_a: int
    size_b: int
    evidence: dict[str, float | int | str]

    def to_edge(self) -> Edge:
        return Edge(
            a=str(self.a),
            b=str(self.b),
            kind=EdgeKind(self.kind) if self.kind else None,
            merges=self.merges,
            shared=self.shared,
            size_a=self.size_a,
            size_b=self.size_b,
            rule=self.rule,
            container_id=str(self.container_id or ""),
            evidence=self.evidence,
            is_near_identical=self.is_near_identical,
        )


def match_articles(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> MatchCounts:
    """Compare the articles with their candidates and save the edges, in the caller's transaction.

    Edges that no longer exist, because of an article's new version, are deleted. Matching again changes nothing.
    Articles that became surplus copies when others were signed, or are no longer, are matched too.
    Commit the sketches first: concurrent matching must see them.
    """
    connection.execute(queries.sketch.lock_for_reading, {"profile_id": profile.profile_id})
    articles = list(dict.fromkeys([*articles, *list_rearranged(connection, PendingStage.SIGNED, profile)]))
    candidates = edges = merging = 0
    changed: list[Edge] = []
    gone: list[_Pair] = []
    done: set[UUID] = set()  # a pair of two of the articles is compared with the first of them, and only then
    for first in range(0, len(articles), _BATCH_ARTICLES):
        batch = articles[first : first + _BATCH_ARTICLES]
        before = {pair: edge for pair, edge in _read_edges(connection, batch, profile) if done.isdisjoint(pair)}
        for candidate_groups in _find_groups(connection, batch, profile):
            groups = [
                (article, [other for other in others if other not in done] if done else others)
                for article, others in candidate_groups
            ]
            candidates += sum(len(others) for _, others in groups)
            for pair, edge in _verify_groups(connection, groups, profile):
                edges += 1
                merging += edge.merges
                if before.pop(pair, None) != edge:
                    changed.append(edge)
        gone += before
        done.update(batch)
    # Written at the end and in one order, so that transactions with the same edges wait for one another and never
    # deadlock.
    params = {"profile_id": profile.profile_id, "articles": articles}
    connection.execute(queries.pending_article.mark_matched, params)
    return MatchCounts(
        candidates=candidates,
        edges=edges,
        merging=merging,
        written=save_edges(connection, changed, profile),
        removed=_delete_edges(connection, sorted(gone), profile),
    )


def _verify_groups(
    connection: Connection[Row], groups: Sequence[_CandidateGroup], profile: Profile
) -> Iterator[tuple[_Pair, Edge]]:
    """Yield the edges worth storing of each group's article with its candidates."""
    # Most candidates share very little: the shingles show that, and the rest of their sketches is not read.
    ids = {article for article, _ in groups}.union(*(others for _, others in groups))
    shingles = get_shingles(connection, list(ids), profile)
    likely_pairs = [
        (article, others[place])
        for article, others in groups
        for place in prefilter_candidates(shingles[article], [shingles[other] for other in others]).tolist()
    ]
    del shingles
    sketches = get_sketches(connection, list({article for pair in likely_pairs for article in pair}), profile)
    verifier = Verifier(sketches.values(), profile)
    for article, other in likely_pairs:
        edge = verifier.verify(sketches[article], sketches[other])
        if is_worth_storing(edge):
            yield (min(article, other), max(article, other)), edge


def _find_groups(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Iterator[list[_CandidateGroup]]:
    """Yield the articles with their candidates, at most ``_MAX_PAIRS_IN_MEMORY`` pairs at a time, each pair once."""
    groups: list[_CandidateGroup] = []
    room = _MAX_PAIRS_IN_MEMORY
    for article, others in _list_candidates(connection, articles, profile):
        left = others
        while len(left) >= room:
            yield [*groups, (article, left[:room])]
            groups, left, room = [], left[room:], _MAX_PAIRS_IN_MEMORY
        if left:
            groups.append((article, left))
            room -= len(left)
    if groups:
        yield groups


def _list_candidates(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Iterator[tuple[UUID, list[UUID]]]:
    """Yield the articles with their candidates; of a surplus copy, that is the first copy."""
    first_copies = map_first_copies(connection, articles, profile)
    compared = [article for article in articles if article not in first_copies]
    yield from find_stored_candidates(connection, compared, profile)
    surplus = list_surplus_copies(connection, compared, profile)
    yield from ((article, list(others)) for article, others in surplus.items())
    yield from ((article, [first]) for article, first in first_copies.items() if first not in surplus)


def _read_edges(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Iterator[tuple[_Pair, Edge]]:
    params = {"profile_id": profile.profile_id, "articles": list(articles)}
    for row in fetch_all(connection, _EdgeRow, queries.edge.list_edges, params):
        yield (row.a, row.b), row.to_edge()


def save_edges(connection: Connection[Row], edges: Sequence[Edge], profile: Profile) -> int:
    """Save edges, in the order of (a, b), and return how many were new or changed."""
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
    return connection.execute(queries.edge.save_edges, {"profile_id": profile.profile_id, **columns}).rowcount


def _delete_edges(connection: Connection[Row], pairs: Sequence[_Pair], profile: Profile) -> int:
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not first:
        return 0
    params = {"profile_id": profile.profile_id, "a": first, "b": second}
    return connection.execute(queries.edge.delete_edges, params).rowcount
