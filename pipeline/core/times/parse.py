"""Parse times as data and people write them. A time that is not certain has no instant; its text is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from copydesk.pipeline.core.iso_times import parse_iso_time
from copydesk.pipeline.core.times.combine import combine, list_weekdays
from copydesk.pipeline.core.times.date_parts import VALID_YEARS
from copydesk.pipeline.core.times.locale import DayOrder, make_locale
from copydesk.pipeline.core.times.parsed_time import MAX_KEPT_CHARS, Label, ParsedTime, Precision
from copydesk.pipeline.core.times.scan import Kind, scan
from copydesk.pipeline.core.times.tokens import normalize, tokenize

# Epoch seconds, or milliseconds; a fraction may follow. "/Date(...)/" is how .NET writes milliseconds in JSON.
_EPOCH = re.compile(r"(?:/Date\()?([0-9]{10})([0-9]{3})?(?:\.[0-9]{1,9})?(?:[-+][0-9]{4})?(?:\)/)?$")
_COMPACT = re.compile(r"([0-9]{8})([0-9]{4}|[0-9]{6})$")


def parse_time(
    text: str,
    *,
    language: str = "",
    zone: tzinfo = UTC,
    latest: datetime | None = None,
    near: datetime | None = None,
    day_order: DayOrder | None = None,
) -> ParsedTime:
    """Parse a text that consists of one time.

    Read are ISO 8601 (also basic, week and ordinal dates), RFC 2822 and its common variants, epoch seconds and
    milliseconds, and what people write: local names of months and weekdays, 12-hour clocks, offsets and zone names,
    digits of all scripts, and the Persian, Thai, Taiwanese and Japanese years. Nothing is guessed: an unknown word, a
    second date, or an order of day and month that nothing shows gives no instant. Never raises.

    Args:
        text: The text.
        language: Language tag of the text, with its country if known (``en``, ``en-IN``); empty if unknown.
        zone: Zone of a time of day without one; with ``UTC`` the wire's zone counts as unknown.
        latest: When the text was there, aware. A date that may have two meanings never means a later day.
        near: A time close to the one meant, aware, from another source. Of a date's two meanings, it decides.
        day_order: The order of day and month that the writer is known to use; it decides before ``near``.

    Returns:
        The time; without an instant if it is not certain.
    """
    if iso := parse_iso_time(text):
        local, has_seconds = iso
        precision = Precision.SECOND if has_seconds else Precision.MINUTE
        return ParsedTime(
            text, local.astimezone(UTC), precision, local.utcoffset(), is_offset_stated=True, day=local.date()
        )
    normalized = normalize(text)
    if (match := _EPOCH.match(normalized)) and not (match[2] is None and normalized[:2] in {"19", "20"}):
        return _parse_epoch(text, match)
    locale = make_locale(language, zone, latest, near, day_order)
    if match := _COMPACT.match(normalized):
        normalized = f"{match[1]}T{match[2]}"
    tokens = tokenize(normalized)
    parts = scan(tokens, locale)
    kinds = [part.kind for part in parts if part.kind not in {Kind.NOISE, Kind.SEPARATOR, Kind.WEEKDAY}]
    labels = {part.value for part in parts if part.kind is Kind.LABEL}
    if kinds.count(Kind.DATE) != 1 or kinds.count(Kind.CLOCK) > 1 or Kind.OTHER in kinds or labels - {Label.PUBLISHED}:
        return ParsedTime(text[:MAX_KEPT_CHARS])
    at = next(at for at, part in enumerate(parts) if part.kind is Kind.DATE)
    clock = next((part for part in parts if part.kind is Kind.CLOCK), None)
    zones = [part for part in parts if part.kind is Kind.ZONE]
    return combine(text, parts[at], clock, zones, list_weekdays(parts), locale)


def _parse_epoch(text: str, match: re.Match[str]) -> ParsedTime:
    instant = datetime.fromtimestamp(int(match[1]), UTC) + timedelta(milliseconds=int(match[2] or 0))
    if instant.year not in VALID_YEARS:
        return ParsedTime(text[:MAX_KEPT_CHARS])
    return ParsedTime(
        text[:MAX_KEPT_CHARS], instant, Precision.SECOND, timedelta(), is_offset_stated=True, day=instant.date()
    )
