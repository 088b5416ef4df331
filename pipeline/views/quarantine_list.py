"""The quarantine in the user interface: read in pages, with the number of pages for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_counts
from copydesk.pipeline.store.quarantined_pages import QuarantinedPage
from copydesk.pipeline.views.paging import ListPage, decode_position, make_page

ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ListedPage(QuarantinedPage):
    """A page in quarantine in a list."""

    remaining: int


def list_quarantine(
    connection: Connection[Row],
    wire: str | None = None,
    reason: str | None = None,
    after: str = "",
    limit: int = ROWS_PER_PAGE,
) -> ListPage[ListedPage]:
    """Return a page of the list of pages in quarantine, the latest first.

    Args:
        connection: A connection in a transaction.
        wire: Only pages of this wire.
        reason: Only pages with this reason.
        after: The encoded position in the list.
        limit: The maximum number of rows.

    Raises:
        BadInput: The position is invalid.
    """
    position = decode_position(after, (datetime, int))
    after_time, after_id = position.key or (None, None)
    params = {
        "wire": wire, "reason": reason, "after_time": after_time, "after_id": after_id, "limit": limit,
    }  # fmt: skip
    rows = fetch_all(connection, ListedPage, queries.quarantine.list_quarantined_after, params)
    key = (rows[-1].at, rows[-1].id) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key)


def count_reasons(connection: Connection[Row], wire: str | None = None) -> dict[str, int]:
    """Return how many pages are in quarantine for each reason, the most frequent first."""
    return fetch_counts(connection, queries.quarantine.count_reasons, {"wire": wire})
