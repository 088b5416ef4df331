"""The page store: pages, stored once per content; the outcome of every URL of a run; the state of feeds.

All functions take an open connection and run in one transaction; a second call of the same changes no row. A batch
costs a constant number of statements and is written in key order, so that concurrent batches never deadlock.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_counts, fetch_value, fetch_values, to_columns
from copydesk.pipeline.db.sanitize import sanitize_for_postgres, sanitize_header

_COMPRESSION_LEVEL = 6


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A fetched page, with the SHA-256 (32 bytes) of the canonical URL and of the body; ``revisit`` as in ``Fetch``."""

    page: Page
    canonical_url: str
    url_key: bytes
    revisit: int | None = None
    sha256: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.page.body).digest())


@dataclass(frozen=True, slots=True)
class Fetch:
    """One URL's outcome in a run; ``status`` is the HTTP status, if there was a response, ``revisit`` the step of the
    schedule at which a known page was fetched again."""

    run_key: UUID
    wire: str
    url_key: bytes
    url: str
    outcome: Outcome
    fetched_at: datetime
    reason: str = ""
    status: int | None = None
    page_id: UUID | None = None
    body_bytes: int = 0
    revisit: int | None = None


@dataclass(frozen=True, slots=True)
class LatestPage:
    """The latest page of a URL, and when the URL was last fetched successfully."""

    url_key: bytes
    page_id: UUID
    etag: str | None
    last_modified: str | None
    sha256: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as the latest completed run saw it."""

    url: str
    etag: str | None
    last_modified: str | None
    sha256: bytes | None
    checked_at: datetime
    entries: int = 0
    """The number of URLs that it listed."""


@dataclass(slots=True)
class _FetchedUrl:
    url_key: bytes
    fetched_at: datetime


def save_pages(
    connection: Connection[Row], run_key: UUID, fetched: Sequence[FetchedPage], stored_at: datetime | None = None
) -> list[Fetch]:
    """Save pages and their outcomes in one transaction: all of them or none.

    ``stored_at`` (aware) is when their bytes are stored, which decides when they expire; None: when they were fetched.

    Returns:
        One outcome per page, in the order given: ``stored``, or ``unchanged`` if the URL had the same content before.
    """
    with connection.transaction():
        times = _save_contents(connection, fetched, stored_at)
        pages = {make_page_id(item.url_key, item.sha256): item for item in reversed(fetched)}
        rows = [_to_page_values(page_id, item, times[item.sha256]) for page_id, item in pages.items()]
        new = set(fetch_values(connection, UUID, queries.page.save_pages, to_columns(rows))) if rows else set()
        fetches = [_to_fetch(run_key, item, new) for item in fetched]
        record_fetches(connection, fetches)
    return fetches


def record_fetches(connection: Connection[Row], fetches: Iterable[Fetch]) -> None:
    """Record outcomes. The first outcome of a URL in a run stands, but any other one replaces a failed one."""
    chosen: dict[tuple[UUID, str, bytes], Fetch] = {}
    for fetch in fetches:
        key = fetch.run_key, fetch.wire, fetch.url_key
        earlier = chosen.setdefault(key, fetch)
        if earlier.outcome is Outcome.FAILED and fetch.outcome is not Outcome.FAILED:
            chosen[key] = replace(fetch, url=earlier.url)
    if not chosen:
        return
    columns = to_columns([_to_fetch_values(fetch) for fetch in chosen.values()])
    with connection.transaction():
        if connection.execute(queries.page.save_fetches, columns).rowcount < len(chosen):
            connection.execute(queries.page.replace_failed_fetches, columns)


def list_latest_pages(connection: Connection[Row], url_keys: Iterable[bytes]) -> dict[bytes, LatestPage]:
    """Return the latest page of each URL key that has one."""
    params = {"url_keys": sorted(set(url_keys))}
    return {row.url_key: row for row in fetch_all(connection, LatestPage, queries.page.list_latest_pages, params)}


def list_already_fetched(connection: Connection[Row], run_key: UUID, wire: str) -> dict[bytes, datetime]:
    """Return when each URL, by its key, was fetched by an earlier try of this run's crawl, if that try failed.

    If it succeeded the result is empty, and everything is fetched again.
    """
    rows = fetch_all(connection, _FetchedUrl, queries.page.list_already_fetched, {"run_key": run_key, "wire": wire})
    return {row.url_key: row.fetched_at for row in rows}


def count_outcomes(connection: Connection[Row], run_key: UUID, wire: str) -> dict[Outcome, int]:
    """Return how many URLs of a wire have each outcome in a run; outcomes without a URL count 0."""
    counts = fetch_counts(connection, queries.page.count_outcomes, {"run_key": run_key, "wire": wire})
    return {outcome: counts.get(outcome.value, 0) for outcome in Outcome}


def count_other_urls(connection: Connection[Row], run_key: UUID, wire: str, keys: Sequence[bytes]) -> int:
    """Return how many URLs of a wire have an outcome in a run and are not among ``keys``."""
    params = {"run_key": run_key, "wire": wire, "keys": list(keys)}
    return fetch_value(connection, int, queries.page.count_other_urls, params)


def read_feed_states(connection: Connection[Row], wire: str) -> dict[str, FeedState]:
    """Return the saved states of a wire's feeds by URL."""
    return {
        state.url: state for state in fetch_all(connection, FeedState, queries.page.list_feed_states, {"wire": wire})
    }


