"""Parse times that users write."""

from __future__ import annotations

from datetime import datetime

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.times.date_parts import VALID_YEARS
from copydesk.pipeline.core.times.parse import parse_time


def parse_user_time(text: str) -> datetime:
    """Parse a time from the command line.

    Returns:
        An aware time in UTC; a time without an offset is taken as UTC.

    Raises:
        BadInput: The text is not a certain time.
    """
    parsed = parse_time(text)
    if parsed.instant is None:
        years = f"with a year from {VALID_YEARS.start} to {VALID_YEARS.stop - 1}"
        raise BadInput(f"Invalid time {text!r}; expected ISO 8601 {years}, for example 2026-03-01T05:00Z.")
    return parsed.instant
