"""Times as files have them: numbers of seconds, dates of a table, and text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

VALID_YEARS = range(1800, 2200)
"""Years of news; a number that gives another one does not count seconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT_LIMIT_SECONDS = 100_000_000_000
"""From here on, a number counts milliseconds, then microseconds, then nanoseconds; in seconds it would be year 5138."""


def parse_row_time(value: object, language: str = "") -> datetime | None:
    """Return a time in UTC; None if the value is not one.

    Args:
        value: A number since 1970 in seconds, milliseconds, microseconds or nanoseconds; a date or time of a Parquet
            file; or text. A time without an offset is taken as UTC.
        language: Language of the text, if known.
    """
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            found = _from_number(value)
        elif isinstance(value, datetime):
            found = value
        elif isinstance(value, date):
            found = datetime.combine(value, time())
        else:
            found = _from_text(str(value).strip(), language)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in VALID_YEARS else None


def _from_number(number: float) -> datetime:
    seconds = float(number)
    for _ in range(3):
        if abs(seconds) >= _UNIT_LIMIT_SECONDS:
            seconds /= 1_000
    return _EPOCH + timedelta(seconds=seconds)


def _from_text(text: str, language: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return _from_number(float(text))
    except ValueError:
        return parsedate_to_datetime(text)
