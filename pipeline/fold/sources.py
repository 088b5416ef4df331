"""The independent sources of a story: where each outlet has its copy from, and how many different origins that makes.

Each wire that has a copy is an outlet. Its origin, by the strongest evidence:

1. **credit**: its copies credit an agency. Of several, the one that most wires of the story credit. If an outlet of
   this story carries that agency's name and credits another one, the origin is that other one.
2. **feed**: its copies credit nobody, but its feed names another publication as their source.
3. **own**: others credit the outlet, and it credits nobody.
4. **text**: it credits nobody, but nearly all of its text is in the copy of another outlet, or the other way round:
   its origin is that outlet's. It is compared with copies that credit an agency or are the agency's own, whenever they
   were published, and with earlier ones.
5. **owner**: otherwise, outlets of one publisher are one source.
6. **own**: otherwise, the outlet is its own source.

Time decides only between copies without any credit, because clocks differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from copydesk.pipeline.core.text import squash_name
from copydesk.pipeline.fold.origin import Copy, rank_credits


class SourceBasis(StrEnum):
    """The evidence for the origin of an outlet's copy."""

    CREDIT = "credit"
    """It credits an agency."""

    FEED = "feed"
    """It credits nobody, and its feed names another publication."""

    TEXT = "text"
    """It credits nobody, and has the text of another outlet."""

    OWNER = "owner"
    """It credits nobody, and another outlet of its publisher has the story."""

    OWN = "own"
    """It credits nobody, and nothing else speaks for another origin."""


@dataclass(frozen=True, slots=True)
class OutletSource:
    """Where one outlet has a story from."""

    wire: str
    article: str
    """Id of the outlet's copy with the evidence; of several, the earliest."""

    origin: str
    """Name of an agency, of a publisher, or of a wire without an agency. Outlets with equal names have one source."""

    basis: SourceBasis
    evidence: Mapping[str, str] = field(default_factory=dict)
    """``credit``: the agency that it credits, as printed. ``feed``: the publication that its feed names. ``text``: id
    of the other outlet's copy. ``owner``: the publisher."""


def count_sources(outlets: Iterable[OutletSource]) -> int:
    """Return the number of independent sources."""
    return len({outlet.origin.casefold() for outlet in outlets})


def find_sources(copies: Iterable[Copy], same_texts: Iterable[tuple[str, str]] = ()) -> tuple[OutletSource, ...]:
    """Find where each outlet of a story has it from.

    Args:
        copies: All copies of the story, in any order.
        same_texts: Pairs of ids of copies of which one contains nearly all of the other; other ids are ignored.

    Returns:
        One source per wire, in the order of their earliest copies.
    """
    ordered = sorted(copies, key=lambda copy: copy.sort_key)
    agencies = rank_credits(ordered)
    by_wire: dict[str, list[Copy]] = defaultdict(list)
    for copy in ordered:
        by_wire[copy.wire].append(copy)
    outlets = {wire: _read_outlet(place, own, agencies) for place, (wire, own) in enumerate(by_wire.items())}
    known = {squash_name(name): outlet.name for outlet in outlets.values() for name in (outlet.wire, outlet.name)}
    for outlet in outlets.values():
        if outlet.credit and not outlet.is_credit_printed:
            outlet.credit = known.get(squash_name(outlet.credit), outlet.credit)
    _join_same_texts(outlets, ordered, same_texts)
    roots = _find_roots(outlets)
    owners = _find_shared_owners(outlets, roots)
    spelled = {outlet.name.casefold(): outlet.name for outlet in reversed(outlets.values())}
    for root in roots.values():
        spelled.setdefault(root.casefold(), root)
    origins = {wire: owners.get(root.casefold(), spelled[root.casefold()]) for wire, root in roots.items()}
    return tuple(_make_source(outlet, origins[outlet.wire], owners) for outlet in outlets.values())


@dataclass(slots=True)
class _Outlet:
    wire: str
    name: str
    """Its agency; without one, its wire."""
    owner: str
    place: int
    """Its place among the outlets, by their earliest copies."""
    article: str
    """Id of the copy with the evidence."""
    is_anchored: bool = False
    """It credits an agency, its feed names a source, or others credit it."""
    credit: str = ""
    """The agency that it credits, or the source that its feed names."""
    is_credit_printed: bool = False
    """Whether its copies name it, and not only its feed."""
    same_wire: str = ""
    """The outlet that has its text."""
    same_article: str = ""
    """That outlet's copy."""


