"""Whose copy a story is: what its copies say of where they come from, and who was first.

The evidence, in the order in which it counts:

1. Copies credit an agency: in a credit line, as the second part of a mark (``SITE - AGENCY``) or as the mark of their
   dateline, where that is not the agency of the wire they were found on. The agency that most wires credit is the
   origin, and its article is the earliest copy that a wire of that very agency carries as its own.
2. Nobody credits anybody: the earliest copy is the origin.

The time decides last, because clocks differ and a site may print before the agency's own page is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Basis(StrEnum):
    """What an origin was told by: the strongest of the evidence for it."""

    CREDIT = "credit"
    DATELINE = "dateline"
    EARLIEST = "earliest"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Copy:
    """What is read of one copy. ``credit`` is whose copy it says it is (``dpa/AFP`` where it is shared), empty where
    it says nothing or names its own wire; ``agency`` the mark that it bears, else its wire's own; ``slight`` as in
    ``Features``.
    """

    id: str
    wire: str
    published_at: datetime | None = None
    agency: str = ""
    credit: str = ""
    dateline: str = ""
    slight: bool = False

    @property
    def place(self) -> tuple[bool, datetime, str]:
        """What orders copies; intrinsic."""
        return (self.slight, self.published_at or _END_OF_TIME, self.id)

    @property
    def credits(self) -> tuple[str, ...]:
        """The agencies that it credits, in its order."""
        return tuple(dict.fromkeys(part.strip() for part in self.credit.split("/") if part.strip()))


@dataclass(frozen=True, slots=True)
class Origin:
    """``agency`` is empty where nothing is known of it; ``article`` where its own article is not among the copies.

    ``evidence``: ``credits`` how many wires credit each agency; ``wires`` and ``copies`` how many there are;
    ``earliest`` the copy that was first, whoever's it is.
    """

    agency: str
    article: str
    basis: Basis
    evidence: dict[str, int | str | dict[str, int]] = field(default_factory=dict)


def find_origin(copies: Iterable[Copy]) -> Origin:
    """The likely origin of one story; a pure function of the set of its copies.

    Between agencies that as many wires credit, the one whose own article is among the copies is preferred, then the
    one that stands first in a shared credit, then the one credited earliest, then by name.

    Raises:
        ValueError: there are no copies.
    """
    ordered = sorted(copies, key=lambda copy: copy.place)
    if not ordered:
        raise ValueError("a story has at least one copy")
    first, wires = ordered[0], {copy.wire for copy in ordered}
    votes = _count_credits(ordered)
    evidence: dict[str, int | str | dict[str, int]] = {
        "credits": {vote.name: len(vote.wires) for vote in votes},
        "wires": len(wires),
        "copies": len(ordered),
        "earliest": first.id,
    }
    if not votes:
        return Origin(first.agency, first.id, Basis.EARLIEST if len(wires) > 1 else Basis.ALONE, evidence)
    best = votes[0]
    return Origin(best.name, best.own, Basis.CREDIT if best.in_credit else Basis.DATELINE, evidence)


@dataclass(slots=True)
class _Vote:
    """What speaks for one agency; ``own`` is the earliest copy that its own wire carries, ``first`` the place in the
    order of copies and within a shared credit where it is credited first."""

    name: str
    wires: set[str] = field(default_factory=set)
    own: str = ""
    first: tuple[int, int] = (0, 0)
    in_credit: bool = False

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        return (-len(self.wires), not self.own, self.first[1], self.first[0], self.name)


def _count_credits(ordered: Sequence[Copy]) -> list[_Vote]:
    """The agencies that the copies credit, the likeliest first; names are compared without regard to case."""
    votes: dict[str, _Vote] = {}
    own: dict[str, str] = defaultdict(str)
    for at, copy in enumerate(ordered):
        if not copy.credits and copy.agency:
            own[copy.agency.casefold()] = own[copy.agency.casefold()] or copy.id
        for position, name in enumerate(copy.credits):
            vote = votes.setdefault(name.casefold(), _Vote(name, first=(at, position)))
            vote.wires.add(copy.wire)
            vote.first = min(vote.first, (at, position))
            # The mark of a dateline says no more than who it is; all other credits are a line of their own.
            vote.in_credit |= not (copy.dateline and copy.agency == copy.credit)
    for key, vote in votes.items():
        vote.own = own[key]
    return sorted(votes.values(), key=lambda vote: vote.rank)
