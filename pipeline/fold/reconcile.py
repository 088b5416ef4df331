"""Clusters to stories: public ids that last, whatever a correction or a backfill does to the clusters.

A story's id is made of the article that founded it. When clusters change, each old story goes where its representative
went; where several come together one stays and the others redirect to it; what is split off founds a story of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

from copydesk.pipeline.core.records import Cluster

_FOUNDERS = UUID("6f1c9f1e-52a5-5b0c-9d0f-0d3c1f3b7a10")
"""The namespace of story ids."""

SPARE_IDS = 16
"""How many ids one article can found stories under, one after the other, while the earlier ones stand."""


class EventKind(StrEnum):
    """What can happen to a story."""

    FOUNDED = "founded"
    JOINED = "joined"
    LEFT = "left"
    MERGED = "merged"
    SPLIT = "split"
    NEW_REPRESENTATIVE = "new_representative"
    KILLED = "killed"
    REVIVED = "revived"


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that are one piece of copy; ``representative`` is the earliest; ``killed``: a kill is among them."""

    story_id: UUID
    representative: str
    members: frozenset[str]
    killed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """``article`` is who joined, left or represents; ``other`` the story it came from, went to, merged into or was
    split off."""

    story_id: UUID
    kind: EventKind
    article: str | None = None
    other: UUID | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """``stories``: all that stand afterwards. ``redirects``: each story that ended, and where its representative is."""

    stories: list[Story] = field(default_factory=list)
    redirects: dict[UUID, UUID] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def make_story_id(founder: str, number: int = 0) -> UUID:
    """The id of the story that an article founds; ``number`` tells apart those it founds one after the other."""
    return uuid5(_FOUNDERS, f"{founder}/{number}" if number else founder)


def reconcile(
    old: Sequence[Story],
    new: Sequence[Cluster],
    killed: Set[str] = frozenset(),
    is_taken: Callable[[UUID], bool] = lambda _: False,
    names: Mapping[str, UUID] = MappingProxyType({}),
) -> Changes:
    """Give clusters their stories' ids and tell what happened. Pure; nothing changed gives no events.

    Args:
        old: the stories that held any of the documents in ``new``, whole.
        new: the clusters of all members of ``old`` and of any new documents.
        killed: documents that withdraw the story they are in.
        is_taken: whether a story of that id stands that is not in ``old``.
        names: ids that stories founded by these leaders are to have, where they are known to the public by them.
    """
    home = {member: at for at, found in enumerate(new) for member in found.members}
    origin = {member: story for story in old for member in story.members}
    claims: dict[int, list[Story]] = defaultdict(list)
    for story in old:
        at = _find_heir(story, new, home)
        if at is not None:
            claims[at].append(story)
    heirs = {at: _pick_heir(new[at], stories, origin) for at, stories in claims.items()}
    standing = {story.story_id for story in heirs.values()}
    stories = []
    for at, found in enumerate(new):
        if at in heirs:
            story_id = heirs[at].story_id
        else:
            name = names.get(found.representative)
            if name is None or name in standing:
                name = _found(found.representative, lambda one: one in standing or is_taken(one))
            story_id = name
            standing.add(story_id)
        stories.append(
            Story(story_id, found.representative, frozenset(found.members), not killed.isdisjoint(found.members))
        )
    redirects = {
        story.story_id: stories[at].story_id
        for at, claimants in sorted(claims.items())
        for story in claimants
        if story.story_id not in standing
    }
    events = [event for at, story in enumerate(stories) for event in _tell(story, heirs.get(at), origin, redirects)]
    events += _tell_leaving(old, {member: stories[at] for member, at in home.items()}, redirects)
    return Changes(stories, redirects, events)


def _find_heir(story: Story, new: Sequence[Cluster], home: dict[str, int]) -> int | None:
    """The cluster that an old story goes to: its representative's, or if that is gone the one with most of it."""
    if story.representative in home:
        return home[story.representative]
    counts: dict[int, int] = defaultdict(int)
    for member in story.members:
        if member in home:
            counts[home[member]] += 1
    return min(counts, key=lambda at: (-counts[at], new[at].representative), default=None)


def _pick_heir(found: Cluster, claimants: Sequence[Story], origin: dict[str, Story]) -> Story:
    """Which of several stories goes on: the leader's own, else the one that gives most members."""
    members = set(found.members)
    own = origin.get(found.representative)
    return min(
        claimants,
        key=lambda story: (story is not own, -len(story.members & members), story.story_id),
    )


def _found(leader: str, is_taken: Callable[[UUID], bool]) -> UUID:
    for number in range(SPARE_IDS):
        story_id = make_story_id(leader, number)
        if not is_taken(story_id):
            return story_id
    raise RuntimeError(f"{leader} has founded {SPARE_IDS} stories that still stand")


def _tell(story: Story, before: Story | None, origin: dict[str, Story], redirects: dict[UUID, UUID]) -> list[Event]:
    """What happened to one story that stands."""
    events = []
    here = story.story_id
    if before is None:
        came_from = origin[story.representative].story_id if story.representative in origin else None
        events.append(Event(here, EventKind.FOUNDED, story.representative, came_from))
        if came_from is not None and came_from not in redirects and came_from != here:
            events.append(Event(came_from, EventKind.SPLIT, story.representative, here))
    elif before.representative != story.representative:
        events.append(Event(here, EventKind.NEW_REPRESENTATIVE, story.representative))
    settled = before.members if before else frozenset({story.representative})
    events += [
        Event(here, EventKind.JOINED, member, origin[member].story_id if member in origin else None)
        for member in sorted(story.members - settled)
    ]
    if story.killed != (before is not None and before.killed):
        events.append(Event(here, EventKind.KILLED if story.killed else EventKind.REVIVED))
    return events


def _tell_leaving(old: Sequence[Story], now: dict[str, Story], redirects: dict[UUID, UUID]) -> list[Event]:
    """Who left which story, and which stories ended."""
    events = []
    for story in old:
        for member in sorted(story.members):
            there = now.get(member)
            if there is None or there.story_id != story.story_id:
                events.append(Event(story.story_id, EventKind.LEFT, member, there.story_id if there else None))
        if story.story_id in redirects:
            events.append(Event(story.story_id, EventKind.MERGED, other=redirects[story.story_id]))
    return events
