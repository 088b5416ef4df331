"""What a run did with each URL and each page, and what was read from a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views.paging import ListPage, decode_position, make_page

ROWS_PER_PAGE = 50


class OutcomeStage(StrEnum):
    """Of what the outcomes are listed: of URLs or of pages."""

    CRAWL = "crawl"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class ListedOutcome:
    """One URL that a run crawled, or one page that it processed.

    Attributes:
        outcome: An ``Outcome`` of a URL, or a ``PageOutcome``.
        reason: Why there is no article; empty if there is one.
        status: The HTTP status; None if there was no answer.
        at: When it was fetched.
        page_id: The stored page; None if nothing was stored.
        quarantine_id: Its entry in the quarantine, if it is there.
        via: The step that extracted the text.
        title: The title of its article; None without one.
        cut: How many pieces of text were cut from it.
    """

    wire: str
    url: str
    outcome: str
    reason: str
    status: int | None
    body_bytes: int
    at: datetime
    page_id: UUID | None
    key: str
    quarantine_id: int | None
    via: str
    title: str | None
    story_id: UUID | None
    article_id: UUID | None
    cut: int
    remaining: int


@dataclass(frozen=True, slots=True)
class PageReading:
    """What one version of the cleaning rules made of a page.

    Attributes:
        cleaner: The version of the rules.
        reason: Why there is no article; empty if there is one.
        dropped: The pieces of text that were cut, each with ``reason`` and ``text``.
        dag_id: The run that read it; empty if that was deleted.
    """

    wire: str
    cleaner: str
    outcome: str
    reason: str
    via: str
    article_id: UUID | None
    story_id: UUID | None
    title: str
    dropped: Sequence[Mapping[str, str]]
    dag_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class PageSummary:
    """What is known about a stored page, without its bytes."""

    page_id: UUID
    wire: str
    url: str
    fetched_at: datetime
    status: int
    content_type: str
    body_bytes: int
    is_body_deleted: bool


def list_outcomes(
    connection: Connection[Row],
    run_key: UUID,
    stage: OutcomeStage,
    *,
    wire: str | None = None,
    outcome: str | None = None,
    after: str = "",
) -> ListPage[ListedOutcome]:
    """Return a page of the list of a run's URLs or pages, in the order in which they were fetched.

    Args:
        connection: A connection in a transaction.
        run_key: The key of the run.
        stage: Whether to list URLs or pages.
        wire: Only those of this wire.
        outcome: Only those with this outcome.
        after: The encoded position in the list.

    Raises:
        BadInput: The position is invalid.
    """
    position = decode_position(after, (datetime, str))
    after_time, after_key = position.key or (None, None)
    params = {
        "run_key": run_key, "profile_id": get_live_profile_id(connection), "wire": wire, "outcome": outcome,
        "after_time": after_time, "after_key": after_key, "limit": ROWS_PER_PAGE,
    }  # fmt: skip
    query = queries.outcome_list.list_urls if stage is OutcomeStage.CRAWL else queries.outcome_list.list_pages
    rows = fetch_all(connection, ListedOutcome, query, params)
    key = (rows[-1].at, rows[-1].key) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key)


def read_page_summary(connection: Connection[Row], page_id: UUID) -> PageSummary:
    """Return what is known about a stored page.

    Raises:
        NotFound: There is none with this ID.
    """
    found = fetch_one(connection, PageSummary, queries.outcome_list.get_page, {"page_id": page_id})
    if found is None:
        raise NotFound("No stored page has this ID.", "Follow a link of a run's list.")
    return found


def list_readings(connection: Connection[Row], page_id: UUID) -> list[PageReading]:
    """Return what each version of the cleaning rules made of a page, those with an article first."""
    params = {"page_id": page_id, "profile_id": get_live_profile_id(connection)}
    return fetch_all(connection, PageReading, queries.outcome_list.list_results, params)
