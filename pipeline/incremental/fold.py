"""Folding of articles in the database: only the affected components, in one transaction at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.dedup_records import Cluster
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.origin import Copy, find_origin
from copydesk.pipeline.fold.reconcile import (
    MAX_IDS_PER_FOUNDER,
    EventKind,
    Story,
    StoryChanges,
    make_story_id,
    reconcile,
)
from copydesk.pipeline.fold.sources import OutletSource, count_sources, find_sources
from copydesk.pipeline.incremental.runaway_guards import check_growth_limits
from copydesk.pipeline.store.states import PendingStage, StoryState
from copydesk.pipeline.store.stored_copies import list_rearranged, make_span_params


@dataclass(frozen=True, slots=True)
class FoldCounts:
    """The number of ``articles`` folded (with all that they are connected to), of their ``stories``, and of events."""

    articles: int = 0
    stories: int = 0
    founded: int = 0
    joined: int = 0
    left: int = 0
    merged: int = 0
    split: int = 0
    killed: int = 0

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _NodeRow:
    article_id: UUID
    published_at: datetime
    is_brief: bool
    is_killed: bool
    first_copy: UUID
    is_surplus: bool


@dataclass(frozen=True, slots=True)
class _MergingEdge:
    a: UUID
    b: UUID
    is_near_identical: bool


@dataclass(frozen=True, slots=True)
class _StoryRow:
    story_id: UUID
    representative: UUID
    is_killed: bool
    members: Sequence[UUID]


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
        )


def fold_articles(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile, max_members: int = MAX_MEMBERS
) -> FoldCounts:
    """Put the articles, and all that they are connected to, into their stories, in the caller's transaction.

    The partition depends on the signed articles and their edges alone, not on the order of calls; folding again changes
    nothing. Only one transaction folds at a time. It must be READ COMMITTED, to see what the one before it wrote.

    Raises:
        RunawayStory: A story would have more than ``max_members`` copies; nothing is written.
        RunawayWire: A wire would lose too much to one story or one other wire; nothing is written.
    """
    key = {"profile_id": profile.profile_id}
    connection.execute(queries.story.lock_folding, key)
    articles = list(dict.fromkeys([*articles, *list_rearranged(connection, PendingStage.MATCHED, profile)]))
    # Before anything is read: articles that are matched from here on stay marked and are folded by a later call.
    connection.execute(queries.pending_article.delete_folded, {**key, "articles": articles})
    touched = _expand_components(connection, articles, profile)
    scope = {**key, "articles": touched}
    rows = fetch_all(connection, _NodeRow, queries.story.list_nodes, {**scope, **make_span_params(profile)})
    nodes = [
        Node(str(row.article_id), row.published_at, row.is_brief, str(row.first_copy), row.is_surplus) for row in rows
    ]
    killed = {str(row.article_id) for row in rows if row.is_killed}
    edges = [
        (str(row.a), str(row.b), row.is_near_identical)
        for row in fetch_all(connection, _MergingEdge, queries.story.list_merging_edges, scope)
    ]
    clusters = cluster(nodes, edges, profile.window_hours, max_members)
    old = [
        Story(row.story_id, str(row.representative), frozenset(map(str, row.members)), row.is_killed)
        for row in fetch_all(connection, _StoryRow, queries.story.list_stories, scope)
    ]
    taken = _read_active_ids(connection, clusters, old, profile)
    names = _read_live_ids(connection, clusters, old, profile)
    changes = reconcile(old, clusters, killed, taken.__contains__, names)
    check_growth_limits(connection, old, changes, profile)
    _save_changes(connection, old, changes, profile)
    same_texts = [(a, b) for a, b, is_near_identical in edges if is_near_identical]
    same_texts += [(node.id, node.first_copy) for node in nodes if node.first_copy != node.id]
    _save_origins(connection, touched, changes, same_texts, profile)
    kinds = Counter(event.kind for event in changes.events)
    return FoldCounts(
        articles=len(nodes),
        stories=len(clusters),
        founded=kinds[EventKind.FOUNDED],
        joined=kinds[EventKind.JOINED],
        left=kinds[EventKind.LEFT],
        merged=kinds[EventKind.MERGED],
        split=kinds[EventKind.SPLIT],
        killed=kinds[EventKind.KILLED],
    )


def _expand_components(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> list[UUID]:
    """Return the articles and all that are connected to them by merging edges or stories, at any distance; sorted."""
    reached = set(articles)
    frontier = reached
    while frontier:
        params = {"profile_id": profile.profile_id, "articles": sorted(frontier)}
        frontier = set(fetch_values(connection, UUID, queries.story.list_neighbours, params)) - reached
        reached = reached | frontier
    return sorted(reached)


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
        connection.execute(queries.story.delete_origins, {**key, "stories": sorted(changes.redirects)})


def _write_source(source: OutletSource) -> dict[str, object]:
    """Return the source as it is stored. The article has the wire, which may be renamed."""
    return {
        "article": source.article, "origin": source.origin, "basis": source.basis, "evidence": dict(source.evidence)
    }  # fmt: skip
