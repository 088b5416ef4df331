"""The page store: pages kept once by content, every URL's one outcome in a run, what is known of addresses and feeds.

All functions take an open psycopg connection and work in one transaction of it. Doing any of them twice changes no
row the second time. A batch is written in key order, so batches at once never deadlock.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.db import Row, load_queries

BATCH_SIZE = 100
_COMPRESSION_LEVEL = 6
_MAX_HEADER_CHARS = 1000


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that answered: its canonical address, that one's key (SHA-256, 32 bytes), and the time (aware UTC) that
    the feed or sitemap gave for it."""

    page: Page
    canonical_url: str
    url_key: bytes
    published_hint: datetime | None = None
    sha256: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.page.body).digest())


@dataclass(frozen=True, slots=True)
class Fetch:
    """One URL's outcome in a run; ``size`` is the body's length in bytes, ``status`` the HTTP status if any."""

    run_id: str
    wire: str
    url_key: bytes
    url: str
    outcome: Outcome
    fetched_at: datetime
    reason: str = ""
    status: int | None = None
    page_id: UUID | None = None
    body_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LatestPage:
    """The latest page of an address, and when the address was last fetched with success."""

    page_id: UUID
    etag: str | None
    last_modified: str | None
    sha256: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as a run that finished last saw it."""

    url: str
    etag: str | None
    last_modified: str | None
    sha256: bytes | None
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page with what the store knows beside the bytes."""

    page_id: UUID
    page: Page
    canonical_url: str
    published_hint: datetime | None


def make_page_id(url_key: bytes, sha256: bytes) -> UUID:
    """The page's id, intrinsic to its address and its content."""
    return UUID(bytes=hashlib.sha256(url_key + sha256).digest()[:16])


def save_pages(connection: Connection[Row], run_id: str, fetched: Sequence[FetchedPage]) -> list[Fetch]:
    """Store pages and their outcomes in one transaction: all of it or nothing.

    Returns an outcome for each, in the order given: ``stored``, or ``unchanged`` where this address had this very
    content already.
    """
    queries = load_queries("store")
    with connection.transaction():
        times = _save_contents(connection, fetched)
        outcomes: dict[UUID, Outcome] = {}
        for one in sorted(fetched, key=lambda one: make_page_id(one.url_key, one.sha256)):
            page, page_id = one.page, make_page_id(one.url_key, one.sha256)
            new = connection.execute(
                queries["save_page"],
                {
                    "page_id": page_id,
                    "wire": page.wire,
                    "url": sanitize_for_postgres(page.url),
                    "canonical": sanitize_for_postgres(one.canonical_url),
                    "url_key": one.url_key,
                    "sha": one.sha256,
                    "at": times[one.sha256],
                    "fetched_at": page.fetched_at,
                    "status": page.status,
                    "content_type": _sanitize_header(page.content_type) or "",
                    "charset": _sanitize_header(page.charset),
                    "etag": _sanitize_header(page.etag),
                    "last_modified": _sanitize_header(page.last_modified),
                    "published_hint": one.published_hint,
                },
            ).fetchone()
            outcomes[page_id] = Outcome.STORED if new else Outcome.UNCHANGED
        fetches = [_to_fetch(run_id, one, outcomes) for one in fetched]
        record_fetches(connection, fetches)
    return fetches


def record_fetches(connection: Connection[Row], fetches: Iterable[Fetch]) -> None:
    """Record outcomes. The first one of a URL in a run stands, but a failed one is replaced by any other."""
    queries = load_queries("store")
    with connection.transaction():
        for fetch in sorted(fetches, key=lambda fetch: (fetch.run_id, fetch.wire, fetch.url_key)):
            values = {
                "run_id": fetch.run_id,
                "wire": fetch.wire,
                "url_key": fetch.url_key,
                "url": sanitize_for_postgres(fetch.url),
                "outcome": fetch.outcome.value,
                "reason": sanitize_for_postgres(fetch.reason),
                "status": fetch.status,
                "page_id": fetch.page_id,
                "body_bytes": fetch.body_bytes,
                "fetched_at": fetch.fetched_at,
            }
            new = connection.execute(queries["save_fetch"], values).fetchone()
            if new is None and fetch.outcome is not Outcome.FAILED:
                connection.execute(queries["replace_failed_fetch"], values)


def list_latest_pages(connection: Connection[Row], url_keys: Iterable[bytes]) -> dict[bytes, LatestPage]:
    """What is known of these addresses, by key; unknown ones are absent."""
    rows = connection.execute(
        load_queries("store")["list_latest_pages"], {"url_keys": sorted(set(url_keys))}
    ).fetchall()
    return {bytes(row[0]): LatestPage(row[1], row[2], row[3], bytes(row[4]), row[5]) for row in rows}


def list_already_fetched(connection: Connection[Row], run_id: str, wire: str) -> dict[bytes, datetime]:
    """Which addresses a run's earlier try has got, and when, where that try failed; else none: all is asked for."""
    rows = connection.execute(
        load_queries("store")["list_already_fetched"], {"run_id": run_id, "wire": wire}
    ).fetchall()
    return {bytes(row[0]): row[1] for row in rows}


