"""Documents and their merging edges become clusters: leaders in order of time, without transitive closure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.core.errors import RunawayStory

MAX_MEMBERS = 10_000
"""A story with more copies is an error (boilerplate that was read as copy) and stops the step."""

MAX_EDGES_TO_LEADER = 3
"""Edges between a copy and the representative of its story, at most."""

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Node:
    """A document to cluster."""

    id: str
    """Id of the document; orders documents of the same time."""

    published_at: datetime | None = None
    """Aware; None if unknown: such a document comes last."""

    is_brief: bool = False
    """``Features.is_brief``: the document never leads one that is not a brief."""

    @property
    def sort_key(self) -> tuple[bool, datetime, str]:
        """Orders documents by what they are, never by when they arrived."""
        return (self.is_brief, self.published_at or _END_OF_TIME, self.id)


def cluster(
    nodes: Iterable[Node],
    merging_edges: Iterable[tuple[str, str, bool]],
    window_hours: int | None = None,
    max_members: int = MAX_MEMBERS,
) -> list[Cluster]:
    """Cluster documents by leaders.

    In order of ``Node.sort_key``, each document joins the earliest leader with which it shares a merging edge. If there
    is none, it joins the earliest leader of the documents to which it is near-identical. Otherwise it is a leader
    itself.

    There is no transitive closure, so weak matches do not chain. A member is a verified copy of its leader, or it is
    connected to its leader by at most ``MAX_EDGES_TO_LEADER`` edges, all near-identical except the first. A member is
    never further from its leader in time than two documents may be to be compared. The result is a function of the two
    sets: the order of the arguments does not matter.

    Args:
        nodes: each document once.
        merging_edges: pairs of ids, each with ``Edge.is_near_identical``. An edge with an end that is not among the
            nodes is ignored.
        window_hours: how far a member may be from its leader; None for any distance.
        max_members: a cluster with more members is an error.

    Returns:
        The clusters in order of their leaders, each with its members in order.

    Raises:
        RunawayStory: a cluster has more than ``max_members``.
    """
    ordered = sorted(nodes, key=lambda node: node.sort_key)
    rank = {node.id: at for at, node in enumerate(ordered)}
    earlier_neighbours: dict[int, set[tuple[int, bool]]] = defaultdict(set)
    for a, b, is_near_identical in merging_edges:
        if a in rank and b in rank:
            first, second = sorted((rank[a], rank[b]))
            earlier_neighbours[second].add((first, is_near_identical))
    window = None if window_hours is None else timedelta(hours=window_hours)
    leaders: list[int] = []
    distances: list[int] = []
    members: dict[int, list[str]] = {}
    for at, node in enumerate(ordered):
        neighbours = [
            (other, is_near_identical)
            for other, is_near_identical in earlier_neighbours.get(at, ())
            if _is_within_window(node, ordered[leaders[other]], window)
        ]
        leader, distance = _find_leader(at, neighbours, leaders, distances)
        leaders.append(leader)
        distances.append(distance)
        members.setdefault(leader, []).append(node.id)
    for leader, copies in members.items():
        if len(copies) > max_members:
            raise RunawayStory(
                f"The story that {ordered[leader].id} leads would have {len(copies)} copies, more than {max_members}.",
                "Find the text in these articles that is not copy, such as a footer or a notice, and remove it in "
                "cleaning.",
            )
    return [Cluster(ordered[leader].id, tuple(copies)) for leader, copies in members.items()]


def _find_leader(
    at: int, neighbours: Sequence[tuple[int, bool]], leaders: Sequence[int], distances: Sequence[int]
) -> tuple[int, int]:
    """Find the leader of one document.

    Args:
        at: position of the document in the order.
        neighbours: earlier documents with a merging edge, each with its position and whether it is near-identical.
        leaders: position of the leader of each earlier document.
        distances: edges between each earlier document and its leader; 0 for a leader.

    Returns:
        The position of the leader, and the number of edges to it: 0 if the document is a leader itself.
    """
    direct = [other for other, _ in neighbours if distances[other] == 0]
    if direct:
        return min(direct), 1
    indirect = [
        (leaders[other], distances[other] + 1)
        for other, is_near_identical in neighbours
        if is_near_identical and distances[other] < MAX_EDGES_TO_LEADER
    ]
    return min(indirect, default=(at, 0))


def _is_within_window(a: Node, b: Node, window: timedelta | None) -> bool:
    """Return whether two documents are close enough in time; an unknown time is close to any other."""
    if window is None or a.published_at is None or b.published_at is None:
        return True
    return abs(a.published_at - b.published_at) <= window
