"""Combine date, time of day and zone to an instant, or to none where they leave a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from copydesk.pipeline.core.times.clocks import ClockMatch
from copydesk.pipeline.core.times.date_parts import VALID_YEARS, DateMatch
from copydesk.pipeline.core.times.locale import DayOrder, TimeLocale, find_day_order
from copydesk.pipeline.core.times.parsed_time import MAX_KEPT_CHARS, ParsedTime, Precision
from copydesk.pipeline.core.times.scan import Kind, Part
from copydesk.pipeline.core.times.time_zones import ZoneMatch

# Names that differ by daylight time are often confused: -0400 (EST).
_MAX_NAME_DIFFERENCE = timedelta(hours=1)
# Most pages are fetched on the day of publication, which may be another day in another zone.
_NEAR_DAYS = timedelta(days=1)


def list_weekdays(parts: Sequence[Part]) -> list[int]:
    return [part.value for part in parts if part.kind is Kind.WEEKDAY and isinstance(part.value, int) and part.value]


def combine(
    text: str,
    date_part: Part,
    clock_part: Part | None,
    zone_parts: Sequence[Part],
    weekdays: Sequence[int],
    locale: TimeLocale,
) -> ParsedTime:
    """Return the time of a date, a clock and zones."""
    text = text[:MAX_KEPT_CHARS]
    found, clock = date_part.value, clock_part.value if clock_part else None
    assert isinstance(found, DateMatch)  # noqa: S101 - for mypy
    zones = [part.value for part in zone_parts if isinstance(part.value, ZoneMatch)]
    day = found.day or _choose_day(found, [c for zone in zones for c in zone.countries], weekdays, locale)
    if day is None:
        return ParsedTime(text)
    if not isinstance(clock, ClockMatch):
        return ParsedTime(text, datetime.combine(day, time(), UTC), day=day)
    precision = Precision.SECOND if clock.has_seconds else Precision.MINUTE
    doubtful = ParsedTime(text, precision=precision, day=day)
    if clock.doubtful:
        return doubtful
    tz: tzinfo | None = locale.zone
    if zones:
        tz = _choose_zone(zones, day)
        if tz is None:
            return doubtful
    try:
        local = datetime.combine(day, time(clock.hour % 24, clock.minute, clock.second), tz)
        local += timedelta(days=clock.hour // 24)
        offset = local.utcoffset()
        instant = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return doubtful
    if offset is None or offset != local.replace(fold=1).utcoffset() or instant.year not in VALID_YEARS:
        return doubtful  # the hour that clocks skip or repeat
    return ParsedTime(text, instant, precision, offset, bool(zones), local.date())


def _choose_zone(zones: Sequence[ZoneMatch], day: date) -> tzinfo | None:
    """Return the zone that a text states, an offset before a name; None if it is not known or they disagree."""
    chosen = next((zone for zone in zones if zone.is_numeric), zones[0])
    tz = chosen.zone or (timezone(chosen.offset) if chosen.offset is not None else None)
    if tz is None or chosen.offset is None:
        return tz
    for other in zones:
        offset = other.offset if other.zone is None else other.zone.utcoffset(datetime.combine(day, time(12)))
        if offset is not None and abs(offset - chosen.offset) > _MAX_NAME_DIFFERENCE:
            return None
    return tz


def _choose_day(
    found: DateMatch, mark_countries: Sequence[str], weekdays: Sequence[int], locale: TimeLocale
) -> date | None:
    """Return the day of two numbers in either order: by the weekday, by the order that this writer uses, by a time
    known to be close, by the order that is usual there, or because the other day is in the future.

    Pages are mostly read on the day that they show. If only the unusual order gives that day, either may be meant:
    English texts from anywhere may be written in the American way.
    """
    if found.month_first is None or found.day_first is None:
        return None
    both = (found.month_first, found.day_first)
    by_weekday = [day for day in both if day.isoweekday() in weekdays]
    if len(by_weekday) == 1:
        return by_weekday[0]
    if locale.day_order is not None:
        return found.month_first if locale.day_order is DayOrder.MONTH_FIRST else found.day_first
    if confirmed := _choose_near(both, locale.near):
        return confirmed
    order = find_day_order(locale, tuple(mark_countries))
    today = _choose_near(both, locale.latest)
    if order is not DayOrder.UNKNOWN:
        usual = found.month_first if order is DayOrder.MONTH_FIRST else found.day_first
        is_doubtful = today not in {None, usual} and locale.language in {"", "en"}
        return None if is_doubtful else usual
    if locale.latest is None:
        return None
    possible = [day for day in both if day <= locale.latest.date() + _NEAR_DAYS]
    return possible[0] if len(possible) == 1 else today


def _choose_near(days: Sequence[date], at: datetime | None) -> date | None:
    """Return the only one of some days that is the day of a time in some zone; None if none or several are."""
    near = [day for day in days if at is not None and abs(day - at.date()) <= _NEAR_DAYS]
    return near[0] if len(near) == 1 else None
