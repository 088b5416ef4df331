"""Parse times that users write: ISO 8601, or relative to now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.times.date_parts import VALID_YEARS
from copydesk.pipeline.core.times.parse import parse_time

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(
    r"-?\s*(\d{1,9})\s*(?:(m)(?:ins?|inutes?)?|(s)(?:ecs?|econds?)?|(h)(?:rs?|ours?)?|(d)(?:ays?)?|(w)(?:eeks?)?)"
    r"(?:\s+ago)?",
    re.IGNORECASE | re.ASCII,
)
_DAYS_AGO = {"today": 0, "yesterday": 1}


def parse_user_time(text: str, now: datetime | None = None) -> datetime:
    """Parse a time from the command line: ISO 8601, or relative to now.

    A relative time is an age (``90m``, ``24h``, ``7d``, ``2w``; also ``24 hours ago``), ``now``, or ``today`` or
    ``yesterday``, which mean the start of that day in UTC.

    Args:
        text: The time.
        now: What it is relative to, aware; None for the current time. A command that parses several times passes the
            same one for all.

    Returns:
        An aware time in UTC; a time without an offset is taken as UTC.

    Raises:
        BadInput: The text is not a certain time.
    """
    relative = _parse_relative(text.strip(), now or datetime.now(UTC))
    return relative or _parse_absolute(text, "use ISO 8601 or a relative time such as 24h, 7d, today or yesterday")


def parse_user_span(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """Parse the values of ``--since`` and ``--until``; an empty one is None.

    Raises:
        BadInput: One is not a certain time, or the end is not after the start.
    """
    now = datetime.now(UTC)
    start, end = (parse_user_time(text, now) if text else None for text in (since, until))
    if start is not None and end is not None and start >= end:
        raise BadInput(f"The time span from {since} to {until} is empty.", "Set an end after the start.")
    return start, end


def parse_absolute_time(text: str) -> datetime:
    """Parse a time that must not be relative, because it is read more than once.

    Returns:
        An aware time in UTC; a time without an offset is taken as UTC.

    Raises:
        BadInput: The text is not a certain time.
    """
    return _parse_absolute(text, "use ISO 8601, for example 2026-03-01T05:00Z")


def _parse_relative(text: str, now: datetime) -> datetime | None:
    if text.lower() == "now":
        return now
    if (days := _DAYS_AGO.get(text.lower())) is not None:
        return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    unit = next(group for group in match.groups()[1:] if group).lower()
    try:
        time = now - timedelta(**{_UNITS[unit]: int(match[1])})
    except OverflowError:
        return None
    return time if time.year in VALID_YEARS else None


def _parse_absolute(text: str, remedy: str) -> datetime:
    parsed = parse_time(text)
    if parsed.instant is None:
        years = f"years {VALID_YEARS.start} to {VALID_YEARS.stop - 1}"
        raise BadInput(f"Invalid time {text!r}; {remedy} ({years}).")
    return parsed.instant
