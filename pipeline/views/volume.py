"""How many articles were published by hour, and how many usually are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)

SHOWN_HOURS = 48
BASELINE_WEEKS = 4
"""The number of past weeks that an hour is compared with; at least two of them must have articles."""

MIN_WEEKS = 2


@dataclass(frozen=True, slots=True)
class HourVolume:
    """The articles published in an hour.

    Attributes:
        hour: The start of the hour (UTC).
        articles: Their number, up to now if the hour has not ended.
        usual: The mean of the same hour of earlier weeks; None if too few of them have articles.
    """

    hour: datetime
    articles: int
    usual: float | None


@dataclass(frozen=True, slots=True)
class _HourCount:
    hour: datetime
    count: int


def list_volume(
    connection: Connection[Row], now: datetime, wire: str | None = None, hours: int = SHOWN_HOURS
) -> list[HourVolume]:
    """Return the volume of the hours up to the one that ``now`` is in, the earliest first.

    Args:
        connection: A connection in a transaction.
        now: The current time (aware).
        wire: Count only the articles of this wire.
        hours: The number of hours.
    """
    until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    params = {"until": until, "hours": hours, "weeks": BASELINE_WEEKS, "wire": wire}
    rows = fetch_all(connection, _HourCount, queries.volume.count_by_hour, params)
    return compare_hours({row.hour.astimezone(UTC): row.count for row in rows}, until, hours)


def compare_hours(counts: Mapping[datetime, int], until: datetime, hours: int) -> list[HourVolume]:
    """Return the hours before ``until``, each with the mean of the same hour of the weeks before.

    Weeks without any article are ignored: the wires were not crawled then.
    """
    shown = [until - HOUR * number for number in range(hours, 0, -1)]
    weeks = [
        week for week in range(1, BASELINE_WEEKS + 1) if any(counts.get(hour - WEEK * week, 0) for hour in shown)
    ]  # fmt: skip
    return [
        HourVolume(
            hour,
            counts.get(hour, 0),
            sum(counts.get(hour - WEEK * week, 0) for week in weeks) / len(weeks) if len(weeks) >= MIN_WEEKS else None,
        )
        for hour in shown
    ]
