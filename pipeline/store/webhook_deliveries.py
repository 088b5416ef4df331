"""Deliveries of story events to webhooks: which are due, and the outcome of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one, fetch_values
from copydesk.pipeline.store.states import DeliveryState

MATCHED = "search.matched"
"""Among the kinds of events: a saved search has found a story."""

EVENT_SPAN = timedelta(days=30)
"""How far back events are looked for: a receiver that was configured all the time misses none unless no run succeeds
for so long."""

OVERLAP = timedelta(days=1)
"""Events are looked for again for so long: transactions do not commit in the order of their times, and may be long."""


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery to make now: of an event of a story, or of a match of a saved search.

    Attributes:
        attempts: The number of attempts, this one included.
        type: ``story.`` and the kind of the event, or ``search.matched``.
        message: The ID of the message, the same for each attempt.
        search: The name of the saved search; None for an event.
    """

    delivery_id: int
    endpoint: str
    attempts: int
    type: str
    message: str
    at: datetime
    story_id: UUID
    article_id: UUID | None
    related_story: UUID | None
    search: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in a list; ``reason`` is why its last attempt failed."""

    delivery_id: int
    endpoint: str
    state: str
    attempts: int
    next_at: datetime
    reason: str
    type: str
    at: datetime
    story_id: UUID


def add_deliveries(connection: Connection[Row], endpoint: str, kinds: Sequence[str] | None) -> None:
    """Add the events that a receiver has no delivery of, since it was first seen; delete old deliveries that succeeded.

    Args:
        connection: A connection in a transaction.
        endpoint: The name of the receiver.
        kinds: The kinds of events that it wants; None for all.
    """
    wanted = None if kinds is None else list(kinds)
    params = {"endpoint": endpoint, "kinds": wanted, "span": EVENT_SPAN, "overlap": OVERLAP}
    connection.execute(queries.webhook.save_endpoint, params)
    connection.execute(queries.webhook.add_deliveries, params)
    if kinds is None or MATCHED in kinds:
        connection.execute(queries.webhook.add_match_deliveries, params)
    connection.execute(queries.webhook.set_seen, params)
    connection.execute(queries.webhook.delete_delivered, params)


def claim_next(connection: Connection[Row], endpoint: str, after: int, lease: timedelta) -> DueDelivery | None:
    """Return the next delivery that is due, and reserve it for a time; None if there is none.

    Args:
        connection: A connection in a transaction.
        endpoint: The name of the receiver.
        after: Only deliveries with a greater ID.
        lease: For how long nobody else gets it.
    """
    params = {"endpoint": endpoint, "after": after, "lease": lease}
    return fetch_one(connection, DueDelivery, queries.webhook.claim_next, params)


def save_result(
    connection: Connection[Row], delivery_id: int, state: DeliveryState, reason: str = "", wait: timedelta = timedelta()
) -> None:
    """Save the outcome of an attempt; a pending delivery is due again after ``wait``."""
    params = {"delivery_id": delivery_id, "state": state, "reason": reason, "wait": wait}
    connection.execute(queries.webhook.save_result, params)


def list_deliveries(
    connection: Connection[Row], *, endpoint: str | None = None, state: DeliveryState | None = None, limit: int = 50
) -> list[Delivery]:
    """Return deliveries, the latest first, of one receiver or in one state."""
    params = {"endpoint": endpoint, "state": state, "limit": limit}
    return fetch_all(connection, Delivery, queries.webhook.list_deliveries, params)


def retry_deliveries(
    connection: Connection[Row], ids: Sequence[int] | None = None, endpoint: str | None = None
) -> list[int]:
    """Make deliveries due again with all their attempts, and return their IDs.

    Args:
        connection: A connection in a transaction.
        ids: These deliveries, even if they succeeded; None for all that were given up.
        endpoint: Only those of this receiver.
    """
    params = {"ids": None if ids is None else list(ids), "endpoint": endpoint}
    return fetch_values(connection, int, queries.webhook.retry, params)
