"""Folding of articles in the database: only the affected components, in one transaction at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.reconcile import (
    EventKind,
    Story,
)
from copydesk.pipeline.incremental.story_writes import save_clusters
from copydesk.pipeline.store.states import PendingStage
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
    same_texts = [(a, b) for a, b, is_near_identical in edges if is_near_identical]
    same_texts += [(node.id, node.first_copy) for node in nodes if node.first_copy != node.id]
    changes = save_clusters(connection, touched, clusters, old, killed, same_texts, profile)
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
