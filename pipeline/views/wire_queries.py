"""Queries for wires: whether they are known, how they do, and who copies whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_value, fetch_values
from copydesk.pipeline.store.profiles import get_live_profile_id

BASELINE_WEEKS = 4
"""The number of past weeks of which the usual number of articles is the mean."""


@dataclass(frozen=True, slots=True)
class WireActivity:
    """A wire's last crawls, by the ends of their windows, and its articles; None if there is none.

    Attributes:
        usual: The usual number of recent articles: the mean of the same hours of earlier weeks; None if unknown.
        refused: The number of URLs and pages of its last runs that were refused; likewise ``failed`` and
            ``quarantined``.
        tried: The number of all of them.
    """

    wire: str
    last_good_crawl: datetime | None = None
    last_crawl: datetime | None = None
    recent_articles: int = 0
    latest_article: datetime | None = None
    usual: float | None = None
    refused: int = 0
    failed: int = 0
    quarantined: int = 0
    tried: int = 0


@dataclass(frozen=True, slots=True)
class HostNow:
    """What a host allows at the moment.

    Attributes:
        paused_until: It has asked for no request until then; may be in the past.
        last_request_at: When the last crawl that ended sent its last request.
        is_crawled: Whether it is being crawled.
        requests: The number of today's requests (UTC).
    """

    host: str
    paused_until: datetime | None = None
    last_request_at: datetime | None = None
    is_crawled: bool = False
    requests: int = 0


@dataclass(frozen=True, slots=True)
class LatestPage:
    """One of the pages of a wire that were fetched last, and what was read from it."""

    page_id: UUID
    url: str
    at: datetime
    status: int
    outcome: str
    reason: str
    title: str
    story_id: UUID | None


@dataclass(frozen=True, slots=True)
class Copying:
    """How often an outlet had a story of another one.

    Attributes:
        source: The wire that the stories come from.
        outlet: The wire that had them too.
        stories: The number of stories.
        median_seconds: The median delay of the outlet's first copy; negative if it usually was earlier.
    """

    source: str
    outlet: str
    stories: int
    median_seconds: float


@dataclass(frozen=True, slots=True)
class _QuarantineCount:
    wire: str
    reason: str
    count: int


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


def list_activity(
    connection: Connection[Row],
    wires: Sequence[str],
    now: datetime,
    since: datetime,
    losses_since: datetime,
    max_runs: int,
) -> dict[str, WireActivity]:
    """Return what is known about wires.

    Args:
        connection: A connection in a transaction.
        wires: Their names.
        now: The current time (aware).
        since: Articles published since then are recent.
        losses_since: Refusals and failures are those of runs with windows that end after that.
        max_runs: How many of the latest runs are looked at.
    """
    params = {
        "wires": list(wires), "now": now, "since": since, "losses_since": losses_since, "max_runs": max_runs,
        "weeks": BASELINE_WEEKS,
    }  # fmt: skip
    return {row.wire: row for row in fetch_all(connection, WireActivity, queries.wire.list_activity, params)}


def list_hosts(connection: Connection[Row], hosts: Iterable[str]) -> dict[str, HostNow]:
    """Return what hosts (name and port) allow at the moment."""
    params = {"hosts": sorted(hosts)}
    return {row.host: row for row in fetch_all(connection, HostNow, queries.wire.list_host_states, params)}


def list_latest_pages(connection: Connection[Row], wire: str, limit: int) -> list[LatestPage]:
    """Return the latest pages of a wire, those that were fetched last first."""
    params = {"wire": wire, "limit": limit, "profile_id": get_live_profile_id(connection)}
    return fetch_all(connection, LatestPage, queries.wire.list_latest_pages, params)


def list_copying(connection: Connection[Row], since: datetime, limit: int) -> list[Copying]:
    """Return who copies whom in the latest live stories with several outlets, the most frequent first.

    Args:
        connection: A connection in a transaction.
        since: Only stories with a copy published since then.
        limit: The maximum number of stories.
    """
    params = {"since": since, "limit": limit, "profile_id": get_live_profile_id(connection)}
    return fetch_all(connection, Copying, queries.wire.list_copying, params)


def count_refusals(connection: Connection[Row], wire: str, since: datetime) -> list[RefusalCount]:
    """Return the wire's URLs and pages without an article in runs since a time, the most frequent reason first."""
    return fetch_all(connection, RefusalCount, queries.wire.count_refusals, {"wire": wire, "since": since})


def count_quarantined(connection: Connection[Row], wires: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the number of pages in quarantine by wire and reason, the most frequent reason first."""
    counts: dict[str, dict[str, int]] = {}
    for row in fetch_all(connection, _QuarantineCount, queries.wire.count_quarantined, {"wires": list(wires)}):
        counts.setdefault(row.wire, {})[row.reason] = row.count
    return counts
