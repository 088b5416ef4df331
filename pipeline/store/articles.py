"""Articles and their versions in the database: what the clean stage writes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import Article, ArticleKind
from copydesk.pipeline.core.urls import make_article_id
from copydesk.pipeline.db import Row, load_queries

MAX_HINT_DISTANCE = timedelta(hours=36)
"""A day, and as much as two zones may lie apart."""
MAX_UTC_OFFSET = timedelta(hours=14)
"""How much a clock may be ahead of UTC."""


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of one page: an article, or why there is none."""

    page_id: UUID
    wire: str
    canonical_url: str
    fetched_at: datetime
    result: Article | QuarantineError


def resolve_published_at(
    page_time: datetime | None, feed_time: datetime | None, zone: tzinfo, fetched_at: datetime
) -> datetime | None:
    """The time of publication: what the page gives, or what the feed said where that knows more.

    A page that gives a day without a clock is read as that day's midnight; a feed's time near it is the better one.
    None is after the fetch: a feed's time that zones mixed up put after it stands for the fetch, a later one for none.
    """
    if feed_time is not None and feed_time > fetched_at:
        feed_time = fetched_at if feed_time - fetched_at <= MAX_UTC_OFFSET else None
    if page_time is None or feed_time is None:
        return page_time or feed_time
    midnight = page_time.astimezone(zone).time() == time() or page_time.astimezone(UTC).time() == time()
    return feed_time if midnight and abs(feed_time - page_time) <= MAX_HINT_DISTANCE else page_time


def make_version_id(article_id: UUID, article: Article) -> UUID:
    """The version's id, intrinsic to the article and its cleaned text: the same text is the same version."""
    parts = (article_id.hex, article.title, article.body, article.notice)
    return UUID(bytes=hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()[:16])


def list_pages_to_clean(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> list[UUID]:
    """The run's pages of one wire that these cleaning rules have not settled yet."""
    rows = connection.execute(
        load_queries("article")["pages_to_clean"], {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    )
    return [row[0] for row in rows]


def list_articles(connection: Connection[Row], run_id: str) -> list[UUID]:
    """The articles that the run's pages are versions of, in the order of their ids."""
    return [row[0] for row in connection.execute(load_queries("article")["articles_of_run"], {"run_id": run_id})]


def save_parse_results(connection: Connection[Row], run_id: str, cleaner: str, results: Iterable[ParseResult]) -> None:
    """Write what became of some pages of one wire, in the caller's transaction; twice changes nothing.

    A page whose cleaned text is known already is ``unchanged``. Workers at the same wire wait for one another, so
    that the current version of an article never depends on who came first.
    """
    queries = load_queries("article")
    ordered = sorted(results, key=lambda reading: (reading.canonical_url, reading.fetched_at, reading.page_id))
    for wire in sorted({reading.wire for reading in ordered}):
        connection.execute(queries["lock_articles"], (wire,))
    touched: set[UUID] = set()
    for reading in ordered:
        outcome, reason, via = "", "", ""
        article_id = version_id = None
        if isinstance(reading.result, QuarantineError):
            outcome, reason = "quarantined", reading.result.reason
            _quarantine_page(connection, run_id, reading, reading.result)
        elif reading.result.kind is ArticleKind.REFUSED:
            outcome, reason = "refused", reading.result.reason
            _resolve_quarantine(connection, reading, "refused")
        else:
            article_id = make_article_id(reading.canonical_url)
            version_id = make_version_id(article_id, reading.result)
            known = connection.execute(queries["has_version"], ([version_id],)).fetchone() is not None
            outcome, via = "unchanged" if known else "article", reading.result.via
            if not known:
                _save_version(connection, article_id, version_id, cleaner, reading, reading.result)
            touched.add(article_id)
            _resolve_quarantine(connection, reading, "recovered")
        connection.execute(
            queries["save_page_result"],
            {
                "page_id": reading.page_id, "cleaner": cleaner, "outcome": outcome, "reason": reason,
                "article_id": article_id, "version_id": version_id, "via": via, "run_id": run_id,
            },
        )  # fmt: skip
    if touched:
        connection.execute(queries["refresh_article"], {"articles": sorted(touched), "cleaner": cleaner})


def refresh_articles(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> None:
    """Have the run's articles of one wire read as these cleaning rules read them; again changes nothing.

    Rules that were in force before (a veto brings them back) have settled their pages already; their versions become
    current here.
    """
    queries = load_queries("article")
    connection.execute(queries["lock_articles"], (wire,))
    rows = connection.execute(queries["articles_of_wire"], {"run_id": run_id, "wire": wire, "cleaner": cleaner})
    if articles := [row[0] for row in rows]:
        connection.execute(queries["refresh_article"], {"articles": articles, "cleaner": cleaner})


def _save_version(
    connection: Connection[Row],
    article_id: UUID,
    version_id: UUID,
    cleaner: str,
    reading: ParseResult,
    article: Article,
) -> None:
    queries = load_queries("article")
    values = {
        "article_id": article_id, "version_id": version_id, "page_id": reading.page_id, "wire": reading.wire,
        "canonical_url": reading.canonical_url, "fetched_at": reading.fetched_at, "title": article.title,
        "body": article.body, "published_at": article.published_at, "published_source": article.published_source,
        "modified_at": article.modified_at, "byline": article.byline, "agency": article.agency,
        "dateline": article.dateline, "credit": article.credit, "section": article.section,
        "language": article.language, "notice": article.notice, "image_url": article.image_url, "via": article.via,
        "cleaner": cleaner, "modified_source": article.modified_source, "author": article.author,
        "truncated": article.truncated, "tickers": list(article.tickers), "isins": list(article.isins),
        "dropped": Jsonb([{"reason": piece.reason, "text": piece.text} for piece in article.dropped]),
    }  # fmt: skip
    connection.execute(queries["save_article"], values)
    connection.execute(queries["save_version"], values)


def _quarantine_page(connection: Connection[Row], run_id: str, reading: ParseResult, error: QuarantineError) -> None:
    connection.execute(
        load_queries("quarantine")["quarantine"],
        {
            "stage": "clean", "subject_id": str(reading.page_id), "wire": reading.wire, "reason": error.reason,
            "detail": error.message, "run_id": run_id,
        },
    )  # fmt: skip


def _resolve_quarantine(connection: Connection[Row], reading: ParseResult, state: str) -> None:
    connection.execute(
        load_queries("quarantine")["resolve"], {"stage": "clean", "subject_id": str(reading.page_id), "state": state}
    )


def batched(items: Sequence[UUID], size: int) -> Iterable[Sequence[UUID]]:
    """Slices of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
