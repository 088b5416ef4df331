"""Documents and their joining edges to clusters: leaders in order of time, no chains of mere likeness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.errors import RunawayStory
from copydesk.pipeline.core.records import Cluster

MAX_MEMBERS = 10_000
"""A story with more copies is taken for a fault (boilerplate read as copy) and stops the step."""

MAX_STEPS = 3
"""How many edges a copy may be away from the representative of its story."""

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Node:
    """A document to be clustered; ``published_at`` is aware, or None where it is unknown (ordered last).

    ``slight``: it is a flash, a kill or a few lines, and leads nobody who has more to say.
    """

    id: str
    published_at: datetime | None = None
    slight: bool = False

    @property
    def place(self) -> tuple[bool, datetime, str]:
        """What orders documents; intrinsic, so that no order of arrival shows."""
        return (self.slight, self.published_at or _END_OF_TIME, self.id)


def cluster(
    nodes: Iterable[Node],
    joining: Iterable[tuple[str, str, bool]],
    window_hours: int | None = None,
    max_members: int = MAX_MEMBERS,
) -> list[Cluster]:
    """Cluster by leaders: in order of ``(slight, published_at, id)`` a document joins the earliest leader it shares
    a joining edge with; else the earliest leader of those it is close to; otherwise it leads.

    There is no transitive closure: a member is a verified copy of its leader, or in at most ``MAX_STEPS`` steps, all
    but the first of them close, a copy of one that is; and never further from its leader in time than two documents
    may be apart to be compared. The result is a function of the two sets alone, in the order of the leaders; so are a
    cluster's members.

    Args:
        nodes: each document once.
        joining: pairs of ids, and whether the edge is close; an edge with an end that is not among the nodes is passed
            over.
        window_hours: how far apart in time a leader and a copy of a copy may be (None: any distance).
        max_members: the size above which a cluster is a fault.

    Raises:
        RunawayStory: a cluster has more members than that.
    """
    ordered = sorted(nodes, key=lambda node: node.place)
    rank = {node.id: at for at, node in enumerate(ordered)}
    earlier: dict[int, set[tuple[int, bool]]] = defaultdict(set)
    for a, b, close in joining:
        if a in rank and b in rank:
            first, second = sorted((rank[a], rank[b]))
            earlier[second].add((first, close))
    window = None if window_hours is None else timedelta(hours=window_hours)
    leaders: list[int] = []
    steps: list[int] = []
    members: dict[int, list[str]] = {}
    for at, node in enumerate(ordered):
        near = [
            (other, close) for other, close in earlier.get(at, ()) if _is_within(node, ordered[leaders[other]], window)
        ]
        leader, step = _find_leader(at, near, leaders, steps)
        leaders.append(leader)
        steps.append(step)
        members.setdefault(leader, []).append(node.id)
    for leader, copies in members.items():
        if len(copies) > max_members:
            raise RunawayStory(
                f"The story that {ordered[leader].id} leads would have {len(copies)} copies, more than {max_members}.",
                "Look for text that is not copy (a footer, a notice) in these articles and cut it in cleaning.",
            )
    return [Cluster(ordered[leader].id, tuple(copies)) for leader, copies in members.items()]


def _find_leader(
    at: int, earlier: Sequence[tuple[int, bool]], leaders: Sequence[int], steps: Sequence[int]
) -> tuple[int, int]:
    """The leader of the document in place ``at``, and how many steps it is away: 0 for itself."""
    direct = [other for other, _ in earlier if steps[other] == 0]
    if direct:
        return min(direct), 1
    through = [(leaders[other], steps[other] + 1) for other, close in earlier if close and steps[other] < MAX_STEPS]
    return min(through, default=(at, 0))


def _is_within(one: Node, other: Node, window: timedelta | None) -> bool:
    if window is None or one.published_at is None or other.published_at is None:
        return True
    return abs(one.published_at - other.published_at) <= window
