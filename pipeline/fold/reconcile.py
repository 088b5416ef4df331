"""Clusters become stories: public ids last, whatever a correction or a backfill does to the clusters.

A story's id is derived from the article that founded it. When clusters change, each old story follows its
representative. If several stories come together, one stays and the others redirect to it. A part that is split off
founds a story of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID, uuid5

from copydesk.pipeline.core.dedup_records import Cluster

_STORY_ID_NAMESPACE = UUID("6f1c9f1e-52a5-5b0c-9d0f-0d3c1f3b7a10")
"""Namespace of story ids (RFC 9562, version 5)."""

MAX_IDS_PER_FOUNDER = 16
"""Stories that one article can new_cluster, one after the other, while the earlier ones still exist."""


class EventKind(StrEnum):
    """What happened to a story."""

    FOUNDED = "founded"
    JOINED = "joined"
    LEFT = "left"
    MERGED = "merged"
    SPLIT = "split"
    NEW_REPRESENTATIVE = "new_representative"
    KILLED = "killed"
    REVIVED = "revived"
    CORRECTED = "corrected"
    """An article was corrected: from its current version's notice, and so not among what ``reconcile`` finds."""


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that are one piece of copy, under a public id."""

    story_id: UUID
    """Public id; lasts as long as the story."""

    representative: str
    """Id of the earliest full article; ``Cluster.representative``."""

    members: frozenset[str]
    """Ids of all articles, with that of the representative."""

    killed: bool = False
    """A kill is among the members."""


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One change of one story."""

    story_id: UUID
    """The story that changed."""

    kind: EventKind
    """What happened to it."""

    article_id: str | None = None
    """The article that founded, joined, left or represents the story; None if the event is about the whole story."""

    related_story_id: UUID | None = None
    """The story that the article came from or went to, or into which this one merged, or that was split off."""


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """The result of ``reconcile``."""

    stories: list[Story] = field(default_factory=list)
    """One per cluster, in the order of the clusters."""

    redirects: dict[UUID, UUID] = field(default_factory=dict)
    """Each story that ended, and the story that its representative is in now."""

    events: list[StoryEvent] = field(default_factory=list)
    """What changed; empty if nothing did."""


def make_story_id(founder: str, number: int = 0) -> UUID:
    """Return the id of a story.

    Args:
        founder: id of the article that founds it.
        number: of the stories that the article founds, one after the other; 0 for the first.
    """
    return uuid5(_STORY_ID_NAMESPACE, f"{founder}/{number}" if number else founder)


def reconcile(
    old: Sequence[Story],
    new: Sequence[Cluster],
    killed: Set[str] = frozenset(),
    is_taken: Callable[[UUID], bool] = lambda _: False,
    preferred_ids: Mapping[str, UUID] = MappingProxyType({}),
) -> StoryChanges:
    """Assign story ids to clusters, and list what changed since the old stories. Pure.

    Args:
        old: every story with a member in ``new``, with all its members.
        new: the clusters of all members of ``old`` and of any new documents.
        killed: documents that withdraw the story they are in.
        is_taken: returns whether a story that is not in ``old`` has this id.
        preferred_ids: the public id for a story that is founded by this representative, if there is one already.

    Returns:
        The stories, the redirects and the events; no events if nothing changed.
    """
    new_positions = {member: at for at, new_cluster in enumerate(new) for member in new_cluster.members}
    old_stories = {member: story for story in old for member in story.members}
    claims: dict[int, list[Story]] = defaultdict(list)
    for story in old:
        at = _find_successor(story, new, new_positions)
        if at is not None:
            claims[at].append(story)
    survivors = {at: _choose_survivor(new[at], claimants, old_stories) for at, claimants in claims.items()}
    used_ids = {story.story_id for story in survivors.values()}
    stories = []
    for at, new_cluster in enumerate(new):
        if at in survivors:
            story_id = survivors[at].story_id
        else:
            preferred_id = preferred_ids.get(new_cluster.representative)
            if preferred_id is None or preferred_id in used_ids:
                story_id = _make_free_story_id(
                    new_cluster.representative, lambda candidate: candidate in used_ids or is_taken(candidate)
                )
            else:
                story_id = preferred_id
            used_ids.add(story_id)
        is_killed = not killed.isdisjoint(new_cluster.members)
        stories.append(Story(story_id, new_cluster.representative, frozenset(new_cluster.members), is_killed))
    redirects = {
        story.story_id: stories[at].story_id
        for at, claimants in sorted(claims.items())
        for story in claimants
        if story.story_id not in used_ids
    }
    events = [
        event
        for at, story in enumerate(stories)
        for event in _list_story_events(story, survivors.get(at), old_stories, redirects)
    ]
    new_stories = {member: stories[at] for member, at in new_positions.items()}
    events += _list_leaving_events(old, new_stories, redirects)
    return StoryChanges(stories, redirects, events)


