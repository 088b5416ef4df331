"""Find the times in a line of a page, and what the line says that they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from copydesk.pipeline.core.times.combine import combine, list_weekdays
from copydesk.pipeline.core.times.locale import DayOrder, make_locale
from copydesk.pipeline.core.times.names import load_months, load_relative_words
from copydesk.pipeline.core.times.parsed_time import FoundTime, Label
from copydesk.pipeline.core.times.scan import Kind, Part, scan
from copydesk.pipeline.core.times.tokens import match_name, normalize, tokenize

_MAX_TIME_LINE_CHARS = 100
_MAX_YEAR_DIGITS = 4


def find_times(
    text: str,
    *,
    language: str = "",
    zone: tzinfo = UTC,
    latest: datetime | None = None,
    near: datetime | None = None,
    day_order: DayOrder | None = None,
) -> list[FoundTime]:
    """Return the times in a line of text in order, with what the line says that they are. Never raises.

    Args:
        text: The line.
        language: As in ``parse_time``.
        zone: As in ``parse_time``.
        latest: As in ``parse_time``.
        near: As in ``parse_time``.
        day_order: As in ``parse_time``.
    """
    normalized = normalize(text)
    if not any(char.isdecimal() for char in normalized) and "年" not in normalized:
        return []
    locale = make_locale(language, zone, latest, near, day_order)
    tokens = tokenize(normalized)
    parts = scan(tokens, locale)
    spans = list(_group(parts))
    labels = _read_labels(parts, spans)
    found = []
    for span, label in zip(spans, labels, strict=True):
        start, end = tokens[parts[span.first].start].start, tokens[parts[span.last].end - 1].end
        weekdays = list_weekdays(parts[max(0, span.first - 3) : span.last + 1])
        parsed = combine(normalized[start:end], parts[span.date], span.clock, span.zones, weekdays, locale)
        found.append(FoundTime(parsed, label, start, end))
    return found


def is_time_line(line: str, *, language: str = "") -> bool:
    """Return whether a line consists of a time: with or without its year, or one such as "2 hours ago".

    Args:
        line: The line.
        language: As in ``parse_time``.
    """
    if len(line) > _MAX_TIME_LINE_CHARS:
        return False
    tokens = tokenize(normalize(line))
    parts = scan(tokens, make_locale(language))
    names: dict[str, str | int] = {**load_months(make_locale(language).language), **load_relative_words()}
    kinds = {part.kind for part in parts}
    shows_time = bool(kinds & {Kind.DATE, Kind.CLOCK})
    has_number = shows_time
    at = 0
    for part in parts:
        if part.kind is not Kind.OTHER or part.start < at:
            continue
        token = tokens[part.start]
        name = match_name(tokens, part.start, names)
        if name is not None:
            shows_time, at = True, name[1]
        elif token.kind == "number" and len(token.text) <= _MAX_YEAR_DIGITS:
            has_number = True
        else:
            return False
    return shows_time and has_number


@dataclass(frozen=True, slots=True)
class _Span:
    """The parts of one time in a line."""

    first: int
    date: int
    last: int
    clock: Part | None
    zones: tuple[Part, ...]


def _group(parts: Sequence[Part]) -> Iterator[_Span]:
    """Yield the times in the parts of a line: each date with the clock behind it, else the one in front."""
    used = -1
    for at, part in enumerate(parts):
        if part.kind is not Kind.DATE or at <= used:
            continue
        first, last, clock = at, at, _find_clock(parts, at, 1, used)
        zones: tuple[Part, ...] = ()
        if clock is None and (clock := _find_clock(parts, at, -1, used)) is not None:
            first = clock
            zones = tuple(other for other in parts[clock:at] if other.kind is Kind.ZONE)
        elif clock is not None:
            last = clock
        while last + 1 < len(parts):
            following = next((n for n in range(last + 1, len(parts)) if parts[n].kind is not Kind.NOISE), None)
            if following is None or parts[following].kind is not Kind.ZONE:
                break
            zones, last = (*zones, parts[following]), following
        used = last
        yield _Span(first, at, last, parts[clock] if clock is not None else None, zones)


def _find_clock(parts: Sequence[Part], at: int, step: int, used: int) -> int | None:
    """Return the position of the clock next to a date, with at most two separators between them."""
    separators = 0
    position = at + step
    while used < position < len(parts) and position >= 0:
        kind = parts[position].kind
        if kind is Kind.CLOCK:
            return position
        separators += kind is Kind.SEPARATOR
        if separators > 1 or not (
            kind in {Kind.NOISE, Kind.WEEKDAY, Kind.SEPARATOR} or (step < 0 and kind is Kind.ZONE)
        ):
            return None
        position += step
    return None


def _read_labels(parts: Sequence[Part], spans: Sequence[_Span]) -> list[Label]:
    """Return the label of each time: the nearest in front of it, else the one right behind it."""
    if not spans:
        return []
    stops = [*(span.first for span in spans[1:]), len(parts)]
    behind = [_find_label_behind(parts, span.last + 1, stop) for span, stop in zip(spans, stops, strict=True)]
    if None not in behind and not _find_labels(parts, 0, spans[0].first):
        return [_get_label(parts[at]) for at in behind if at is not None]  # each behind its time
    labels, start = [], 0
    for span, stop, at in zip(spans, stops, behind, strict=True):
        before = _find_labels(parts, start, span.first)
        start = span.last + 1
        # Without a separator behind it, a label in front of the next time is that time's.
        is_own = at is not None and (stop == len(parts) or any(part.kind is Kind.SEPARATOR for part in parts[at:stop]))
        if before:
            labels.append(_get_label(parts[before[-1]]))
        elif at is not None and is_own:
            labels.append(_get_label(parts[at]))
            start = at + 1
        else:
            labels.append(Label.NONE)
    return labels


def _find_labels(parts: Sequence[Part], start: int, stop: int) -> list[int]:
    return [at for at in range(start, stop) if parts[at].kind is Kind.LABEL]


def _find_label_behind(parts: Sequence[Part], start: int, stop: int) -> int | None:
    """Return the position of a label right behind a time; None for "Updated 8 hours ago", which has its own."""
    at = next((at for at in range(start, stop) if parts[at].kind is not Kind.NOISE), None)
    if at is None or parts[at].kind is not Kind.LABEL:
        return None
    following = next((part.kind for part in parts[at + 1 : stop] if part.kind is not Kind.NOISE), None)
    return at if following in {None, Kind.SEPARATOR} or stop < len(parts) else None


def _get_label(part: Part) -> Label:
    return Label(str(part.value))
