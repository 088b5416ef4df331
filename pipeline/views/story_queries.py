"""Reading what has landed: stories, their copies, runs. Plain rows, for the command line and for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.views.story_versions import StoryText, Version, list_versions


@dataclass(frozen=True, slots=True)
class StorySummary:
    """One story in a list: its representative's title and the number of its copies, itself included.

    ``origin_agency`` is whose copy it likely is, ``origin_wire`` where that agency's copy is found, ``origin_article``
    its own article, None where that is not among the copies; ``origin_basis`` a ``Basis``. All are
    None for a story that was folded before origins were told.
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


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """One copy of a story; ``relation`` is the kind of its edge to the representative, ``delay`` its distance.

    Where there is no such edge, ``relation`` is ``indirect``: ``via`` is the copy next to it on the way there, and
    ``via_relation`` the kind of its edge to that one. ``origin_relation``, ``origin_delay`` and ``origin_via`` are the
    same to the origin's own article; ``origin_delay`` is None where that is not among the copies, ``origin_via`` where
    more than one copy is between.
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
class StoryEvent:
    """What happened to a story; ``related_story`` is where an article came from or went to."""

    kind: str
    at: datetime
    article_id: UUID | None
    wire: str | None
    title: str | None
    related_story: UUID | None


@dataclass(frozen=True, slots=True)
class DigestItem:
    """A digest (``whole``) and an item of it (``part``); ``is_container``: the digest is the story asked for.

    ``shared`` counts the shingles that the two have in common.
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
class RunSummary:
    """One run in a list."""

    run_id: str
    kind: str
    mode: str
    window_start: datetime
    window_end: datetime
    state: str
    scheduled: int
    stored: int
    new_articles: int
    articles: int
    stories: int
    failed: int
    error: str
    started_at: datetime
    ended_at: datetime | None


def list_stories(
    connection: Connection[Row],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    min_copies: int = 1,
    limit: int = 50,
) -> list[StorySummary]:
    """The stories with most copies first; killed ones are not shown."""
    asked = {"since": since, "until": until, "wire": wire, "min_copies": min_copies, "limit": limit}
    with connection.cursor(row_factory=class_row(StorySummary)) as cursor:
        return cursor.execute(load_queries("browse")["list_stories"], asked).fetchall()


def find_story(connection: Connection[Row], profile_id: str, id_prefix: str) -> dict[str, Any]:
    """One story by its id, an id that redirects to it, or an unambiguous beginning of either.

    Raises:
        NotFound: there is none.
        BadInput: several begin so.
    """
    if not re.fullmatch(r"[0-9a-f-]{1,36}", id_prefix.lower()):
        raise NotFound(f"{id_prefix!r} is no story's id.", "`copydesk stories` lists them.")
    prefix = id_prefix.lower() + "%"
    rows = connection.execute(
        load_queries("browse")["resolve_story"], {"profile_id": profile_id, "prefix": prefix}
    ).fetchall()
    if not rows:
        raise NotFound(f"No story has the id {id_prefix!r}.", "`copydesk stories` lists them.")
    if len(rows) > 1:
        raise BadInput(f"{len(rows)} stories have an id that begins with {id_prefix!r}.", "Give more of it.")
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            load_queries("browse")["get_story"], {"profile_id": profile_id, "story_id": rows[0][0]}
        ).fetchone()
    if found is None:
        raise NotFound(f"Story {id_prefix!r} has no representative.", "Run `copydesk doctor`.")
    return found


def list_copies(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StoryCopy]:
    """The copies of one story, earliest first."""
    with connection.cursor(row_factory=class_row(StoryCopy)) as cursor:
        return cursor.execute(
            load_queries("browse")["list_copies"], {"profile_id": profile_id, "story_id": story_id}
        ).fetchall()


def list_story_versions(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[Version]:
    """What the desk that a story comes from sent, in order, and what each text changed."""
    with connection.cursor(row_factory=class_row(StoryText)) as cursor:
        asked = {"profile_id": profile_id, "story_id": story_id}
        return list_versions(cursor.execute(load_queries("browse")["list_story_texts"], asked))


def list_events(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StoryEvent]:
    """What happened to one story, in order."""
    with connection.cursor(row_factory=class_row(StoryEvent)) as cursor:
        asked = {"profile_id": profile_id, "story_id": story_id}
        return cursor.execute(load_queries("browse")["list_events"], asked).fetchall()


def list_digest_items(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[DigestItem]:
    """The items that a story holds as a digest, then the digests that hold it."""
    with connection.cursor(row_factory=class_row(DigestItem)) as cursor:
        asked = {"profile_id": profile_id, "story_id": story_id}
        return cursor.execute(load_queries("browse")["list_digest_items"], asked).fetchall()


def list_runs(connection: Connection[Row], limit: int = 50) -> list[RunSummary]:
    """The runs, latest window first."""
    with connection.cursor(row_factory=class_row(RunSummary)) as cursor:
        return cursor.execute(load_queries("browse")["list_runs"], (limit,)).fetchall()
