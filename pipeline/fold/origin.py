"""The origin of a story: the agency that its copies credit, or the earliest copy.

The evidence, in order of precedence:

1. Copies credit an agency: in a credit line, as the second part of an agency mark (``SITE - AGENCY``), or as the agency
   mark of their dateline if that is not the agency of their own wire. The origin is the agency that most wires credit.
   Its article is the earliest copy that a wire of that agency has as its own.
2. No copy credits an agency: the origin is the earliest copy.

Time comes last, because clocks differ and a site may print a copy before the agency's own page is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class OriginBasis(StrEnum):
    """The strongest evidence for an origin."""

    CREDIT = "credit"
    """A credit line, or the second part of an agency mark."""

    DATELINE = "dateline"
    """Only agency marks of datelines."""

    EARLIEST = "earliest"
    """No credit; the earliest copy of several wires."""

    ONLY_WIRE = "only_wire"
    """No credit, and only one wire."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a story: the fields that say where it comes from."""

    id: str
    """Id of the article."""

    wire: str
    """Name of the wire on which it was found."""

    published_at: datetime | None = None
    """Aware; None if unknown: such a copy comes last."""

    agency: str = ""
    """The agency of its agency mark, or that of its wire."""

    credit: str = ""
    """The agency that it credits (``dpa/AFP`` if shared); empty if it credits none or its own wire."""

    dateline: str = ""
    """Place and date before the agency mark."""

    is_brief: bool = False
    """``Features.is_brief``."""

    owner: str = ""
    """The publisher of its wire; empty if unknown."""

    feed_source: str = ""
    """The publication that the wire's feed names as its source; empty if it names none."""

    @property
    def sort_key(self) -> tuple[bool, datetime, str]:
        """Orders copies by what they are, never by when they arrived."""
        return (self.is_brief, self.published_at or _END_OF_TIME, self.id)

    @property
    def credited_agencies(self) -> tuple[str, ...]:
        """The agencies that the copy credits, in its order, without duplicates."""
        return tuple(dict.fromkeys(part.strip() for part in self.credit.split("/") if part.strip()))


@dataclass(frozen=True, slots=True)
class Origin:
    """The likely origin of a story."""

    agency: str
    """Empty if unknown."""

    article: str
    """Id of the agency's own article; empty if it is not among the copies."""

    basis: OriginBasis
    """The strongest evidence for it."""

    evidence: dict[str, int | str | dict[str, int]] = field(default_factory=dict)
    """``credits``: the number of wires that credit each agency. ``wires`` and ``copies``: how many there are.
    ``earliest``: id of the earliest copy, whatever its agency."""


def find_origin(copies: Iterable[Copy]) -> Origin:
    """Find the likely origin of one story.

    If the same number of wires credit several agencies, the origin is the one with its own article among the copies,
    then the one that is first in a shared credit, then the one that is credited earliest, then the first by name.

    Args:
        copies: all copies of the story, in any order.

    Raises:
        ValueError: there are no copies.
    """
    ordered = sorted(copies, key=lambda copy: copy.sort_key)
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
        return Origin(
            first.agency, first.id, OriginBasis.EARLIEST if len(wires) > 1 else OriginBasis.ONLY_WIRE, evidence
        )
    best = votes[0]
    return Origin(best.name, best.own_article, OriginBasis.CREDIT if best.in_credit else OriginBasis.DATELINE, evidence)


def rank_credits(ordered: Sequence[Copy]) -> list[str]:
    """Return the agencies that a story's copies credit, the likeliest origin first; case is ignored.

    Args:
        ordered: All copies of the story, by their ``sort_key``.
    """
    return [vote.name for vote in _count_credits(ordered)]


@dataclass(slots=True)
class _Vote:
    """The evidence for one agency."""

    name: str
    """As it is written in the earliest credit."""

    wires: set[str] = field(default_factory=set)
    """The wires that credit it."""

    own_article: str = ""
    """Id of the earliest copy that the agency's own wire has as its own; empty if there is none."""

    first: tuple[int, int] = (0, 0)
    """Position of the earliest copy that credits it, and its position within that copy's shared credit."""

    in_credit: bool = False
    """At least one credit is more than the agency mark of a dateline."""

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        """Orders agencies, the likeliest first."""
        return (-len(self.wires), not self.own_article, self.first[1], self.first[0], self.name)


def _count_credits(ordered: Sequence[Copy]) -> list[_Vote]:
    """Return the agencies that the copies credit, the likeliest first; case is ignored in names."""
    votes: dict[str, _Vote] = {}
    own_articles: dict[str, str] = defaultdict(str)
    for at, copy in enumerate(ordered):
        if not copy.credited_agencies and copy.agency:
            agency = copy.agency.casefold()
            own_articles[agency] = own_articles[agency] or copy.id
        for position, name in enumerate(copy.credited_agencies):
            vote = votes.setdefault(name.casefold(), _Vote(name, first=(at, position)))
            vote.wires.add(copy.wire)
            vote.first = min(vote.first, (at, position))
            # An agency mark in a dateline identifies the agency; every other credit is a line of its own.
            vote.in_credit |= not (copy.dateline and copy.agency == copy.credit)
    for key, vote in votes.items():
        vote.own_article = own_articles[key]
    return sorted(votes.values(), key=lambda vote: vote.rank)