def save_feed_states(connection: Connection[Row], wire: str, states: Iterable[FeedState], window_end: datetime) -> None:
    """Save the states of feeds; the last state of a feed counts.

    Call this only if every URL of the feeds has an outcome: a feed with a saved state is not read again as long as it
    answers the same. A second check of the same feed for the same window writes nothing.
    """
    rows = {url: _to_feed_values(url, state) for state in states for url in [sanitize_for_postgres(state.url)]}
    if rows:
        with connection.transaction():
            columns = to_columns(list(rows.values()))
            connection.execute(queries.page.save_feed_states, {"wire": wire, "window_end": window_end, **columns})


def get_database_time(connection: Connection[Row]) -> datetime:
    """Return the time of the database's clock, aware UTC: it counts where the clocks of workers differ."""
    return fetch_value(connection, datetime, queries.page.get_time)


def ensure_page_partition(connection: Connection[Row], day: date) -> None:
    """Ensure that the month of a day has a partition; pages of that month that were stored before are moved there."""
    connection.execute(queries.page.ensure_partition, (day,))


def _save_contents(
    connection: Connection[Row], fetched: Sequence[FetchedPage], stored_at: datetime | None
) -> dict[bytes, datetime]:
    """Save the bytes that are new or were deleted; return for each content when its bytes were stored."""
    first = {item.sha256: item.page for item in reversed(fetched)}
    shas = sorted(first)
    ats = {sha: stored_at or page.fetched_at for sha, page in first.items()}
    columns = {"shas": shas, "ats": [ats[sha] for sha in shas], "sizes": [len(first[sha].body) for sha in shas]}
    new = fetch_values(connection, bytes, queries.page.save_contents, columns)
    if absent := [*new, *fetch_values(connection, bytes, queries.page.restore_contents, columns)]:
        bodies = [zlib.compress(first[sha].body, _COMPRESSION_LEVEL) for sha in absent]
        values = {"shas": absent, "ats": [ats[sha] for sha in absent], "bodies": bodies}
        connection.execute(queries.page.save_bodies, values)
    return dict(connection.execute(queries.page.list_contents, {"shas": shas}).fetchall())


def _to_page_values(page_id: UUID, fetched: FetchedPage, content_at: datetime) -> dict[str, object]:
    page = fetched.page
    return {
        "page_id": page_id, "wire": page.wire, "url": sanitize_for_postgres(page.url),
        "canonical_url": sanitize_for_postgres(fetched.canonical_url), "url_key": fetched.url_key,
        "sha": fetched.sha256, "at": content_at, "fetched_at": page.fetched_at, "status": page.status,
        "content_type": sanitize_header(page.content_type) or "", "charset": sanitize_header(page.charset),
        "etag": sanitize_header(page.etag), "last_modified": sanitize_header(page.last_modified),
        "published_hint": page.published_hint, "feed_source": sanitize_for_postgres(page.feed_source),
    }  # fmt: skip


def _to_fetch(run_key: UUID, fetched: FetchedPage, new_pages: set[UUID]) -> Fetch:
    page_id = make_page_id(fetched.url_key, fetched.sha256)
    return Fetch(
        run_key=run_key,
        wire=fetched.page.wire,
        url_key=fetched.url_key,
        url=fetched.page.url,
        outcome=Outcome.STORED if page_id in new_pages else Outcome.UNCHANGED,
        fetched_at=fetched.page.fetched_at,
        status=fetched.page.status,
        page_id=page_id,
        body_bytes=len(fetched.page.body),
        revisit=fetched.revisit,
    )


def _to_fetch_values(fetch: Fetch) -> dict[str, object]:
    return {
        "run_key": fetch.run_key, "wire": fetch.wire, "url_key": fetch.url_key, "url": sanitize_for_postgres(fetch.url),
        "outcome": fetch.outcome.value, "reason": sanitize_for_postgres(fetch.reason), "status": fetch.status,
        "page_id": fetch.page_id, "body_bytes": fetch.body_bytes, "fetched_at": fetch.fetched_at,
        "revisit": fetch.revisit,
    }  # fmt: skip


def _to_feed_values(url: str, state: FeedState) -> dict[str, object]:
    return {
        "url": url, "etag": sanitize_header(state.etag), "last_modified": sanitize_header(state.last_modified),
        "body_sha256": state.sha256, "checked_at": state.checked_at, "entries": state.entries,
    }  # fmt: skip
