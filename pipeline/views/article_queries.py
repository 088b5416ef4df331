"""Queries for articles and their texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """One article in a list; ``story_id`` is None until it is folded."""

    article_id: UUID
    story_id: UUID | None
    wire: str
    url: str
    title: str
    published_at: datetime
    language: str
    agency: str
    notice: str
    versions: int


@dataclass(frozen=True, slots=True)
class _ArticleRange:
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    body: str


def read_article_range(connection: Connection[Row]) -> tuple[datetime, datetime] | None:
    """Return when the first and the last stored article were published; None if there is none."""
    found = fetch_one(connection, _ArticleRange, queries.browse.get_article_range)
    if found is None or found.first_at is None or found.last_at is None:
        return None
    return found.first_at, found.last_at


def list_articles(
    connection: Connection[Row],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    language: str | None = None,
    limit: int = 50,
) -> list[ArticleSummary]:
    """Return articles published in [since, until), the latest first; withdrawn ones are left out."""
    params = {"since": since, "until": until, "wire": wire, "language": language, "limit": limit}
    return fetch_all(connection, ArticleSummary, queries.browse.list_articles, params)


def read_version_text(connection: Connection[Row], version_id: UUID) -> tuple[str, str]:
    """Return the title and the body of a version."""
    text = fetch_one(connection, _Text, queries.browse.get_version_text, {"version_id": version_id})
    return (text.title, text.body) if text else ("", "")


def read_article_text(connection: Connection[Row], article_id: UUID) -> tuple[str, str]:
    """Return the title and the body of an article's current version."""
    text = fetch_one(connection, _Text, queries.browse.get_article_text, {"article_id": article_id})
    return (text.title, text.body) if text else ("", "")
