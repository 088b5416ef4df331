"""Documents and their joining edges to clusters: leaders in order of time, no chains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.errors import RunawayStory
from pipeline.records import Cluster

MAX_MEMBERS = 10_000
"""A story with more copies is taken for a fault (boilerplate read as copy) and stops the step."""

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


def cluster(nodes: Iterable[Node], joining: Iterable[tuple[str, str]], max_members: int = MAX_MEMBERS) -> list[Cluster]:
    """Cluster by leaders: in order of ``(slight, published_at, id)`` a document joins the earliest leader it shares
    a joining edge with, otherwise it leads.

    There is no transitive closure: every member is a verified copy of its leader, whatever its neighbours are. The
    result is a function of the two sets alone, in the order of the leaders; so are a cluster's members.

    Args:
        nodes: each document once.
        joining: pairs of ids; an edge with an end that is not among the nodes is passed over.
        max_members: the size above which a cluster is a fault.

    Raises:
        RunawayStory: a cluster has more members than that.
    """
    ordered = sorted(nodes, key=lambda node: node.place)
    rank = {node.id: at for at, node in enumerate(ordered)}
    earlier: dict[str, list[int]] = defaultdict(list)
    for a, b in joining:
        if a in rank and b in rank:
            first, second = sorted((rank[a], rank[b]))
            earlier[ordered[second].id].append(first)
    members: dict[str, list[str]] = {}
    for node in ordered:
        leads = (ordered[at].id for at in sorted(earlier.get(node.id, ())) if ordered[at].id in members)
        members.setdefault(next(leads, node.id), []).append(node.id)
    for leader, copies in members.items():
        if len(copies) > max_members:
            raise RunawayStory(
                f"The story that {leader} leads would have {len(copies)} copies, more than {max_members}.",
                "Look for text that is not copy (a footer, a notice) in these articles and cut it in cleaning.",
            )
    return [Cluster(leader, tuple(copies)) for leader, copies in members.items()]
