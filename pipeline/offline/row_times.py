"""Times as files have them: numbers of seconds, dates of a table, and text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from copydesk.pipeline.core.iso_times import parse_iso_time

VALID_YEARS = range(1800, 2200)
"""Years of news; a number that gives another one does not count seconds."""

# Fewer digits may be a year or a day.
_NUMBER = re.compile(r"-?[0-9]{9,19}(?:\.[0-9]+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT_LIMIT_SECONDS = 100_000_000_000
"""From here on, a number counts milliseconds, then microseconds, then nanoseconds; in seconds it would be year 5138."""


def parse_row_time(value: object, language: str = "") -> datetime | None:
    """Return a time in UTC; None if the value is not one.

    Args:
        value: A number since 1970 in seconds, milliseconds, microseconds or nanoseconds, also as text; a date or time
            of a Parquet file; or a text that `core.times` can read with certainty. A time without an offset is taken as
            UTC, a date as its midnight.
        language: Language of the text, if known.
    """
    try:
        found = _parse_value(value, language)
        if found is None:
            return None
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year in VALID_YEARS else None


def _parse_value(value: object, language: str) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = str(value).strip()
    if iso := parse_iso_time(text):
        return iso[0]
    # Imported here, because most files have ISO 8601 only, and the tables take a twentieth of a second.
    from copydesk.pipeline.core.times import parse_time

    found = parse_time(text, language=language).instant
    return _from_number(float(text)) if found is None and _NUMBER.fullmatch(text) else found


def _from_number(number: float) -> datetime:
    seconds = float(number)
    for _ in range(3):
        if abs(seconds) >= _UNIT_LIMIT_SECONDS:
            seconds /= 1_000
    return _EPOCH + timedelta(seconds=seconds)
