"""What hosts have asked for, and how many requests they got: it applies to every crawl, in whatever run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_one
from copydesk.pipeline.db.sanitize import sanitize_for_postgres

ROBOTS_MAX_AGE = timedelta(days=1)
"""How long a stored robots.txt is used: at most a day, by RFC 9309, 2.4."""


@dataclass(frozen=True, slots=True)
class HostState:
    """The state of a host.

    Attributes:
        pause_seconds: Seconds until the host accepts requests again; 0 if it does now.
        idle_seconds: Seconds since the last request of the last crawl that ended; None without one.
    """

    pause_seconds: float = 0.0
    idle_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Requests that a crawl may send to a host on a day (UTC)."""

    day: date
    granted: int


@dataclass(frozen=True, slots=True)
class StoredRobots:
    """A stored robots.txt: its HTTP status, and its text, which is empty if there is no file."""

    status: int
    body: str


def read_host_state(connection: Connection[Row], host: str) -> HostState:
    """Return the state of a host (name and port)."""
    return fetch_one(connection, HostState, queries.host.get_state, {"host": host}) or HostState()


def save_pause(connection: Connection[Row], host: str, seconds: float) -> None:
    """Save that a host wants no request for some seconds; an earlier, longer pause stays."""
    connection.execute(queries.host.save_pause, {"host": host, "pause": timedelta(seconds=seconds)})


def reserve_requests(connection: Connection[Row], host: str, wanted: int, budget: int | None) -> Reservation | None:
    """Reserve requests of today's budget (UTC).

    If it is called again after its commit was not confirmed, some requests are counted twice, so that a budget is
    never exceeded.

    Args:
        connection: A connection in a transaction.
        host: Name and port.
        wanted: The number of requests to reserve, at least 1.
        budget: The number of requests to the host that are allowed on a day; None: any number.

    Returns:
        None if the budget is used up.
    """
    connection.execute(queries.host.add_day, {"host": host})
    params = {"host": host, "wanted": wanted, "budget": budget}
    return fetch_one(connection, Reservation, queries.host.reserve_requests, params)


def release_host(connection: Connection[Row], host: str, idle_seconds: float, reserved: Reservation) -> None:
    """Return unused requests at the end of a crawl, and save when it sent its last one.

    Args:
        connection: A connection in a transaction.
        host: Name and port.
        idle_seconds: Seconds since the last request.
        reserved: The requests that were not needed.
    """
    connection.execute(queries.host.save_last_request, {"host": host, "age": timedelta(seconds=idle_seconds)})
    return_requests(connection, host, reserved)


def return_requests(connection: Connection[Row], host: str, reserved: Reservation) -> None:
    """Return requests that were reserved and not needed."""
    params = {"host": host, "day": reserved.day, "unused": reserved.granted}
    connection.execute(queries.host.return_requests, params)


def find_robots(connection: Connection[Row], origin: str) -> StoredRobots | None:
    """Return the robots.txt of an origin, if it was fetched within ``ROBOTS_MAX_AGE``, even if there was no file."""
    params = {"origin": origin, "max_age": ROBOTS_MAX_AGE}
    return fetch_one(connection, StoredRobots, queries.host.find_robots, params)


def save_robots(connection: Connection[Row], origin: str, status: int | None, body: str) -> None:
    """Save the result of a request for a robots.txt; ``status`` is None if there was no response."""
    params = {"origin": origin, "status": status, "body": sanitize_for_postgres(body)}
    connection.execute(queries.host.save_robots, params)
