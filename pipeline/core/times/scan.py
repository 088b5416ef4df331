"""Tag the tokens of a text: dates, times of day, zones, weekdays, labels, words that say nothing, and the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from copydesk.pipeline.core.times.clocks import ClockMatch, match_clock
from copydesk.pipeline.core.times.date_forms import match_date
from copydesk.pipeline.core.times.date_parts import DateMatch
from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.named_dates import match_month_and_day
from copydesk.pipeline.core.times.names import load_era_marks, load_labels, load_noise, load_weekdays
from copydesk.pipeline.core.times.time_zones import ZoneMatch, match_zone
from copydesk.pipeline.core.times.tokens import Token, match_name

_NOISE_SIGNS = frozenset(",;.:()[]'\"年日@")
_SEPARATORS = frozenset("|/\u00b7\u2022-\u2013\u2014<>\u300c\u300d\u3010\u3011=~_*#")
# An abbreviation behind a clock that looks like a zone and is in no table.
_ZONE_LIKE = re.compile(r"[A-Z]{2,4}T$")


class Kind(Enum):
    """What a part of a text is."""

    DATE = auto()
    CLOCK = auto()
    ZONE = auto()
    WEEKDAY = auto()
    LABEL = auto()
    NOISE = auto()
    SEPARATOR = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """Some tokens of one kind."""

    kind: Kind
    start: int
    """Position of the first token."""
    end: int
    """Position after the last one."""
    value: DateMatch | ClockMatch | ZoneMatch | int | str | None = None
    """The match; a weekday from 1 for Monday, 0 if its name differs between languages; a label."""


def scan(tokens: Sequence[Token], locale: TimeLocale) -> list[Part]:
    """Return the parts of a text in order; together they cover all tokens."""
    parts: list[Part] = []
    at = 0
    while at < len(tokens):
        found = _match_times(tokens, at, parts, locale) or [_match_words(tokens, at, locale)]
        parts += found
        at = found[-1].end
    return parts


def _match_times(tokens: Sequence[Token], at: int, parts: Sequence[Part], locale: TimeLocale) -> list[Part]:
    """Return the parts of date, clock or zone that begin at a token; empty without any."""
    if date := match_date(tokens, at, locale):
        return [Part(Kind.DATE, at, date.end, date)]
    before = next((part for part in reversed(parts) if part.kind is not Kind.NOISE), None)
    after_date = before is not None and before.kind in {Kind.DATE, Kind.WEEKDAY, Kind.SEPARATOR}
    if clock := match_clock(tokens, at, locale.language, after_date=after_date):
        return [Part(Kind.CLOCK, at, clock.end, clock)]
    if tokens[at].kind == "word" and (undated := _match_ctime(tokens, at, locale)):
        return undated
    if before is not None and before.kind in {Kind.CLOCK, Kind.ZONE, Kind.DATE}:
        previous = before.value
        iso = before.kind is Kind.DATE or (isinstance(previous, ClockMatch) and previous.is_iso)
        if zone := match_zone(tokens, at, locale, iso=iso):
            return [Part(Kind.ZONE, at, zone.end, zone)]
        if parts[-1] is before and _states_offset(before) and (end := _skip_comment(tokens, at, locale)):
            return [Part(Kind.NOISE, at, end)]
        if before.kind is Kind.CLOCK and parts[-1] is before and _ZONE_LIKE.match(tokens[at].raw):
            return [Part(Kind.ZONE, at, at + 1, ZoneMatch(at + 1))]
    if tokens[at].kind == "zone" and (zone := match_zone(tokens, at, locale, iso=True)):
        return [Part(Kind.ZONE, at, zone.end, zone)]
    return []


def _states_offset(part: Part) -> bool:
    zone = part.value
    return isinstance(zone, ZoneMatch) and zone.offset is not None and not zone.countries


def _skip_comment(tokens: Sequence[Token], at: int, locale: TimeLocale) -> int:
    """Return the position after brackets at a token that only comment on an offset; 0 without such.

    JavaScript prints the zone's name in the language of the browser: ``GMT+0100 (heure normale d'Europe centrale)``.
    RFC 5322, section 3.3, has the same place for comments. A name that is known must agree with the offset, and a
    label or a number says something of its own.
    """
    if tokens[at].text != "(" or at + 1 >= len(tokens) or match_zone(tokens, at + 1, locale, iso=False):
        return 0
    depth = 0
    for position in range(at, len(tokens)):
        token = tokens[position]
        if token.kind == "number" or match_name(tokens, position, load_labels()):
            return 0
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return position + 1
    return 0


def _match_ctime(tokens: Sequence[Token], at: int, locale: TimeLocale) -> list[Part]:
    """Match Mar 5 14:15:00 2026 and Mar 5 14:15:00 EST 2026, as C and Unix write times; empty without it."""
    start = match_month_and_day(tokens, at, locale)
    clock = (
        match_clock(tokens, start.end, locale.language, after_date=True) if start and start.end < len(tokens) else None
    )
    if start is None or clock is None:
        return []
    zone = match_zone(tokens, clock.end, locale, iso=False) if clock.end < len(tokens) else None
    end = zone.end if zone else clock.end
    date = start.with_year(tokens, end)
    if date is None:
        return []
    zones = [Part(Kind.ZONE, clock.end, end, zone)] if zone else []
    return [
        Part(Kind.DATE, at, start.end, date),
        Part(Kind.CLOCK, start.end, clock.end, clock),
        *zones,
        Part(Kind.NOISE, end, end + 1),
    ]


def _match_words(tokens: Sequence[Token], at: int, locale: TimeLocale) -> Part:
    """Return the part of words, a sign or a number that begins at a token."""
    token = tokens[at]
    if token.kind == "sign":
        kind = Kind.NOISE if token.text in _NOISE_SIGNS else Kind.SEPARATOR if token.text in _SEPARATORS else Kind.OTHER
        return Part(kind, at, at + 1)
    best = Part(Kind.OTHER, at, at + 1)
    tables: tuple[tuple[Kind, Mapping[str, Any]], ...] = (
        (Kind.LABEL, load_labels()), (Kind.WEEKDAY, load_weekdays(locale.language)), (Kind.NOISE, load_noise()),
        (Kind.NOISE, load_era_marks()),
    )  # fmt: skip
    for kind, names in tables:
        found = match_name(tokens, at, names)
        # The longest name counts, the earlier table for names of the same length.
        if found and (best.kind is Kind.OTHER or found[1] > best.end):
            best = Part(kind, at, found[1], found[0])
    return best
