"""Times in feeds and sitemaps, parsed strictly. An invalid time is None, never the current time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_tz

EARLIEST_PLAUSIBLE_TIME = datetime(1990, 1, 1, tzinfo=UTC)
MAX_CLOCK_SKEW = timedelta(hours=1)
"""How far in the future a time may be: a server's clock may be wrong, or its time zone by an hour."""
_MAX_TIME_CHARS = 100

_ZONE_OFFSET_HOURS = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "TRT": 3, "GST": 4, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Unambiguous zone abbreviations, in hours east of UTC. Others (IST ...) count as the wire's time zone, except the
American ones of RFC 822 (EST, CST ...), which ``parsedate_tz`` resolves."""
_ISO_8601 = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2}))?"
    r"(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)


def parse_feed_time(text: str | None, zone: tzinfo, now: datetime) -> datetime | None:
    """Parse a time in ISO 8601 or RFC 822.

    Args:
        text: The time. A date without a time means the first minute of the day.
        zone: The time zone of a time without one.
        now: The current time (aware).

    Returns:
        The time, aware, UTC; None if it is missing, invalid or implausible: before 1990, or more than an hour after
        ``now``.
    """
    stripped = (text or "").strip()[:_MAX_TIME_CHARS]
    parsed = _parse_iso_8601(stripped, zone) or _parse_rfc_822(stripped, zone)
    if parsed is None or not EARLIEST_PLAUSIBLE_TIME <= parsed <= now + MAX_CLOCK_SKEW:
        return None
    return parsed


def _parse_iso_8601(text: str, zone: tzinfo) -> datetime | None:
    match = _ISO_8601.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, offset = match.groups()
    try:
        naive = datetime.combine(
            date(int(year), int(month), int(day or 1)),
            time(int(hour or 0), int(minute or 0), min(int(second or 0), 59)),
        )
        time_zone: tzinfo = zone
        if offset:
            time_zone = UTC if offset in "Zz" else _parse_offset(offset)
        return naive.replace(tzinfo=time_zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_offset(text: str) -> timezone:
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _parse_rfc_822(text: str, zone: tzinfo) -> datetime | None:
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        # For an unknown zone, parsedate_tz returns None, or 0 with the name left in the text. "-0000" means no zone.
        name = text.rsplit(" ", 1)[-1].strip("()").upper()
        time_zone: tzinfo = zone
        if name in _ZONE_OFFSET_HOURS:
            time_zone = timezone(timedelta(hours=_ZONE_OFFSET_HOURS[name]))
        elif parts[9] is not None and (parts[9] or name in {"GMT", "UT", "UTC", "Z"} or re.search(r"[+]0000", name)):
            time_zone = timezone(timedelta(seconds=parts[9]))
        year, month, day, hour, minute, second = parts[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=time_zone).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