def _find_successor(story: Story, new: Sequence[Cluster], new_positions: dict[str, int]) -> int | None:
    """Return the position of the cluster that an old story becomes.

    It is the representative's cluster, or if that is gone, the one with most of the story's members; None if all are
    gone.
    """
    if story.representative in new_positions:
        return new_positions[story.representative]
    counts: dict[int, int] = defaultdict(int)
    for member in story.members:
        if member in new_positions:
            counts[new_positions[member]] += 1
    return min(counts, key=lambda at: (-counts[at], new[at].representative), default=None)


def _choose_survivor(new_cluster: Cluster, claimants: Sequence[Story], old_stories: dict[str, Story]) -> Story:
    """Choose the story that a cluster continues: its representative's, or the one with most of its members."""
    members = set(new_cluster.members)
    own = old_stories.get(new_cluster.representative)
    return min(
        claimants,
        key=lambda story: (story is not own, -len(story.members & members), story.story_id),
    )


def _make_free_story_id(founder: str, is_taken: Callable[[UUID], bool]) -> UUID:
    """Return the first id of a story founded by this article that is not taken."""
    for number in range(MAX_IDS_PER_FOUNDER):
        story_id = make_story_id(founder, number)
        if not is_taken(story_id):
            return story_id
    raise RuntimeError(f"article {founder} has founded {MAX_IDS_PER_FOUNDER} stories that still exist")


def _list_story_events(
    story: Story, before: Story | None, old_stories: dict[str, Story], redirects: dict[UUID, UUID]
) -> list[StoryEvent]:
    """List what happened to one story that exists now.

    Args:
        story: as it is now.
        before: as it was; None if it is new.
        old_stories: the old story of each document.
        redirects: as in ``StoryChanges``.
    """
    events = []
    story_id = story.story_id
    if before is None:
        came_from = old_stories[story.representative].story_id if story.representative in old_stories else None
        events.append(StoryEvent(story_id, EventKind.FOUNDED, story.representative, came_from))
        if came_from is not None and came_from not in redirects and came_from != story_id:
            events.append(StoryEvent(came_from, EventKind.SPLIT, story.representative, story_id))
    elif before.representative != story.representative:
        events.append(StoryEvent(story_id, EventKind.NEW_REPRESENTATIVE, story.representative))
    members_before = before.members if before else frozenset({story.representative})
    events += [
        StoryEvent(story_id, EventKind.JOINED, member, old_stories[member].story_id if member in old_stories else None)
        for member in sorted(story.members - members_before)
    ]
    if story.killed != (before is not None and before.killed):
        events.append(StoryEvent(story_id, EventKind.KILLED if story.killed else EventKind.REVIVED))
    return events


def _list_leaving_events(
    old: Sequence[Story], new_stories: dict[str, Story], redirects: dict[UUID, UUID]
) -> list[StoryEvent]:
    """List which documents left which story, and which stories ended."""
    events = []
    for story in old:
        for member in sorted(story.members):
            new_story = new_stories.get(member)
            if new_story is None or new_story.story_id != story.story_id:
                went_to = new_story.story_id if new_story else None
                events.append(StoryEvent(story.story_id, EventKind.LEFT, member, went_to))
        if story.story_id in redirects:
            events.append(StoryEvent(story.story_id, EventKind.MERGED, related_story_id=redirects[story.story_id]))
    return events
