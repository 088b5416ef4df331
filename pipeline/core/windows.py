"""Build time windows from what users and Airflow give."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.pipeline.core.errors import BadInput, BadWindow
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.times import parse_absolute_time
from copydesk.pipeline.core.times.date_parts import VALID_YEARS


def parse_window_time(value: object) -> datetime:
    """Parse the start or the end of a window.

    Returns:
        An aware time in UTC; a time without an offset is taken as UTC.

    Raises:
        BadWindow: The value is not an ISO 8601 time, or its year is not one of ``VALID_YEARS``.
    """
    try:
        return parse_absolute_time(str(value))
    except BadInput as error:
        raise BadWindow(error.message, error.remedy) from None


def make_window(start: datetime, end: datetime) -> Window:
    """Return the window from ``start`` to ``end`` (exclusive), in UTC.

    Args:
        start: An aware time.
        end: An aware time.

    Raises:
        BadWindow: The window is empty, or reaches beyond ``VALID_YEARS``, so that it could not be extended by hours.
    """
    try:
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        valid = start.year in VALID_YEARS and end.year in VALID_YEARS
    except OverflowError:
        valid = False
    if not valid:
        raise BadWindow(
            f"The window from {start.isoformat()} to {end.isoformat()} is outside the years "
            f"{VALID_YEARS.start} to {VALID_YEARS.stop - 1}.",
            "Choose another start and end.",
        )
    if start >= end:
        raise BadWindow(
            f"The window from {start.isoformat()} to {end.isoformat()} is empty.", "Set an end after the start."
        )
    return Window(start, end)
