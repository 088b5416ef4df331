"""Folding of articles in the database: touched components only, one worker at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Cluster
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.fold.cluster import MAX_MEMBERS, Node, cluster
from copydesk.pipeline.fold.origin import Copy, find_origin
from copydesk.pipeline.fold.reconcile import SPARE_IDS, Changes, EventKind, Story, make_story_id, reconcile
from copydesk.pipeline.incremental.runaway_guards import check_step


@dataclass(frozen=True, slots=True)
class FoldCounts:
    """``articles`` looked at (with those they are connected to) and the ``stories`` that they are in; what happened."""

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


def fold_articles(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile, max_members: int = MAX_MEMBERS
) -> FoldCounts:
    """Put the articles, and all that they are connected to, into their stories, in the caller's transaction.

    The partition depends on the signed articles and their edges alone, not on who comes first; called again it changes
    nothing. Workers wait for one another from here to the end of the transaction, which has to be READ COMMITTED, so
    that what the one before wrote is seen.

    Raises:
        RunawayStory: a story would have more than ``max_members`` copies; nothing is written.
        RunawayWire: a wire would lose too much to one story or one other wire; nothing is written.
    """
    queries = load_queries("story")
    key = {"profile_id": profile.profile_id}
    connection.execute(queries["lock"], key)
    # Before anything is read: what others match from here on is theirs to fold, and stays marked.
    connection.execute(load_queries("unsettled")["delete_folded"], {**key, "articles": list(articles)})
    touched = _spread(connection, articles, profile)
    scope = {**key, "articles": touched}
    rows = connection.execute(queries["nodes"], scope).fetchall()
    nodes = [Node(str(article_id), published_at, slight) for article_id, published_at, slight, _ in rows]
    killed = {str(article_id) for article_id, _, _, withdrawn in rows if withdrawn}
    edges = [(str(a), str(b), close) for a, b, close in connection.execute(queries["list_merging_edges"], scope)]
    clusters = cluster(nodes, edges, profile.window_hours, max_members)
    old = [
        Story(story_id, str(representative), frozenset(map(str, members)), was_killed)
        for story_id, representative, was_killed, members in connection.execute(queries["stories_of"], scope)
    ]
    taken = _read_standing(connection, clusters, old, profile)
    names = _read_names(connection, clusters, old, profile)
    changes = reconcile(old, clusters, killed, taken.__contains__, names)
    check_step(connection, old, changes, profile)
    _write(connection, old, changes, profile)
    _write_origins(connection, touched, changes, profile)
    told = [event.kind for event in changes.events]
    return FoldCounts(
        articles=len(nodes),
        stories=len(clusters),
        founded=told.count(EventKind.FOUNDED),
        joined=told.count(EventKind.JOINED),
        left=told.count(EventKind.LEFT),
        merged=told.count(EventKind.MERGED),
        split=told.count(EventKind.SPLIT),
        killed=told.count(EventKind.KILLED),
    )


def _spread(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> list[UUID]:
    """The articles and all that hang together with them by joining edges or by a story, however far; sorted."""
    reached = set(articles)
    edge = reached
    while edge:
        rows = connection.execute(
            load_queries("story")["neighbours"], {"profile_id": profile.profile_id, "articles": sorted(edge)}
        )
        edge = {row[0] for row in rows} - reached
        reached = reached | edge
    return sorted(reached)


def _read_standing(
    connection: Connection[Row], clusters: Sequence[Cluster], old: Sequence[Story], profile: Profile
) -> set[UUID]:
    """Of the ids that the leaders could found stories under, those of stories that stand elsewhere."""
    leading = {story.representative for story in old}
    ids = [
        make_story_id(found.representative, number)
        for found in clusters
        if found.representative not in leading
        for number in range(SPARE_IDS)
    ]
    rows = connection.execute(
        load_queries("story")["list_active_ids"], {"profile_id": profile.profile_id, "stories": ids}
    )
    return {row[0] for row in rows} - {story.story_id for story in old}


def _read_names(
    connection: Connection[Row], clusters: Sequence[Cluster], old: Sequence[Story], profile: Profile
) -> dict[str, UUID]:
    """In a generation that is not live: the ids of the live stories that the same articles lead."""
    leading = {story.representative for story in old}
    leaders = [UUID(found.representative) for found in clusters if found.representative not in leading]
    asked = {"profile_id": profile.profile_id, "leaders": leaders, "old": [story.story_id for story in old]}
    rows = connection.execute(load_queries("story")["list_live_story_ids"], asked)
    return {str(leader): story_id for leader, story_id in rows}


def _write(connection: Connection[Row], old: Sequence[Story], changes: Changes, profile: Profile) -> None:
    """Write what changed; stories that are as they were are not touched."""
    queries = load_queries("story")
    key = {"profile_id": profile.profile_id}
    before = {story.story_id: story for story in old}
    changed = [story for story in changes.stories if before.get(story.story_id) != story]
    ended = sorted(changes.redirects)
    if not changed and not ended:
        return
    # All that change let go of their representatives first: two stories may exchange theirs.
    standing = [story.story_id for story in changed]
    connection.execute(queries["release_representatives"], {**key, "stories": [*standing, *ended]})
    connection.execute(
        queries["save_stories"],
        {
            **key,
            "story_id": standing,
            "state": ["killed" if story.killed else "live" for story in changed],
            "representative": [UUID(story.representative) for story in changed],
        },
    )
    members = [(UUID(member), story.story_id) for story in changed for member in story.members]
    connection.execute(
        queries["save_members"],
        {**key, "article_id": [member for member, _ in members], "story_id": [story for _, story in members]},
    )
    connection.execute(queries["delete_redirects"], {**key, "stories": standing})
    connection.execute(
        queries["save_redirects"],
        {**key, "story_id": ended, "target_id": [changes.redirects[story_id] for story_id in ended]},
    )
    connection.execute(
        queries["save_events"],
        {
            **key,
            "story_id": [event.story_id for event in changes.events],
            "kind": [event.kind for event in changes.events],
            "article_id": [UUID(event.article) if event.article else None for event in changes.events],
            "related_story_id": [event.other for event in changes.events],
        },
    )


def _write_origins(connection: Connection[Row], articles: Sequence[UUID], changes: Changes, profile: Profile) -> None:
    """Write whose copy each story is; a story's credits may change while its copies stay the same."""
    queries = load_queries("story")
    key = {"profile_id": profile.profile_id}
    rows = connection.execute(queries["copies_of"], {**key, "articles": articles})
    copies = {str(article): Copy(str(article), *rest) for article, *rest in rows}
    origins = {story.story_id: find_origin(copies[member] for member in story.members) for story in changes.stories}
    connection.execute(
        queries["save_origins"],
        {
            **key,
            "story_id": list(origins),
            "agency": [origin.agency for origin in origins.values()],
            "article_id": [UUID(origin.article) if origin.article else None for origin in origins.values()],
            "basis": [origin.basis for origin in origins.values()],
            "evidence": [Jsonb(origin.evidence) for origin in origins.values()],
        },
    )
    if changes.redirects:
        connection.execute(queries["delete_origins"], {**key, "stories": sorted(changes.redirects)})
