"""Reading what has landed: stories, their copies, runs. Plain rows, for the command line and for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from pipeline.db import Row, load_queries
from pipeline.errors import BadInput, NotFound


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story in a list: its representative's title and the number of its copies, itself included."""

    story_id: UUID
    title: str
    published_at: datetime
    wire: str
    agency: str
    language: str
    copies: int
    wires: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class CopyLine:
    """One copy of a story; ``relation`` is the kind of its edge to the representative, ``delay`` its distance."""

    article_id: UUID
    wire: str
    url: str
    title: str
    published_at: datetime
    notice: str
    is_representative: bool
    relation: str
    delay: timedelta


@dataclass(frozen=True, slots=True)
class RunLine:
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
) -> list[StoryLine]:
    """The stories with most copies first; killed ones are not shown."""
    asked = {"since": since, "until": until, "wire": wire, "min_copies": min_copies, "limit": limit}
    with connection.cursor(row_factory=class_row(StoryLine)) as cursor:
        return cursor.execute(load_queries("browse")["list_stories"], asked).fetchall()


def find_story(connection: Connection[Row], profile_id: str, text: str) -> dict[str, Any]:
    """One story by its id, an id that redirects to it, or an unambiguous beginning of either.

    Raises:
        NotFound: there is none.
        BadInput: several begin so.
    """
    if not re.fullmatch(r"[0-9a-f-]{1,36}", text.lower()):
        raise NotFound(f"{text!r} is no story's id.", "`copydesk stories` lists them.")
    prefix = text.lower() + "%"
    rows = connection.execute(
        load_queries("browse")["resolve_story"], {"profile_id": profile_id, "prefix": prefix}
    ).fetchall()
    if not rows:
        raise NotFound(f"No story has the id {text!r}.", "`copydesk stories` lists them.")
    if len(rows) > 1:
        raise BadInput(f"{len(rows)} stories have an id that begins with {text!r}.", "Give more of it.")
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            load_queries("browse")["get_story"], {"profile_id": profile_id, "story_id": rows[0][0]}
        ).fetchone()
    if found is None:
        raise NotFound(f"Story {text!r} has no representative.", "Run `copydesk doctor`.")
    return found


def list_copies(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[CopyLine]:
    """The copies of one story, earliest first."""
    with connection.cursor(row_factory=class_row(CopyLine)) as cursor:
        return cursor.execute(
            load_queries("browse")["list_copies"], {"profile_id": profile_id, "story_id": story_id}
        ).fetchall()


def list_runs(connection: Connection[Row], limit: int = 50) -> list[RunLine]:
    """The runs, latest window first."""
    with connection.cursor(row_factory=class_row(RunLine)) as cursor:
        return cursor.execute(load_queries("browse")["list_runs"], (limit,)).fetchall()
