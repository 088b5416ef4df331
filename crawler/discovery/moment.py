"""Moments: the times that feeds and sitemaps write, read strictly. What can't be read is None, never "now"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_tz

EARLIEST_PLAUSIBLE_TIME = datetime(1990, 1, 1, tzinfo=UTC)
MAX_CLOCK_SKEW = timedelta(hours=1)  # how far a server's clock may run before ours and still be believed

# Abbreviations that mean one zone only, hours east of UTC. Others (IST, CST outside the RFC ...) count as the wire's.
_ZONE_OFFSET_HOURS = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "TRT": 3, "GST": 4, "PKT": 5, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13,
}  # fmt: skip
_ISO_8601 = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2}))?"
    r"(?:[T ]+(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)


def parse_feed_time(text: str | None, zone: tzinfo, now: datetime) -> datetime | None:
    """The moment that ``text`` names, aware UTC: RFC 822 or ISO 8601, a missing clock zone read as ``zone``.

    None where there is none, it can't be read, or it can't be true (before 1990, more than an hour after ``now``). A
    date without a clock is its first minute in ``zone``.
    """
    written = (text or "").strip()[:100]
    moment = _parse_iso_8601(written, zone) or _parse_rfc_822(written, zone)
    if moment is None or not EARLIEST_PLAUSIBLE_TIME <= moment <= now + MAX_CLOCK_SKEW:
        return None
    return moment


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
        where: tzinfo = zone
        if offset:
            where = UTC if offset in "Zz" else _parse_offset(offset)
        return naive.replace(tzinfo=where).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_offset(text: str) -> timezone:
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if text[0] == "-" else ahead)


def _parse_rfc_822(text: str, zone: tzinfo) -> datetime | None:
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        # An unknown zone comes back as None or as 0 with the name left in the text; "-0000" means "no zone told".
        name = text.rsplit(" ", 1)[-1].strip("()").upper()
        where: tzinfo = zone
        if name in _ZONE_OFFSET_HOURS:
            where = timezone(timedelta(hours=_ZONE_OFFSET_HOURS[name]))
        elif parts[9] is not None and (parts[9] or name in {"GMT", "UT", "UTC", "Z"} or re.search(r"[+]0000", name)):
            where = timezone(timedelta(seconds=parts[9]))
        year, month, day, hour, minute, second = parts[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=where).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
