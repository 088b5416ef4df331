"""Queries for one wire: whether it is known, and how it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_counts, fetch_one, fetch_value, fetch_values


@dataclass(frozen=True, slots=True)
class WireActivity:
    """A wire's last crawls, by the ends of their windows, and its articles; None if there is none."""

    last_good_crawl: datetime | None
    last_crawl: datetime | None
    recent_articles: int
    latest_article: datetime | None


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """The number of URLs (stage ``crawl``) or pages (stage ``clean``) without an article, for one reason."""

    stage: str
    outcome: str
    reason: str
    count: int


def assert_wire_is_known(connection: Connection[Row], wire: str, configured: Iterable[str]) -> None:
    """Check that a wire is configured, or that something is stored for it.

    Args:
        connection: An open connection.
        wire: The name.
        configured: The wires with a source file.

    Raises:
        NotFound: Neither; the message suggests similar names.
    """
    known = set(configured)
    if wire in known or fetch_value(connection, bool, queries.wire.is_stored, {"wire": wire}):
        return
    known.update(list_stored_wires(connection))
    remedy = f"{suggest_names(wire, known)} `copydesk wires` lists the configured wires."
    raise NotFound(f"No wire named {wire!r}.", remedy.strip())


def list_stored_wires(connection: Connection[Row]) -> list[str]:
    """Return the wires that something is stored for."""
    return fetch_values(connection, str, queries.wire.list_stored)


def read_wire_activity(connection: Connection[Row], wire: str, since: datetime) -> WireActivity:
    """Return what is known about a wire; its recent articles are those published since a time."""
    activity = fetch_one(connection, WireActivity, queries.wire.get_activity, {"wire": wire, "since": since})
    return activity or WireActivity(None, None, 0, None)


def count_refusals(connection: Connection[Row], wire: str, since: datetime) -> list[RefusalCount]:
    """Return the wire's URLs and pages without an article in runs since a time, the most frequent reason first."""
    return fetch_all(connection, RefusalCount, queries.wire.count_refusals, {"wire": wire, "since": since})


def count_quarantined(connection: Connection[Row], wire: str) -> dict[str, int]:
    """Return the number of the wire's pages in quarantine by reason."""
    return fetch_counts(connection, queries.wire.count_quarantined, {"wire": wire})
