"""Articles, their versions and the results of pages: what the clean stage writes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.ids import make_article_id
from copydesk.pipeline.core.records import Article, ArticleKind
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values, to_columns
from copydesk.pipeline.store.states import PageOutcome, QuarantineState

MAX_HINT_DISTANCE = timedelta(hours=36)
"""One day, and as much as two time zones differ at most."""
MAX_UTC_OFFSET = timedelta(hours=14)
"""How far a time zone may be ahead of UTC."""


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The result of one page: an article, or why there is none."""

    page_id: UUID
    wire: str
    canonical_url: str
    fetched_at: datetime
    result: Article | QuarantineError


def resolve_published_at(
    page_time: datetime | None, page_offset: timedelta | None, feed_time: datetime | None, fetched_at: datetime
) -> datetime | None:
    """Return the time of publication: the page's, or the feed's if that is more precise.

    A page's time without a time of day, or at midnight, stands for the day; a feed's time close to it is better. A
    feed's time after the fetch is corrected: to the time of the fetch if a wrong time zone may explain it, else it is
    ignored.

    Args:
        page_time: The time that the page gives, aware.
        page_offset: Offset from UTC in which the page writes it; None without a time of day.
        feed_time: The time that the feed or sitemap gives, aware.
        fetched_at: The time of the fetch, aware.
    """
    if feed_time is not None and feed_time > fetched_at:
        feed_time = fetched_at if feed_time - fetched_at <= MAX_UTC_OFFSET else None
    if page_time is None or feed_time is None:
        return page_time or feed_time
    local = page_time.astimezone(timezone(page_offset or timedelta()))
    is_day = page_offset is None or time() in {local.time(), page_time.astimezone(UTC).time()}
    return feed_time if is_day and abs(feed_time - page_time) <= MAX_HINT_DISTANCE else page_time


def make_version_id(article_id: UUID, article: Article) -> UUID:
    """Return the id of a version, a digest of the article's id and its cleaned text: the same text has the same id."""
    parts = (article_id.hex, article.title, article.body, article.notice)
    return UUID(bytes=hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()[:16])


def list_pages_to_clean(connection: Connection[Row], run_key: UUID, wire: str, cleaner: str) -> list[UUID]:
    """Return the run's pages of one wire without a result of these cleaning rules."""
    params = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    return fetch_values(connection, UUID, queries.article.list_pages_to_clean, params)


def list_articles(connection: Connection[Row], run_key: UUID) -> list[UUID]:
    """Return the articles that the run's pages are versions of, in the order of their ids."""
    return fetch_values(connection, UUID, queries.article.list_articles_of_run, {"run_key": run_key})


def list_unfolded_articles(connection: Connection[Row], run_key: UUID, profile_id: str) -> list[UUID]:
    """Return the articles that runs have stored but not yet folded: those of this run, and all that are in progress."""
    params = {"run_key": run_key, "profile_id": profile_id}
    return fetch_values(connection, UUID, queries.article.list_unfolded_articles, params)


def list_wire_articles(connection: Connection[Row], run_key: UUID, wire: str, cleaner: str) -> list[UUID]:
    """Return the articles that the run's pages of one wire are versions of, by these cleaning rules."""
    params = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    return fetch_values(connection, UUID, queries.article.list_articles_of_wire, params)


def save_parse_results(
    connection: Connection[Row], run_key: UUID, cleaner: str, results: Iterable[ParseResult]
) -> None:
    """Save the results of pages of one wire, in the caller's transaction; saving them again changes nothing.

    A page is ``unchanged`` if its cleaned text is already saved. Transactions that save results of the same wire, or
    of the same article, wait for one another, so that the current version of an article does not depend on their order.
    """
    by_page = {result.page_id: result for result in results}
    ordered = sorted(by_page.values(), key=lambda result: (result.canonical_url, result.fetched_at, result.page_id))
    if not ordered:
        return
    wire = ordered[0].wire
    connection.execute(queries.article.lock_wire, (wire,))
    rows = _Rows(known_versions=_list_known_versions(connection, ordered))
    for result in ordered:
        rows.add(result)
    if rows.versions:
        columns = to_columns(rows.versions)
        connection.execute(queries.article.save_articles, columns)
        connection.execute(queries.article.save_versions, {"cleaner": cleaner, **columns})
    if rows.quarantined:
        connection.execute(queries.quarantine.quarantine_pages, {"run_key": run_key, **to_columns(rows.quarantined)})
    if rows.resolved:
        connection.execute(queries.quarantine.resolve_pages, to_columns(rows.resolved))
    recorded = {"wire": wire, "cleaner": cleaner, "run_key": run_key, **to_columns(rows.page_results)}
    connection.execute(queries.article.save_page_results, recorded)
    if articles := sorted({row["article_id"] for row in rows.page_results if row["article_id"]}):
        _refresh_locked(connection, articles, wire, cleaner)
    if rows.foreign_versions:
        foreign = {"wire_at_work": wire, "cleaner": cleaner, **to_columns(rows.foreign_versions)}
        if connection.execute(queries.article.replace_foreign_versions, foreign).rowcount:
            _refresh_locked(connection, articles, wire, cleaner)  # the times of publication may differ


