"""The records of the time parser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

MAX_KEPT_CHARS = 200
"""Longer texts are kept up to here."""


class Precision(StrEnum):
    """How exactly a text gives a time."""

    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


class Label(StrEnum):
    """What a line says that its time is."""

    NONE = ""
    PUBLISHED = "published"
    UPDATED = "updated"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """A time as a text gives it."""

    text: str
    """The text itself, at most ``MAX_KEPT_CHARS``."""
    instant: datetime | None = None
    """Aware, UTC, whole seconds; None if it is not certain. A day without a time of day is its midnight in UTC."""
    precision: Precision = Precision.DAY
    """How exact the text is."""
    utc_offset: timedelta | None = None
    """Offset from UTC of the time of day as written; None without a time of day or without an instant."""
    is_offset_stated: bool = False
    """Whether the text states the offset; otherwise it is that of the zone that was assumed."""
    day: date | None = None
    """The day as written. Certain even if the time of day or its zone is not; None if there is none."""

    @property
    def has_clock(self) -> bool:
        """Whether the instant includes a time of day."""
        return self.instant is not None and self.precision is not Precision.DAY


@dataclass(frozen=True, slots=True)
class FoundTime:
    """A time inside a longer text."""

    time: ParsedTime
    label: Label
    start: int
    """Offset of its first character in the text as ``normalize`` returns it."""
    end: int
