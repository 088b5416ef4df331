"""Find the times in a line of a page, and what the line says that they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from copydesk.pipeline.core.times.combine import combine, list_weekdays
from copydesk.pipeline.core.times.locale import make_locale
from copydesk.pipeline.core.times.parsed_time import FoundTime, Label
from copydesk.pipeline.core.times.scan import Kind, Part, scan
from copydesk.pipeline.core.times.tokens import normalize, tokenize


def find_times(text: str, *, language: str = "", zone: tzinfo = UTC, latest: datetime | None = None) -> list[FoundTime]:
    """Return the times in a line of text in order, with what the line says that they are. Never raises.

    Args:
        text: The line.
        language: As in ``parse_time``.
        zone: As in ``parse_time``.
        latest: As in ``parse_time``.
    """
    normalized = normalize(text)
    if not any(char.isdecimal() for char in normalized) and "年" not in normalized:
        return []
    locale = make_locale(language, zone, latest)
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
    marked = [at for at, part in enumerate(parts) if part.kind is Kind.LABEL]
    if spans and len(marked) == len(spans) and marked[0] > spans[0].last and marked[-1] > spans[-1].last:
        return [_get_label(parts[at]) for at in marked]  # each behind its time
    labels, start = [], 0
    for number, span in enumerate(spans):
        before = [at for at in marked if start <= at < span.first]
        stop = spans[number + 1].first if number + 1 < len(spans) else len(parts)
        behind = next((at for at in range(span.last + 1, stop) if parts[at].kind is not Kind.NOISE), None)
        if before:
            labels.append(_get_label(parts[before[-1]]))
        elif (
            behind is not None
            and behind in marked
            and (stop == len(parts) or any(p.kind is Kind.SEPARATOR for p in parts[behind:stop]))
        ):
            labels.append(_get_label(parts[behind]))
            start = behind + 1
            continue
        else:
            labels.append(Label.NONE)
        start = span.last + 1
    return labels


def _get_label(part: Part) -> Label:
    return Label(str(part.value))
