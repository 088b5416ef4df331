"""Times in feeds and sitemaps. A time that is not certain is None, never the current time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from copydesk.pipeline.core.times import parse_time

EARLIEST_PLAUSIBLE_TIME = datetime(1990, 1, 1, tzinfo=UTC)
MAX_CLOCK_SKEW = timedelta(hours=1)
"""How far in the future a time may be: a server's clock may be wrong, or its time zone by an hour."""


def parse_feed_time(text: str | None, zone: tzinfo, now: datetime, language: str = "") -> datetime | None:
    """Parse the time of an entry.

    Args:
        text: The time. A date without a time of day means the first minute of the day in the zone.
        zone: The time zone of a time without one.
        now: The current time (aware).
        language: Language tag of the feed; empty if unknown.

    Returns:
        The time, aware, UTC; None if it is missing, uncertain or implausible: before 1990, or more than an hour after
        ``now``.
    """
    parsed = parse_time(text or "", language=language, zone=zone, latest=now)
    at = parsed.instant
    if at is not None and parsed.day is not None and not parsed.has_clock:
        at = datetime.combine(parsed.day, time(), zone).astimezone(UTC)
    return at if at is not None and EARLIEST_PLAUSIBLE_TIME <= at <= now + MAX_CLOCK_SKEW else None
