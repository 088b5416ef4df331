"""Queries for the independent sources of a story, and for how it spread from outlet to outlet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all


@dataclass(frozen=True, slots=True)
class StorySource:
    """Where one outlet has a story from.

    Attributes:
        article_id: Its copy with the evidence.
        origin: Outlets with the same origin are one source.
        basis: A ``SourceBasis``.
        evidence: As in ``OutletSource``; ``wire`` is the wire of the article ``text``.
    """

    wire: str
    article_id: UUID
    origin: str
    basis: str
    evidence: dict[str, str]


@dataclass(frozen=True, slots=True)
class SpreadStep:
    """The first copy of one outlet.

    Attributes:
        nth: 1 for the outlet that was first.
        outlets: The number of all outlets.
        published_given: False: the page states no time, and ``published_at`` is when it was fetched.
        minutes: Since the first copy of the story.
    """

    nth: int
    outlets: int
    wire: str
    article_id: UUID
    published_at: datetime
    published_given: bool
    minutes: float


def list_sources(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[StorySource]:
    """Return the source of each outlet; those with one origin together, its own copy first."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, StorySource, queries.browse.list_sources, key)


def list_spread(connection: Connection[Row], profile_id: str, story_id: UUID) -> list[SpreadStep]:
    """Return the outlets of a story in the order in which they published it."""
    key = {"profile_id": profile_id, "story_id": story_id}
    return fetch_all(connection, SpreadStep, queries.browse.list_spread, key)
