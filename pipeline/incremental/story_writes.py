"""Write the stories that clusters become: their ids, members, redirects, events, origins and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.fold.origin import Copy, find_origin
from copydesk.pipeline.fold.reconcile import MAX_IDS_PER_FOUNDER, Story, StoryChanges, make_story_id, reconcile
from copydesk.pipeline.fold.sources import OutletSource, count_sources, find_sources
from copydesk.pipeline.incremental.runaway_guards import check_growth_limits
from copydesk.pipeline.store.states import StoryState


@dataclass(frozen=True, slots=True)
class _LiveStory:
    representative: UUID
    story_id: UUID


@dataclass(frozen=True, slots=True)
class _CopyRow:
    article_id: UUID
    wire: str
    published_at: datetime
    agency: str
    credit: str
    dateline: str
    is_brief: bool
    owner: str
    feed_source: str

    def to_copy(self) -> Copy:
        return Copy(
            id=str(self.article_id),
            wire=self.wire,
            published_at=self.published_at,
            agency=self.agency,
            credit=self.credit,
            dateline=self.dateline,
            is_brief=self.is_brief,
            owner=self.owner,
            feed_source=self.feed_source,
        )


def save_clusters(
    connection: Connection[Row],
    articles: Sequence[UUID],
    clusters: Sequence[Cluster],
    old: Sequence[Story],
    killed: Set[str],
    same_texts: Sequence[tuple[str, str]],
    profile: Profile,
) -> StoryChanges:
    """Write the stories that clusters become, in the caller's transaction; the sketches are written already.

    Args:
        connection: In a transaction.
        articles: All articles of the clusters, sorted.
        clusters: Whole clusters.
        old: The stories that these articles are in.
        killed: The articles that are killed.
        same_texts: Pairs of articles of which one contains nearly all of the other.
        profile: The generation's.

    Raises:
        RunawayWire: A wire would lose too much to one story or one other wire; nothing is written.
    """
    taken = _read_active_ids(connection, clusters, old, profile)
    names = _read_live_ids(connection, clusters, old, profile)
    changes = reconcile(old, clusters, killed, taken.__contains__, names)
    check_growth_limits(connection, old, changes, profile)
    _save_changes(connection, old, changes, profile)
    connection.execute(queries.story.save_corrections, {"profile_id": profile.profile_id, "articles": articles})
    _save_origins(connection, articles, changes, same_texts, profile)
    stories = [story.story_id for story in changes.stories]
    connection.execute(queries.story.save_totals, {"profile_id": profile.profile_id, "stories": stories})
    return changes


def _read_active_ids(
    connection: Connection[Row], clusters: Sequence[Cluster], old: Sequence[Story], profile: Profile
) -> set[UUID]:
    """Return those of the ids that new stories of the leaders could have that other stories have already."""
    leading = {story.representative for story in old}
    ids = [
        make_story_id(component.representative, number)
        for component in clusters
        if component.representative not in leading
        for number in range(MAX_IDS_PER_FOUNDER)
    ]
    params = {"profile_id": profile.profile_id, "stories": ids}
    taken = fetch_values(connection, UUID, queries.story.list_active_ids, params)
    return set(taken) - {story.story_id for story in old}


def _read_live_ids(
    connection: Connection[Row], clusters: Sequence[Cluster], old: Sequence[Story], profile: Profile
) -> dict[str, UUID]:
    """Return, in a generation that is not live, the ids of the live stories with the same representatives."""
    leading = {story.representative for story in old}
    leaders = [UUID(item.representative) for item in clusters if item.representative not in leading]
    params = {"profile_id": profile.profile_id, "leaders": leaders, "old": [story.story_id for story in old]}
    rows = fetch_all(connection, _LiveStory, queries.story.list_live_story_ids, params)
    return {str(row.representative): row.story_id for row in rows}


def _save_changes(connection: Connection[Row], old: Sequence[Story], changes: StoryChanges, profile: Profile) -> None:
    """Write the stories that have changed, their members, redirects and events."""
    key = {"profile_id": profile.profile_id}
    before = {story.story_id: story for story in old}
    changed = [story for story in changes.stories if before.get(story.story_id) != story]
    ended = sorted(changes.redirects)
    if not changed and not ended:
        return
    # Release all representatives that change first: two stories may exchange theirs.
    current = [story.story_id for story in changed]
    connection.execute(queries.story.release_representatives, {**key, "stories": [*current, *ended]})
    connection.execute(
        queries.story.save_stories,
        {
            **key,
            "story_id": current,
            "state": [StoryState.KILLED if story.killed else StoryState.LIVE for story in changed],
            "representative": [UUID(story.representative) for story in changed],
        },
    )
    members = [(UUID(member), story.story_id) for story in changed for member in story.members]
    connection.execute(
        queries.story.save_members,
        {**key, "article_id": [member for member, _ in members], "story_id": [story for _, story in members]},
    )
    connection.execute(queries.story.delete_redirects, {**key, "stories": current})
    connection.execute(
        queries.story.save_redirects,
        {**key, "story_id": ended, "target_id": [changes.redirects[story_id] for story_id in ended]},
    )
    connection.execute(
        queries.story.save_events,
        {
            **key,
            "story_id": [event.story_id for event in changes.events],
            "kind": [event.kind for event in changes.events],
            "article_id": [UUID(event.article_id) if event.article_id else None for event in changes.events],
            "related_story_id": [event.related_story_id for event in changes.events],
        },
    )


def _save_origins(
    connection: Connection[Row],
    articles: Sequence[UUID],
    changes: StoryChanges,
    same_texts: Sequence[tuple[str, str]],
    profile: Profile,
) -> None:
    """Write the origin and the sources of each story.

    Of unchanged stories too: credits may change while the copies stay the same.
    """
    key = {"profile_id": profile.profile_id}
    rows = fetch_all(connection, _CopyRow, queries.story.list_copies, {**key, "articles": articles})
    copies = {str(row.article_id): row.to_copy() for row in rows}
    by_copy: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for pair in same_texts:
        by_copy[pair[0]].append(pair)
    origins, sources = {}, {}
    for story in changes.stories:
        members = [copies[member] for member in story.members]
        origins[story.story_id] = find_origin(members)
        pairs = (pair for member in story.members for pair in by_copy.get(member, ()))
        sources[story.story_id] = find_sources(members, pairs)
    connection.execute(
        queries.story.save_origins,
        {
            **key,
            "story_id": list(origins),
            "agency": [origin.agency for origin in origins.values()],
            "article_id": [UUID(origin.article) if origin.article else None for origin in origins.values()],
            "basis": [origin.basis for origin in origins.values()],
            "evidence": [Jsonb(origin.evidence) for origin in origins.values()],
            "independent_sources": [count_sources(found) for found in sources.values()],
            "sources": [Jsonb([_write_source(source) for source in found]) for found in sources.values()],
        },
    )
    if changes.redirects:
        ended = {**key, "stories": sorted(changes.redirects)}
        connection.execute(queries.story.delete_origins, ended)
        connection.execute(queries.story.delete_totals, ended)


def _write_source(source: OutletSource) -> dict[str, object]:
    """Return the source as it is stored. The article has the wire, which may be renamed."""
    return {
        "article": source.article, "origin": source.origin, "basis": source.basis, "evidence": dict(source.evidence)
    }  # fmt: skip
