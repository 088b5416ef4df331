"""Matching of articles in the database: candidates by their keys, edges written as they are verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from pipeline.db import Row, load_queries
from pipeline.match.evidence import Share
from pipeline.match.lookup import find_in_tables
from pipeline.match.repeats import Verifier
from pipeline.match.rules import shares_too_little
from pipeline.match.screen import count_at_most
from pipeline.match.verify import is_kept
from pipeline.profile import Profile
from pipeline.records import Edge
from pipeline.sketches import get_shingles, get_sketches

_AT_ONCE = 1_000
_PAIRS_AT_ONCE = 10_000
"""Candidates whose sketches are in memory at a time: some 100 MB at the most, however dense the copy is."""

_Pair = tuple[UUID, UUID]
_Told = tuple[bytes, bool, bool]


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
    candidates = edges = joining = 0
    changed: list[Edge] = []
    gone: list[_Pair] = []
    done: set[UUID] = set()  # a pair of two of the articles is compared with the first of them, and only then
    for first in range(0, len(articles), _AT_ONCE):
        some = articles[first : first + _AT_ONCE]
        before = {pair: edge for pair, edge in _read_edges(connection, some, profile) if done.isdisjoint(pair)}
        for found in _find_candidates(connection, some, profile):
            pairs = [pair for pair in found if done.isdisjoint(pair)] if done else found
            candidates += len(pairs)
            for pair, edge in _verify_pairs(connection, pairs, profile):
                edges += 1
                joining += edge.joins
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


def _verify_pairs(
    connection: Connection[Row], pairs: Sequence[_Pair], profile: Profile
) -> Iterator[tuple[_Pair, Edge]]:
    """The edges of these pairs that are to be kept."""
    # Most candidates share next to nothing: the rest of their sketches need not be read.
    hopeful = list(_screen(get_shingles(connection, list({one for pair in pairs for one in pair}), profile), pairs))
    sketches = get_sketches(connection, list({one for pair in hopeful for one in pair}), profile)
    verifier = Verifier(sketches.values(), profile)
    for one, other in hopeful:
        edge = verifier.verify(sketches[one], sketches[other])
        if is_kept(edge):
            yield (min(one, other), max(one, other)), edge


def _screen(told: Mapping[UUID, _Told], pairs: Sequence[_Pair]) -> Iterator[_Pair]:
    """The pairs of which some rule may say something."""
    for one, group in groupby(pairs, key=itemgetter(0)):
        others = [other for _, other in group]
        own, bare, digest = told[one]
        counts = count_at_most(own, [told[other][0] for other in others]).tolist()
        for other, both in zip(others, counts, strict=True):
            shingles, other_bare, other_digest = told[other]
            less, more = sorted((len(own) // 8, len(shingles) // 8))
            if not shares_too_little(Share(both, less, more), bare=bare or other_bare, digest=digest != other_digest):
                yield one, other


def _find_candidates(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> Iterator[list[_Pair]]:
    """The pairs, each once and the article first, so many at a time as are to be compared at once."""
    pairs: list[_Pair] = []
    for one, others in find_in_tables(connection, articles, profile):
        pairs += [(one, other) for other in others]
        while len(pairs) >= _PAIRS_AT_ONCE:
            yield pairs[:_PAIRS_AT_ONCE]
            pairs = pairs[_PAIRS_AT_ONCE:]
    if pairs:
        yield pairs


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
