"""Arguments of the Python API in the forms that people pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.times import parse_user_time

Time = str | datetime | timedelta | None
"""A time: ISO 8601 or relative (``24h``, ``yesterday``) as text, an aware ``datetime``, an age, or None."""


def to_time(value: Time, name: str, now: datetime | None = None) -> datetime | None:
    """Return a time as an aware ``datetime`` in UTC; None stays None.

    Args:
        value: The time.
        name: The name of the argument, for the error.
        now: What an age is relative to (aware); None for the current time.

    Raises:
        BadInput: It is not a time, or has no time zone.
    """
    now = now or datetime.now(UTC)
    if value is None:
        return None
    if isinstance(value, str):
        return parse_user_time(value, now)
    if isinstance(value, timedelta):
        return now - value
    if not isinstance(value, datetime):
        raise BadInput(f"{name} is not a time: {value!r}.", "Pass text such as '24h', a datetime or a timedelta.")
    if value.tzinfo is None:
        raise BadInput(f"{name} has no time zone: {value!r}.", "Pass datetime(..., tzinfo=UTC).")
    return value.astimezone(UTC)
