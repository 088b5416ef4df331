"""Why two copies are in one story, in words: the rule that decided, and what it looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.match.edge_rules import NEAR_MISS, RULES
from copydesk.pipeline.views.story_queries import StoryCopy

_NEAR_MISS_REASON = "The two nearly met a rule, but are not related."

_OVERLAPS = {
    "title": "words of the shorter title are in the other one",
    "lead": "of the first words of the text are the same",
    "numbers": "numbers of the text with fewer are in the other one",
    "names": "names of the text with fewer are in the other one",
}
_DIFFERENCES = {
    "different_place": "Their datelines give different places.",
    "different_agency": "They give different agencies.",
    "different_subject": "Their subjects differ.",
}


@dataclass(frozen=True, slots=True)
class StoredEdge:
    """The stored comparison of two articles, with ``a`` < ``b``; the kind is None if they are not related."""

    a: UUID
    b: UUID
    kind: str | None
    rule: str
    container_id: UUID | None
    shared: int
    size_a: int
    size_b: int
    evidence: dict[str, Any]


def list_edges(
    connection: Connection[Row], profile_id: str, pairs: Iterable[tuple[UUID, UUID]]
) -> dict[frozenset[UUID], StoredEdge]:
    """Return the stored edges of pairs of articles, by the two; a pair without one is left out."""
    wanted = list(pairs)
    params = {"profile_id": profile_id, "a": [a for a, _ in wanted], "b": [b for _, b in wanted]}
    return {
        frozenset((edge.a, edge.b)): edge
        for edge in fetch_all(connection, StoredEdge, queries.evidence.list_edges, params)
    }


def map_copies_to_edges(
    connection: Connection[Row], profile_id: str, copies: Sequence[StoryCopy], limit: int
) -> dict[UUID, StoredEdge]:
    """Return the edge by which each copy is in its story: to the representative, else to the copy between.

    The representative has none, nor have copies of which no edge is stored.

    Args:
        connection: A connection in a transaction.
        profile_id: The profile of the story.
        copies: All copies of the story.
        limit: Only the first so many copies.
    """
    first = next((copy.article_id for copy in copies if copy.is_representative), None)
    others = {
        copy.article_id: other
        for copy in copies[:limit]
        if not copy.is_representative and (other := copy.via if copy.relation == "indirect" else first) is not None
    }
    edges = list_edges(connection, profile_id, others.items())
    return {copy: edge for copy, other in others.items() if (edge := edges.get(frozenset((copy, other))))}


def explain_rule(edge: StoredEdge) -> str:
    """Return the reason of the rule that decided an edge, in one sentence; the rule's name if this version has none."""
    if edge.rule == NEAR_MISS:
        return _NEAR_MISS_REASON
    reasons = [rule.reason for rule in RULES if rule.name == edge.rule]
    return " Or: ".join(reasons) or f"Rule {edge.rule}."


def describe_measures(edge: StoredEdge) -> list[str]:
    """Return what the rules looked at, each as a sentence; a measure that has nothing to compare is left out."""
    return list(_describe(edge))


def _describe(edge: StoredEdge) -> Iterator[str]:
    fewer = min(edge.size_a, edge.size_b)
    if fewer:
        share = _percent(edge.shared, fewer)
        yield f"{edge.shared:,} of {fewer:,} sequences of words of the shorter text are in the other one ({share})."
    evidence = edge.evidence
    for name, phrase in _OVERLAPS.items():
        shared, smaller, _ = _read_numbers(evidence.get(name), 3)
        if smaller:
            yield f"{shared:,} of {smaller:,} {phrase} ({_percent(shared, smaller)})."
    shorter, longer = _read_numbers(evidence.get("words"), 2)
    if longer:
        yield f"The texts have {shorter:,} and {longer:,} words."
    if "hours" in evidence:
        hours = int(evidence["hours"])
        distance = "less than an hour" if hours == 0 else "an hour" if hours == 1 else f"{hours:,} hours"
        yield f"They were published {distance} apart."
    if evidence.get("notice"):
        yield f"One of them is marked: {evidence['notice']}."
    yield from (sentence for name, sentence in _DIFFERENCES.items() if evidence.get(name))


def _read_numbers(text: object, count: int) -> list[int]:
    """Return the numbers of a measure such as ``9/10/12``; zeros if the edge does not have it."""
    parts = str(text or "").split("/")
    return [int(part) for part in parts] if len(parts) == count and all(map(str.isdecimal, parts)) else [0] * count


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // whole} %"
