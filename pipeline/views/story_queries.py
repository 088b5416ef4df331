"""Queries for stories, their copies and runs, for the command line and the user interface."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one, fetch_values
from copydesk.pipeline.views.story_search import make_search_params
from copydesk.pipeline.views.story_versions import StoryText, Version, list_versions

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID_BOUNDS = ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")


@dataclass(frozen=True, slots=True)
class StorySummary:
    """One story in a list: its representative's title and the number of its copies, the representative included.

    Attributes:
        last_at: When the latest copy was published.
        origin_agency: The agency that the story likely comes from; None if no origin is stored.
        origin_wire: The wire with that agency's copy.
        origin_article: The agency's own article; None if it is not among the copies.
        origin_basis: An ``OriginBasis``.
        independent_sources: The number of different origins of its outlets; None if none are stored.
    """

    story_id: UUID
    title: str
    published_at: datetime
    wire: str
    agency: str
    language: str
    copies: int
    wires: int
    last_at: datetime
    origin_agency: str | None
    origin_wire: str | None
    origin_article: UUID | None
    origin_basis: str | None
    independent_sources: int | None


@dataclass(frozen=True, slots=True)
class StoryDetails:
    """One story with the text that was folded: for a killed story, the last text before the kill.

    The origin is as in ``StorySummary``; ``origin_evidence`` has the counts that it was derived from (``fold.origin``).
    """

    story_id: UUID
    state: str
    title: str
    body: str
    published_at: datetime
    wire: str
    url: str
    agency: str
    dateline: str
    byline: str
    language: str
    notice: str
    origin_agency: str | None
    origin_wire: str | None
    origin_article: UUID | None
    origin_basis: str | None
    origin_evidence: dict[str, Any] | None
    independent_sources: int | None


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """One copy of a story.

    Attributes:
        relation: The kind of its edge to the representative; ``indirect`` if there is none; empty for that itself.
        delay: How long after the representative it was published.
        via: If indirect, the next copy on the path to the representative.
        via_relation: The kind of its edge to that copy.
        origin_relation: As ``relation``, to the origin's own article.
        origin_delay: As ``delay``; None if the origin's own article is not among the copies.
        origin_via: As ``via``; None if more than one copy is between.
        origin_via_relation: As ``via_relation``.
    """

    article_id: UUID
    wire: str
    url: str
    title: str
    published_at: datetime
    notice: str
    is_representative: bool
    relation: str
    delay: timedelta
    is_origin: bool
    origin_relation: str
    origin_delay: timedelta | None
    via: UUID | None
    via_relation: str
    origin_via: UUID | None
    origin_via_relation: str


@dataclass(frozen=True, slots=True)
class CopyText:
    """One copy of a story with its current text; the other attributes are as in ``StoryCopy``."""

    article_id: UUID
    story_id: UUID
    wire: str
    url: str
    title: str
    body: str
    byline: str
    dateline: str
    language: str
    notice: str
    published_at: datetime
    modified_at: datetime | None
    relation: str
    delay: timedelta
    is_representative: bool


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """An event of a story; ``related_story`` is the story that an article came from or went to."""

    kind: str
    at: datetime
    article_id: UUID | None
    wire: str | None
    title: str | None
    related_story: UUID | None


@dataclass(frozen=True, slots=True)
class DigestItem:
    """A digest and an item of it; ``shared`` counts their common shingles.

    ``is_container``: the digest, not the item, is a copy of the story that was asked for.
    """

    is_container: bool
    digest_article: UUID
    digest_story: UUID
    digest_title: str
    digest_published_at: datetime
    item_article: UUID
    item_story: UUID
    item_title: str
    shared: int
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _StoryTitle:
    story_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class _ArticleStory:
    canonical_url: str
    story_id: UUID


def list_stories(
    connection: Connection[Row],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    min_copies: int = 1,
    language: str | None = None,
    search: str | None = None,
    limit: int = 50,
) -> list[StorySummary]:
    """Return stories, those with the most copies first; killed stories are left out.

    Args:
        connection: An open connection.
        since: Only stories with a copy published at or after this time.
        until: Only stories first published before this time.
        wire: Only stories that this wire has a copy of.
        min_copies: Only stories with at least so many copies.
        language: Only stories in this language; a code without a country matches those with one.
        search: Only stories with a copy that has these words, in any form that ``websearch_to_tsquery`` reads:
            ``"exact phrase"``, ``or``, ``-without``.
        limit: The maximum number of stories.

    Raises:
        BadInput: The search has no words, or is too long.
    """
    params = {
        "since": since, "until": until, "wire": wire, "min_copies": min_copies, "language": language,
        "limit": limit, **make_search_params(connection, search),
    }  # fmt: skip
    return fetch_all(connection, StorySummary, queries.browse.list_stories, params)


def list_story_ids(connection: Connection[Row], profile_id: str, id_prefix: str, limit: int) -> dict[UUID, str]:
    """Return the titles of the latest stories with an ID that starts so, by ID."""
    params = {"profile_id": profile_id, "prefix": id_prefix.lower() + "%", "limit": limit}
    return {
        row.story_id: row.title for row in fetch_all(connection, _StoryTitle, queries.browse.list_story_ids, params)
    }


def find_story(connection: Connection[Row], profile_id: str, id_prefix: str) -> StoryDetails:
    """Return one story by its id, by an id that redirects to it, or by an unambiguous prefix of either.

    Raises:
        NotFound: There is none.
        BadInput: There are several.
    """
    first, last = (id_prefix.lower() + one[len(id_prefix) :] for one in _ID_BOUNDS)
    if not (id_prefix and _ID.fullmatch(first)):
        raise NotFound(
            f"{id_prefix!r} is not a story ID.", "`copydesk stories --search TEXT` finds stories by their words."
        )
    params = {"profile_id": profile_id, "first": first, "last": last}
    ids = fetch_values(connection, UUID, queries.browse.resolve_story, params)
    if not ids:
        raise NotFound(f"No story with ID {id_prefix!r}.", "`copydesk stories` lists them.")
    if len(ids) > 1:
        raise BadInput(
            f"{len(ids)} stories have an ID that starts with {id_prefix!r}.", "Use more characters of the ID."
        )
    key = {"profile_id": profile_id, "story_id": ids[0]}
    story = fetch_one(connection, StoryDetails, queries.browse.get_story, key)
    if story is None:
        raise NotFound(f"Story {id_prefix!r} has no representative.", "Run `copydesk doctor`.")
    return story


def list_copies(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StoryCopy]:
    """Return the copies of a story, the earliest first."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, StoryCopy, queries.browse.list_copies, key)


