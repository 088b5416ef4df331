"""How wires do: from their stored crawls, articles and polls, for many wires at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg import Connection

from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row
from copydesk.pipeline.runs.cadence import compute_next_poll
from copydesk.pipeline.runs.layout_drift import LayoutChange, detect_layout_changes, find_possible_changes
from copydesk.pipeline.store.wire_polls import WirePoll, read_polls
from copydesk.pipeline.views.wire_queries import HostNow, WireActivity, count_quarantined, list_activity, list_hosts

RECENT = timedelta(hours=24)
"""The span of a wire's recent articles."""

LOSSES_SINCE = timedelta(days=7)
"""The span of refusals and failures."""

OVERVIEW_RUNS = 200
"""How many runs are looked at for many wires at once: eight days of hourly runs."""

ALL_RUNS = 2000
"""Likewise, for one wire: twelve weeks."""


class HealthState(StrEnum):
    """How a wire does."""

    OK = "ok"
    FAILING = "failing"
    LAYOUT_CHANGED = "layout changed"
    NEVER_CRAWLED = "never crawled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class WireHealth:
    """How a wire does.

    Attributes:
        state: The state.
        reason: What explains it; empty if it is ok.
        activity: Its last crawls and its articles.
        failures_in_a_row: How many polls in a row have failed.
        failing_since: When the first of them was.
        next_poll_at: When it is polled next; None if it is disabled or was never polled.
        host: What its host allows at the moment.
        quarantine: The number of its pages in quarantine by reason.
    """

    wire: str
    state: HealthState
    reason: str
    activity: WireActivity
    failures_in_a_row: int
    failing_since: datetime | None
    next_poll_at: datetime | None
    host: HostNow
    quarantine: Mapping[str, int]


def read_health(
    connection: Connection[Row], sources: Iterable[Source], now: datetime, max_runs: int = OVERVIEW_RUNS
) -> dict[str, WireHealth]:
    """Return how wires do, by wire, in the order of their names.

    Args:
        connection: A connection in a transaction.
        sources: The wires.
        now: The current time (aware).
        max_runs: How many of the latest runs are looked at.
    """
    by_name = {source.name: source for source in sorted(sources, key=lambda one: one.name)}
    wires = list(by_name)
    activities = list_activity(connection, wires, now, now - RECENT, now - LOSSES_SINCE, max_runs)
    polls = read_polls(connection, wires)
    suspects = find_possible_changes(connection, [name for name, source in by_name.items() if source.page], max_runs)
    changes = detect_layout_changes(connection, suspects)
    hosts = list_hosts(connection, {source.host for source in by_name.values()})
    quarantine = count_quarantined(connection, wires)
    return {
        name: _judge(
            source,
            activities.get(name, WireActivity(name)),
            polls.get(name),
            changes.get(name),
            hosts.get(source.host, HostNow(source.host)),
            quarantine.get(name, {}),
        )
        for name, source in by_name.items()
    }


def _judge(
    source: Source,
    activity: WireActivity,
    poll: WirePoll | None,
    change: LayoutChange | None,
    host: HostNow,
    quarantine: Mapping[str, int],
) -> WireHealth:
    state, reason = HealthState.OK, ""
    if not source.enabled:
        state = HealthState.DISABLED
    elif poll is not None and poll.failures:
        state, reason = HealthState.FAILING, poll.reason
    elif activity.last_crawl is None:  # or before the runs that were looked at
        state = HealthState.NEVER_CRAWLED if poll is None else HealthState.OK
    elif activity.last_good_crawl is None or activity.last_good_crawl < activity.last_crawl:
        state, reason = HealthState.FAILING, "its last crawl failed"
    elif change is not None:
        state, reason = HealthState.LAYOUT_CHANGED, f"since {change.since:%Y-%m-%d %H:%M}"
    return WireHealth(
        wire=source.name,
        state=state,
        reason=reason,
        activity=activity,
        failures_in_a_row=poll.failures if poll else 0,
        failing_since=poll.failing_since if poll else None,
        next_poll_at=compute_next_poll(poll, source.every) if poll and source.enabled else None,
        host=host,
        quarantine=quarantine,
    )
