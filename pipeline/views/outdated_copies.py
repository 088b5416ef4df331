"""Copies that still show a text that was killed or corrected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all


@dataclass(frozen=True, slots=True)
class OutdatedCopy:
    """One copy, as in the ``v_outdated_copies`` view.

    Attributes:
        reason: ``killed`` or ``corrected``.
        title: The title that the copy shows.
        shown_version: The version of the story that the copy shows; None if no text of its desk is stored.
        shown_at: When that version was published, or found if its page was changed.
        shown_share: The share of the copy's text that is in that version, from 0 to 1.
        outdated_since: When the story was killed, or the first correction after that version was published.
        newer_version: The kill or that correction.
        newer_notice: Its notice.
        last_seen_at: When the copy was last fetched with success.
        origin_wire: The wire that the versions come from.
    """

    story_id: UUID
    reason: str
    article_id: UUID
    wire: str
    url: str
    title: str
    published_at: datetime
    shown_version: UUID | None
    shown_at: datetime | None
    shown_title: str | None
    shown_share: float | None
    outdated_since: datetime
    newer_version: UUID | None
    newer_notice: str | None
    last_seen_at: datetime
    origin_wire: str
    origin_agency: str


def list_outdated_copies(
    connection: Connection[Row],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    wire: str | None = None,
    limit: int = 50,
) -> list[OutdatedCopy]:
    """Return copies of killed and corrected texts, those of the latest kills and corrections first.

    Args:
        connection: A connection in a transaction.
        since: Only those outdated at or after this time (aware).
        until: Only those outdated before this time (aware).
        wire: Only copies of this wire.
        limit: The maximum number.
    """
    params = {"since": since, "until": until, "wire": wire, "limit": limit}
    return fetch_all(connection, OutdatedCopy, queries.browse.list_outdated_copies, params)