def list_story_versions(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[Version]:
    """Return the versions that the desk a story comes from has sent, in order, and what each changed."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return list_versions(fetch_all(connection, StoryText, queries.browse.list_story_texts, key))


def list_story_texts(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StoryText]:
    """Return the texts that the desk a story comes from has sent, in no particular order."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, StoryText, queries.browse.list_story_texts, key)


def read_copy(connection: Connection[Row], profile_id: str, story_id: UUID, article_id: UUID) -> CopyText:
    """Return one copy of a story with its current text.

    Raises:
        NotFound: The story has no such copy.
    """
    key = {"profile_id": profile_id, "story_id": story_id, "article_id": article_id}
    copy = fetch_one(connection, CopyText, queries.overview.get_copy, key)
    if copy is None:
        raise NotFound("The story has no such copy.", "It may have moved to another story since.")
    return copy


def list_events(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StoryEvent]:
    """Return the events of a story, in order."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, StoryEvent, queries.browse.list_events, key)


def list_digest_items(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[DigestItem]:
    """Return the items that a story contains as a digest, then the digests that contain it."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, DigestItem, queries.browse.list_digest_items, key)


def map_articles(connection: Connection[Row], profile_id: str) -> dict[str, UUID]:
    """Return the story of each article by its canonical URL."""
    rows = fetch_all(connection, _ArticleStory, queries.browse.map_articles, {"profile_id": profile_id})
    return {row.canonical_url: row.story_id for row in rows}
