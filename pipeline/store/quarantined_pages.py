"""Pages in quarantine: pages that could not be read, until they are recovered or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one, fetch_values


@dataclass(frozen=True, slots=True)
class QuarantinedPage:
    """A page that is or was in quarantine; ``reason`` is a code, ``detail`` a message."""

    id: int
    at: datetime
    wire: str
    stage: str
    reason: str
    detail: str
    url: str
    dag_id: str
    run_id: str
    state: str


@dataclass(frozen=True, slots=True)
class QuarantinedPageDetails(QuarantinedPage):
    """All that is known about a page in quarantine; the fields of the page are None if it has been deleted."""

    resolved_at: datetime | None
    page_id: UUID | None
    fetched_at: datetime | None
    status: int | None
    content_type: str
    charset: str | None
    body_bytes: int | None
    is_body_deleted: bool


def read_quarantined(connection: Connection[Row], quarantine_id: int) -> QuarantinedPageDetails:
    """Return one page that is or was in quarantine.

    Raises:
        NotFound: There is none with this ID.
    """
    params = {"id": quarantine_id}
    found = fetch_one(connection, QuarantinedPageDetails, queries.quarantine.get_quarantined, params)
    if found is None:
        raise NotFound(
            f"No page in quarantine has the ID {quarantine_id}.", "`copydesk quarantine list --all` lists them."
        )
    return found


def list_quarantined(
    connection: Connection[Row],
    *,
    wire: str | None = None,
    reason: str | None = None,
    include_resolved: bool = False,
    limit: int = 100,
) -> list[QuarantinedPage]:
    """Return pages in quarantine, the earliest first.

    Args:
        connection: An open connection.
        wire: Only pages of this wire.
        reason: Only pages with this reason.
        include_resolved: Include pages that have left the quarantine.
        limit: The maximum number of pages.
    """
    params = {"wire": wire, "reason": reason, "all": include_resolved, "limit": limit}
    return fetch_all(connection, QuarantinedPage, queries.quarantine.list_quarantined, params)


def check_ids(connection: Connection[Row], ids: Sequence[int]) -> None:
    """Check that all of these are in quarantine and can be read again.

    Raises:
        NotFound: Some are not; the message lists them.
    """
    replayable = fetch_values(connection, int, queries.quarantine.list_replayable_ids, {"ids": list(ids)})
    if absent := sorted(set(ids).difference(replayable)):
        listed = ", ".join(map(str, absent))
        raise NotFound(f"Not in quarantine: {listed}.", "`copydesk quarantine list` lists the pages in quarantine.")
