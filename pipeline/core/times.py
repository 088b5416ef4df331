"""What a run is about: its window, its wires, and how each wire is worked."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.pipeline.core.errors import BadInput

VALID_YEARS = range(1900, 2200)
"""Those of times that are asked for."""


def parse_time(text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC.

    Raises:
        BadInput: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no time.", "Write it as 2026-03-01T05:00Z.") from None
    if moment.year not in VALID_YEARS:
        raise BadInput(f"{text!r} is no time that a wire knows.", "Write it as 2026-03-01T05:00Z.")
    return moment
