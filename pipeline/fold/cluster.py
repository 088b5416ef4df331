"""Documents and their merging edges become clusters: leaders in order of time, without transitive closure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.core.errors import RunawayStory

MAX_MEMBERS = 10_000
"""A story with more copies, not counting surplus ones, is an error (boilerplate that was read as copy) and stops the
step."""

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

    first_copy: str = ""
    """Id of the earliest identical copy in the same span, that of the document itself if it is that; empty if there are
    no others (``match.surplus_copies``)."""

    is_surplus: bool = False
    """The document is compared with ``first_copy`` only."""

    @property
    def sort_key(self) -> tuple[bool, datetime, str]:
        """Orders documents by what they are, never by when they arrived."""
        return (self.is_brief, self.published_at or _END_OF_TIME, self.id)


def cluster(
    nodes: Iterable[Node],
    merging_edges: Iterable[tuple[str, str, bool]],
    window_hours: int | None = None,
    max_members: int | None = MAX_MEMBERS,
) -> list[Cluster]:
    """Cluster documents by leaders.

    In order of ``Node.sort_key``, each document joins the earliest leader with which it shares a merging edge. If there
    is none, it joins the earliest leader of the documents to which it is near-identical. Otherwise it is a leader
    itself.

    There is no transitive closure, so weak matches do not chain. A member is a verified copy of its leader, or it is
    connected to its leader by at most ``MAX_EDGES_TO_LEADER`` edges, all near-identical except the first. A member is
    never further from its leader in time than two documents may be to be compared. The result is a function of the two
    sets: the order of the arguments does not matter.

    A surplus copy that is near-identical to its first copy comes last: it joins the earliest leader, within the window,
    that its identical copies have, and is a leader itself if there is none.

    Args:
        nodes: each document once.
        merging_edges: pairs of ids, each with ``Edge.is_near_identical``. An edge with an end that is not among the
            nodes is ignored.
        window_hours: how far a member may be from its leader; None for any distance.
        max_members: a cluster with more members that are not surplus is an error; None for no limit.

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
    # The position of the first copy of each document that is near-identical to it, or is it.
    first_copies = {
        at: rank[node.first_copy]
        for at, node in enumerate(ordered)
        if node.first_copy == node.id or (rank.get(node.first_copy), True) in earlier_neighbours.get(at, ())
    }
    leaders, distances = list(range(len(ordered))), [0] * len(ordered)
    is_follower = [node.is_surplus and at in first_copies for at, node in enumerate(ordered)]
    for at, node in enumerate(ordered):
        if not is_follower[at]:
            neighbours = [
                (other, is_near_identical)
                for other, is_near_identical in earlier_neighbours.get(at, ())
                if not is_follower[other] and _is_within_window(node, ordered[leaders[other]], window)
            ]
            leaders[at], distances[at] = _find_leader(at, neighbours, leaders, distances)
    if any(is_follower):
        _add_followers(ordered, first_copies, is_follower, leaders, window)
    members: dict[int, list[int]] = defaultdict(list)
    for at, leader in enumerate(leaders):
        members[leader].append(at)
    if max_members is not None:
        for leader, copies in members.items():
            check_size(ordered[leader].id, sum(not is_follower[at] for at in copies), max_members)
    return [
        Cluster(ordered[leader].id, tuple(ordered[at].id for at in copies))
        for leader, copies in sorted(members.items())
    ]


def _add_followers(
    ordered: Sequence[Node],
    first_copies: Mapping[int, int],
    is_follower: Sequence[bool],
    leaders: list[int],
    window: timedelta | None,
) -> None:
    """Find the leaders of surplus copies, in place: those of their identical copies, the earliest within the window."""
    leaders_of_copies: dict[int, set[int]] = defaultdict(set)
    for at, first in first_copies.items():
        if not is_follower[at]:
            leaders_of_copies[first].add(leaders[at])
    for at, node in enumerate(ordered):
        if is_follower[at]:
            known = leaders_of_copies[first_copies[at]]
            leaders[at] = min((other for other in known if _is_within_window(node, ordered[other], window)), default=at)
            known.add(leaders[at])


def check_size(leader: str, copies: int, max_members: int) -> None:
    """Check the number of copies of a story that are not surplus.

    Raises:
        RunawayStory: There are more than ``max_members``.
    """
    if copies > max_members:
        raise RunawayStory(
            f"The story that {leader} leads would have {copies} copies, more than {max_members}.",
            "Find the text in these articles that does not belong to them, such as a footer or a notice, and cut"
            " it in cleaning.",
        )


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