def refresh_articles(connection: Connection[Row], run_key: UUID, wire: str, cleaner: str) -> None:
    """Make the versions that these cleaning rules produce current, for the run's articles of one wire.

    Needed if earlier rules apply again, for example after a veto: their pages already have results, which
    ``save_parse_results`` does not save again.
    """
    connection.execute(queries.article.lock_wire, (wire,))
    connection.execute(queries.article.save_wire_cleaner, {"wire": wire, "cleaner": cleaner})
    if articles := list_wire_articles(connection, run_key, wire, cleaner):
        _refresh_locked(connection, articles, wire, cleaner)


def _refresh_locked(connection: Connection[Row], articles: Sequence[UUID], wire: str, cleaner: str) -> None:
    """Lock articles, then choose their owner and current version; ``cleaner`` is the current rules of ``wire``.

    The second statement sees what other transactions saved before they released the locks.
    """
    connection.execute(queries.article.lock_articles, {"articles": articles})
    connection.execute(queries.article.refresh_article, {"articles": articles, "wire": wire, "cleaner": cleaner})
    connection.execute(queries.article.assign_pages, {"articles": articles})


@dataclass(slots=True)
class _Rows:
    """The rows to write for a batch of results; results are added in the order in which they count."""

    known_versions: dict[UUID, str]
    versions: list[dict[str, Any]] = field(default_factory=list)
    foreign_versions: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    page_results: list[dict[str, Any]] = field(default_factory=list)

    def add(self, parsed: ParseResult) -> None:
        result, subject_id = parsed.result, str(parsed.page_id)
        row = {"page_id": parsed.page_id, "reason": "", "article_id": None, "version_id": None, "via": ""}
        if isinstance(result, QuarantineError):
            row |= {"outcome": PageOutcome.QUARANTINED.value, "reason": result.reason}
            self.quarantined.append(
                {"subject_id": subject_id, "wire": parsed.wire, "reason": result.reason, "detail": result.message}
            )
        elif result.kind is ArticleKind.REFUSED:
            row |= {"outcome": PageOutcome.REFUSED.value, "reason": result.reason}
            self.resolved.append({"subject_id": subject_id, "state": QuarantineState.REFUSED.value})
        else:
            article_id = make_article_id(parsed.canonical_url)
            version_id = make_version_id(article_id, result)
            is_known = version_id in self.known_versions
            outcome = PageOutcome.UNCHANGED if is_known else PageOutcome.ARTICLE
            row |= {
                "outcome": outcome.value, "article_id": article_id, "version_id": version_id, "via": result.via
            }  # fmt: skip
            writer = self.known_versions.setdefault(version_id, parsed.wire)
            if not is_known:
                self.versions.append(_to_version_values(article_id, version_id, parsed, result))
            elif writer not in ("", parsed.wire):
                self.foreign_versions.append(_to_version_values(article_id, version_id, parsed, result))
            self.resolved.append({"subject_id": subject_id, "state": QuarantineState.RECOVERED.value})
        self.page_results.append(row)


@dataclass(frozen=True, slots=True)
class _KnownVersion:
    version_id: UUID
    wire: str


def _list_known_versions(connection: Connection[Row], results: Iterable[ParseResult]) -> dict[UUID, str]:
    """Return those versions of the results that are saved already, each with the wire that read it."""
    ids = [
        make_version_id(make_article_id(parsed.canonical_url), parsed.result)
        for parsed in results
        if isinstance(parsed.result, Article) and parsed.result.kind is not ArticleKind.REFUSED
    ]
    rows = fetch_all(connection, _KnownVersion, queries.article.list_known_versions, (ids,))
    return {row.version_id: row.wire for row in rows}


def _to_version_values(article_id: UUID, version_id: UUID, parsed: ParseResult, article: Article) -> dict[str, Any]:
    return {
        "article_id": article_id, "version_id": version_id, "page_id": parsed.page_id, "wire": parsed.wire,
        "canonical_url": parsed.canonical_url, "fetched_at": parsed.fetched_at, "title": article.title,
        "body": article.body, "published_at": article.published_at, "published_source": article.published_source,
        "modified_at": article.modified_at, "byline": article.byline, "agency": article.agency,
        "dateline": article.dateline, "credit": article.credit, "section": article.section,
        "language": article.language, "notice": str(article.notice), "image_url": article.image_url,
        "via": article.via, "modified_source": article.modified_source, "author": article.author,
        "truncated": article.truncated, "tickers": Jsonb(article.tickers), "isins": Jsonb(article.isins),
        "published_offset": article.published_offset,
        "dropped": Jsonb([{"reason": piece.reason, "text": piece.text} for piece in article.dropped]),
    }  # fmt: skip


def batched(items: Sequence[UUID], size: int) -> Iterable[Sequence[UUID]]:
    """Yield consecutive slices of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
