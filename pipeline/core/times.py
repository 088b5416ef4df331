"""Parse times that users write."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.pipeline.core.errors import BadInput

VALID_YEARS = range(1900, 2200)
"""Years that a user may ask for; windows outside them would overflow when extended."""


def parse_time(text: str) -> datetime:
    """Parse an ISO 8601 time.

    Returns:
        An aware time in UTC; a time without an offset is taken as UTC.

    Raises:
        BadInput: The text is not a valid time.
    """
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"Invalid time {text!r}; expected ISO 8601, for example 2026-03-01T05:00Z.") from None
    if time.year not in VALID_YEARS:
        raise BadInput(f"Invalid time {text!r}; expected a year from {VALID_YEARS.start} to {VALID_YEARS.stop - 1}.")
    return time
