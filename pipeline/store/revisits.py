"""Which pages of a wire are due to be fetched again, and what earlier revisits have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all

GONE_REASON = "gone"
"""The reason of a refused URL that had a page before, and answers 404 or 410."""

LAST_STEP_SLACK = timedelta(days=1)
"""How long after the last step of the schedule a revisit that was missed is made up for."""

KILLED_SPAN = timedelta(days=30)
"""How long after a kill its copies are revisited, until they change."""

YIELD_SPAN = timedelta(days=30)
"""The revisits of this time show how often pages of a wire change."""

MAX_DUE = 20_000
"""Due pages that are considered by one crawl, to bound its memory."""


@dataclass(frozen=True, slots=True)
class DueRevisit:
    """A page that is due.

    Attributes:
        url_key: SHA-256 of its canonical URL.
        page_id: Its latest stored page, like the next columns.
        due_at: When it became due.
        step: The step of the schedule, from 0; one more than the last for a copy of a killed text.
        fetched_at: When its URL was last fetched with success.
        is_contested: Whether another copy of its story is a kill or a correction.
        is_killed: Whether it is a kill.
    """

    url_key: bytes
    page_id: UUID
    url: str
    canonical_url: str
    etag: str | None
    last_modified: str | None
    sha256: bytes
    published_hint: datetime | None
    feed_source: str
    due_at: datetime
    step: int
    fetched_at: datetime
    is_contested: bool
    is_killed: bool


@dataclass(frozen=True, slots=True)
class RevisitYield:
    """How many revisits of one step found a change; the step is -1 for pages that a feed lists as unchanged."""

    step: int
    visits: int
    changes: int


def list_due_revisits(connection: Connection[Row], wire: str, steps: Sequence[timedelta]) -> list[DueRevisit]:
    """Return the pages of a wire that are due, contested ones first, then the earliest due.

    Args:
        connection: A connection in a transaction.
        wire: The name of the wire.
        steps: How long after it was first fetched a page is fetched again, ascending; at least one.
    """
    params = {
        "wire": wire, "steps": list(steps), "span": steps[-1] + LAST_STEP_SLACK, "killed_span": KILLED_SPAN,
        "killed_every": steps[-1] - steps[-2] if len(steps) > 1 else steps[-1], "limit": MAX_DUE,
    }  # fmt: skip
    return fetch_all(connection, DueRevisit, queries.revisit.list_due, params)


def count_revisit_yields(connection: Connection[Row], wire: str) -> dict[int, RevisitYield]:
    """Return what the revisits of a wire in ``YIELD_SPAN`` have found, by step."""
    rows = fetch_all(connection, RevisitYield, queries.revisit.count_yields, {"wire": wire, "span": YIELD_SPAN})
    return {row.step: row for row in rows}