def read_page(connection: Connection[Row], page_id: UUID) -> StoredPage | None:
    """One page with its bytes, or None where there is none (or its bytes are no longer kept)."""
    return next(read_pages(connection, [page_id]), None)


def read_pages(
    connection: Connection[Row], page_ids: Iterable[UUID], batch_size: int = BATCH_SIZE
) -> Iterator[StoredPage]:
    """Pages with their bytes, ordered by id, ``batch`` of them in memory at a time. Absent ones are left out."""
    query = load_queries("store")["read_pages"]
    rest = iter(sorted(set(page_ids)))
    while chunk := list(islice(rest, batch_size)):
        for row in connection.execute(query, {"page_ids": chunk}, binary=True).fetchall():
            page = Page(
                url=row[1],
                final_url=row[1],
                wire=row[2],
                body=zlib.decompress(row[3]),
                fetched_at=row[4],
                content_type=row[5],
                charset=row[6],
                status=row[7],
                etag=row[8],
                last_modified=row[9],
            )
            yield StoredPage(row[0], page, row[10], row[11])


def count_outcomes(connection: Connection[Row], run_id: str, wire: str) -> dict[Outcome, int]:
    """How many URLs of a wire came to what in a run, as recorded; every outcome named."""
    rows = connection.execute(load_queries("store")["count_outcomes"], {"run_id": run_id, "wire": wire}).fetchall()
    counts: dict[str, int] = dict(rows)
    return {outcome: counts.get(outcome.value, 0) for outcome in Outcome}


def count_other_urls(connection: Connection[Row], run_id: str, wire: str, keys: Sequence[bytes]) -> int:
    """How many URLs of a wire a run has on record besides those of ``keys``."""
    asked = {"run_id": run_id, "wire": wire, "keys": list(keys)}
    row = connection.execute(load_queries("store")["count_other_urls"], asked).fetchone()
    return int(row[0]) if row else 0


def read_feed_states(connection: Connection[Row], wire: str) -> dict[str, FeedState]:
    """What was last seen of a wire's feeds, by address."""
    rows = connection.execute(load_queries("store")["list_feed_states"], {"wire": wire}).fetchall()
    return {row[0]: FeedState(row[0], row[1], row[2], bytes(row[3]) if row[3] else None, row[4]) for row in rows}


def save_feed_states(connection: Connection[Row], wire: str, states: Iterable[FeedState], window_end: datetime) -> None:
    """Remember feeds. To be called only when all that they named has an outcome: what is remembered is not read again
    as long as it answers the same. A second look at the same feed for the same window writes nothing."""
    query = load_queries("store")["save_feed_state"]
    with connection.transaction():
        for state in sorted(states, key=lambda state: state.url):
            connection.execute(
                query,
                {
                    "wire": wire,
                    "url": sanitize_for_postgres(state.url),
                    "etag": _sanitize_header(state.etag),
                    "last_modified": _sanitize_header(state.last_modified),
                    "body_sha256": state.sha256,
                    "checked_at": state.checked_at,
                    "window_end": window_end,
                },
            )


def get_database_time(connection: Connection[Row]) -> datetime:
    """The database's clock, aware UTC: the one that decides when a worker's differs."""
    (row,) = connection.execute(load_queries("store")["get_time"]).fetchall()
    return row[0]  # type: ignore[no-any-return]


def sanitize_for_postgres(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 can't hold: NULs and lone surrogates become U+FFFD."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sanitize_header(value: str | None) -> str | None:
    """A header's value, mended, without control characters, at most ``_MAX_HEADER_CHARS`` characters."""
    if value is None:
        return None
    return "".join(char for char in sanitize_for_postgres(value) if char.isprintable())[:_MAX_HEADER_CHARS]


def _save_contents(connection: Connection[Row], fetched: Sequence[FetchedPage]) -> dict[bytes, datetime]:
    """Store the bytes that are new, or were dropped; returns for each content when its bytes were stored."""
    queries = load_queries("store")
    first = {one.sha256: one.page for one in reversed(fetched)}
    shas = sorted(first)
    given = {"shas": shas, "ats": [first[sha].fetched_at for sha in shas]}
    sizes = [len(first[sha].body) for sha in shas]
    new = connection.execute(queries["save_contents"], {**given, "sizes": sizes}).fetchall()
    back = connection.execute(queries["restore_contents"], given).fetchall()
    for sha in sorted(bytes(row[0]) for row in [*new, *back]):
        page = first[sha]
        body = zlib.compress(page.body, _COMPRESSION_LEVEL)
        connection.execute(queries["save_body"], {"sha": sha, "at": page.fetched_at, "body": body})
    rows = connection.execute(queries["list_contents"], {"shas": shas}).fetchall()
    return {bytes(sha): at for sha, at in rows}


def _to_fetch(run_id: str, one: FetchedPage, outcomes: dict[UUID, Outcome]) -> Fetch:
    page_id = make_page_id(one.url_key, one.sha256)
    return Fetch(
        run_id=run_id,
        wire=one.page.wire,
        url_key=one.url_key,
        url=one.page.url,
        outcome=outcomes[page_id],
        fetched_at=one.page.fetched_at,
        status=one.page.status,
        page_id=page_id,
        body_bytes=len(one.page.body),
    )