def _read_outlet(place: int, copies: Sequence[Copy], agencies: Sequence[str]) -> _Outlet:
    """Return the outlet with what its copies credit; ``agencies``: all that are credited, the likeliest first."""
    names = [copy.agency for copy in copies if copy.agency and not _credits(copy, copy.agency)]
    outlet = _Outlet(
        wire=copies[0].wire,
        name=names[0] if names else copies[0].wire,
        owner=next((copy.owner for copy in copies if copy.owner), ""),
        place=place,
        article=copies[0].id,
    )
    own = outlet.name.casefold()
    if any(name.casefold() == own for name in agencies) and any(not copy.credited_agencies for copy in copies):
        outlet.is_anchored = True
        return outlet
    for name in agencies:
        crediting = next((copy for copy in copies if _credits(copy, name)), None)
        if crediting is not None and name.casefold() != own:
            outlet.credit, outlet.article, outlet.is_anchored = name, crediting.id, True
            outlet.is_credit_printed = True
            break
    if not outlet.credit:
        _read_feed_source(outlet, copies)
    return outlet


def _read_feed_source(outlet: _Outlet, copies: Sequence[Copy]) -> None:
    """Set the source that the outlet's feed names, unless that is the outlet itself."""
    own = {squash_name(name) for name in (outlet.name, outlet.wire, outlet.owner) if name}
    named = next((copy for copy in copies if copy.feed_source and squash_name(copy.feed_source) not in own), None)
    if named is not None:
        outlet.credit, outlet.article, outlet.is_anchored = named.feed_source, named.id, True


def _credits(copy: Copy, agency: str) -> bool:
    return agency.casefold() in {name.casefold() for name in copy.credited_agencies}


def _join_same_texts(
    outlets: Mapping[str, _Outlet], ordered: Sequence[Copy], same_texts: Iterable[tuple[str, str]]
) -> None:
    """Set the outlet that has the same text, for outlets that credit nobody and that nobody credits."""
    wires = {copy.id: copy.wire for copy in ordered}
    places = {copy.id: place for place, copy in enumerate(ordered)}
    best: dict[str, tuple[bool, int, int]] = {}
    for pair in same_texts:
        for own, other in (pair, pair[::-1]):
            if own not in wires or other not in wires or wires[own] == wires[other]:
                continue
            outlet, model = outlets[wires[own]], outlets[wires[other]]
            if outlet.is_anchored or not (model.is_anchored or model.place < outlet.place):
                continue
            rank = (not model.is_anchored, places[other], places[own])
            if outlet.wire not in best or rank < best[outlet.wire]:
                best[outlet.wire] = rank
                outlet.same_wire, outlet.same_article, outlet.article = model.wire, other, own


def _find_roots(outlets: Mapping[str, _Outlet]) -> dict[str, str]:
    """Return, for each outlet, the name at the end of its chain of credits and texts, as it is written first."""
    carriers: dict[str, list[_Outlet]] = defaultdict(list)
    for outlet in outlets.values():
        carriers[outlet.name.casefold()].append(outlet)
    roots = {}
    for outlet in outlets.values():
        at, passed = outlet, [outlet]
        while True:
            # An agency's name leads on if every outlet that carries it has the story from somebody else.
            named = carriers.get(at.credit.casefold(), []) if at.credit else []
            if at.same_wire:
                at = outlets[at.same_wire]
            elif named and all(one.credit or one.same_wire for one in named):
                at = named[0]
            else:
                roots[outlet.wire] = at.credit or at.name
                break
            if at in passed:  # they credit one another
                roots[outlet.wire] = min(one.name for one in passed[passed.index(at) :])
                break
            passed.append(at)
    return roots


def _find_shared_owners(outlets: Mapping[str, _Outlet], roots: Mapping[str, str]) -> dict[str, str]:
    """Return the owner of each name that is the origin of its own outlet, if outlets of other names have it too."""
    own = {
        outlet.name.casefold(): outlet.owner
        for outlet in outlets.values()
        if outlet.owner and not outlet.credit and roots[outlet.wire].casefold() == outlet.name.casefold()
    }
    counts = Counter(owner.casefold() for owner in own.values())
    spelled: dict[str, str] = {}
    for owner in own.values():
        spelled.setdefault(owner.casefold(), owner)
    return {name: spelled[owner.casefold()] for name, owner in own.items() if counts[owner.casefold()] > 1}


def _make_source(outlet: _Outlet, origin: str, owners: Mapping[str, str]) -> OutletSource:
    if outlet.credit and outlet.is_credit_printed:
        return OutletSource(outlet.wire, outlet.article, origin, SourceBasis.CREDIT, {"credit": outlet.credit})
    if outlet.credit:
        return OutletSource(outlet.wire, outlet.article, origin, SourceBasis.FEED, {"feed": outlet.credit})
    if outlet.same_wire:
        return OutletSource(outlet.wire, outlet.article, origin, SourceBasis.TEXT, {"text": outlet.same_article})
    if outlet.name.casefold() in owners:
        return OutletSource(outlet.wire, outlet.article, origin, SourceBasis.OWNER, {"owner": outlet.owner})
    return OutletSource(outlet.wire, outlet.article, origin, SourceBasis.OWN)
