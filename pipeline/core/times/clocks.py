"""Match times of day in tokens, with 12-hour clocks of all languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copydesk.pipeline.core.times.names import load_clock_units, load_periods, load_words
from copydesk.pipeline.core.times.time_zones import is_zone_name
from copydesk.pipeline.core.times.tokens import Token, match_name

_COMPACT_TIME = re.compile(r"(\d\d)(\d\d)?(\d\d)?$")
# Two hours (2時間), not two o'clock.
_DURATION_MARKS = frozenset("間间간")
# Before a clock these are words of their own languages: German "am 5. März", Spanish "de 2026", Arabic "5 م".
_NEVER_IN_FRONT = frozenset(
    {"am", "pm", "م", "ص", "sa", "ch", "de", "du", "em", "fm", "kn", "os", "oo", "dop", "odp", "काल", "утра", "дня"}
)
# Words of one language that other languages use for something else.
_PERIOD_LANGUAGES = {
    "sa": {"vi"}, "ch": {"vi"}, "de": {"hu"}, "du": {"hu"}, "kn": {"sw"}, "em": {"sv"}, "fm": {"sv"}, "oo": {"tr"},
    "os": {"tr"}, "काल": {"hi"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClockMatch:
    """A time of day in tokens."""

    end: int
    """Position after its last token."""
    hour: int = 0
    """0 to 24."""
    minute: int = 0
    second: int = 0
    has_seconds: bool = False
    is_iso: bool = False
    """Whether a T joins it to the date, or it has seconds: a sign behind it then begins an offset."""
    doubtful: bool = False
    """Whether it is a time that cannot be converted."""


def match_clock(tokens: Sequence[Token], at: int, language: str, *, after_date: bool) -> ClockMatch | None:
    """Return the time of day that begins at a token; None if there is none.

    Args:
        tokens: The tokens.
        at: Position of the first one.
        language: Two-letter code, or empty.
        after_date: Whether a date ends here. A point between hour and minute, or digits behind a T, count only then.
    """
    token = tokens[at]
    if token.kind == "word":
        if token.text == "t" and not token.spaced and at + 1 < len(tokens):
            return _match_iso(tokens, at + 1) if after_date else None
        period = _match_period(tokens, at, language, in_front=True)
        if period is None:
            return None
        clock = _match_digits(tokens, period[1], after_date=True, needs_mark=False)
        return _apply_period(clock, period[0], clock.end) if clock else None
    if token.kind != "number" or (not token.spaced and at and _is_glued(tokens[at - 1])):
        return None
    clock = _match_digits(tokens, at, after_date=after_date, needs_mark=True)
    period = _match_period(tokens, clock.end if clock else at + 1, language, in_front=False)
    if clock is None:
        # 2 p.m.: the hour alone needs the part of the day behind it, in the other scripts a word for the hour too.
        hour = int(token.text) if len(token.text) <= 2 else 24
        if period is None or hour > 12 or period[0] not in {"am", "pm"}:
            return None
        return _apply_period(_make_clock(at + 1, hour, 0), period[0], period[1])
    return _apply_period(clock, period[0], period[1]) if period else clock


def _is_glued(before: Token) -> bool:
    """Return whether the token in front makes a number part of something else."""
    return before.text in {":", "/", "-", "+", ".", "$", "€", "£"} or (
        before.kind == "word" and before.text[-1].isascii() and before.text != "t"
    )


def _match_iso(tokens: Sequence[Token], at: int) -> ClockMatch | None:
    """Match what follows the T of ISO 8601: 14:15:00.123, 1415, 141500, 14."""
    if _number_at(tokens, at, 6) is None:
        return None
    if _sign_at(tokens, at + 1) == ":":
        clock = _match_colons(tokens, at)
        return replace(clock, is_iso=True) if clock else None
    digits = _COMPACT_TIME.match(tokens[at].text)
    if digits is None:
        return None
    hour, minute, second = (int(group or 0) for group in digits.groups())
    return _make_clock(_skip_fraction(tokens, at + 1), hour, minute, second if digits[3] else None, is_iso=True)


def _make_clock(end: int, hour: int, minute: int, second: int | None = None, *, is_iso: bool = False) -> ClockMatch:
    """Return a time of day; doubtful if there is none such. A leap second is the second before it."""
    valid = (hour < 24 and minute < 60 and (second or 0) <= 60) or (hour, minute, second or 0) == (24, 0, 0)
    has_seconds = second is not None
    return ClockMatch(end, hour, minute, min(second or 0, 59), has_seconds, is_iso or has_seconds, doubtful=not valid)


def _sign_at(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) and tokens[at].kind == "sign" and not tokens[at].spaced else ""


def _number_at(tokens: Sequence[Token], at: int, max_digits: int = 2, *, glued: bool = True) -> int | None:
    if at >= len(tokens) or tokens[at].kind != "number" or len(tokens[at].text) > max_digits:
        return None
    return None if glued and tokens[at].spaced else int(tokens[at].text)


def _pair_at(tokens: Sequence[Token], at: int) -> int | None:
    """Return the number of two digits at a token, without a blank in front."""
    return _number_at(tokens, at) if at < len(tokens) and len(tokens[at].text) == 2 else None


def _match_digits(tokens: Sequence[Token], at: int, *, after_date: bool, needs_mark: bool) -> ClockMatch | None:
    """Match 14:15, 14:15:00.123, 14h15, 14時15分, 14.15 and, without the need of a mark, 2."""
    hour = _number_at(tokens, at, glued=False)
    if hour is None:
        return _match_four_digits(tokens, at) if after_date else None
    if colons := _match_colons(tokens, at):
        return colons
    minute = _pair_at(tokens, at + 2)
    has_point = _sign_at(tokens, at + 1) == "." and (after_date or _has_time_mark(tokens, at + 3))
    if minute is not None and has_point and _is_point_time(tokens, at, needs_mark=needs_mark):
        return _make_clock(at + 3, hour, minute)
    return _match_units(tokens, at, hour, needs_mark=needs_mark)


def _match_colons(tokens: Sequence[Token], at: int) -> ClockMatch | None:
    """Match 14:15, 14:15:00 and 14:15:00.123."""
    hour, minute = _number_at(tokens, at, glued=False), _pair_at(tokens, at + 2)
    if hour is None or minute is None or _sign_at(tokens, at + 1) != ":":
        return None
    second = _pair_at(tokens, at + 4) if _sign_at(tokens, at + 3) == ":" else None
    if second is None:
        return None if _sign_at(tokens, at + 3) == ":" else _make_clock(at + 3, hour, minute)
    end = _skip_fraction(tokens, at + 5)
    return None if _sign_at(tokens, end) == ":" else _make_clock(end, hour, minute, second)


def _match_four_digits(tokens: Sequence[Token], at: int) -> ClockMatch | None:
    """Match 1415 with a zone or a word for hours behind it; without one it may be a year."""
    if _number_at(tokens, at, 4, glued=False) is None or len(tokens[at].text) != 4 or at + 1 >= len(tokens):
        return None
    if not (is_zone_name(tokens, at + 1) or tokens[at + 1].text in load_words("hours_behind_four_digits")):
        return None
    return _make_clock(at + 1, int(tokens[at].text[:2]), int(tokens[at].text[2:]))


def _has_time_mark(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a.m., p.m. or a zone at a token makes the number in front a time even without a date."""
    period = match_name(tokens, at, load_periods()) if at < len(tokens) else None
    return (period is not None and period[0] in {"am", "pm"}) or is_zone_name(tokens, at)


def _is_point_time(tokens: Sequence[Token], at: int, *, needs_mark: bool) -> bool:
    """Return whether 14.15 behind a date is a time: it has two figures each, or a word next to it says so."""
    following = tokens[at + 3] if at + 3 < len(tokens) else None
    if (
        following is not None
        and not following.spaced
        and (following.text in {".", "/", "%", "-"} or following.kind == "number")
    ):
        return False
    before = tokens[at - 1].text if at else ""
    if before == "." and at > 1:
        before = tokens[at - 2].text
    marked = before in load_words("point") or (following is not None and following.text in load_words("point"))
    return (
        marked
        or not needs_mark
        or following is None
        or following.kind == "sign"
        or match_name(tokens, at + 3, load_periods()) is not None
        or is_zone_name(tokens, at + 3)
    )


def _skip_fraction(tokens: Sequence[Token], at: int) -> int:
    """Return the position after the fraction of a second that may begin at a token."""
    if _sign_at(tokens, at) in {".", ","} and _number_at(tokens, at + 1, 9) is not None:
        return at + 2
    return at


def _match_units(tokens: Sequence[Token], at: int, hour: int, *, needs_mark: bool) -> ClockMatch | None:
    """Match numbers with words for hour, minute and second behind them: 14h, 14 h 15, 14時15分30秒, 14 giờ 15."""
    units = load_clock_units()
    unit = match_name(tokens, at + 1, units)
    if unit is not None and unit[1] < len(tokens) and tokens[unit[1]].text in _DURATION_MARKS:
        return None
    if unit is None or unit[0] != "hour":
        if not needs_mark or (at + 1 < len(tokens) and tokens[at + 1].text in load_words("hour")):
            return _make_clock(at + 1, hour, 0)
        return None
    end = unit[1]
    minute = _number_at(tokens, end, glued=False)
    unit = match_name(tokens, end + 1, units) if minute is not None else None
    has_unit = unit is not None and unit[0] == "minute"
    if minute is None or not (has_unit or len(tokens[end].text) == 2):
        # "5 h" with a blank may be anything.
        return (
            None
            if needs_mark and tokens[at + 1].spaced and tokens[at + 1].text not in load_words("hour")
            else _make_clock(end, hour, 0)
        )
    end = unit[1] if unit is not None and has_unit else end + 1
    second = _number_at(tokens, end, glued=False)
    unit = match_name(tokens, end + 1, units) if second is not None and has_unit else None
    if second is not None and unit is not None and unit[0] == "second":
        return _make_clock(unit[1], hour, minute, second)
    return _make_clock(end, hour, minute)


def _match_period(tokens: Sequence[Token], at: int, language: str, *, in_front: bool) -> tuple[str, int] | None:
    """Return the part of the day named at a token, in front of a clock or behind it."""
    found = match_name(tokens, at, load_periods())
    if found is None:
        return None
    key = "".join(token.text for token in tokens[at : found[1]] if token.kind == "word")
    if (in_front and key in _NEVER_IN_FRONT) or language not in _PERIOD_LANGUAGES.get(key, {language}):
        return None
    return found


def _apply_period(clock: ClockMatch, period: str, end: int) -> ClockMatch:
    """Return the clock with the hour that a part of the day shows; doubtful if they contradict each other."""
    hour = _convert_hour(clock.hour, period)
    return replace(clock, end=end, hour=hour or 0, doubtful=clock.doubtful or hour is None)


def _convert_hour(hour: int, period: str) -> int | None:
    """Return the hour of 24 for an hour in a part of the day, as ``vocabulary.toml`` defines them; None if doubtful."""
    match period:
        case "am":
            return hour % 12 if hour <= 12 else None
        case "pm":
            return hour % 12 + 12 if hour <= 12 else hour
        case "morning":
            return hour if hour < 12 else None
        case "evening":
            return None if hour == 12 else hour + 12 if hour < 12 else hour
        case "night":
            return hour + 12 if 8 <= hour < 12 else hour if hour > 12 else None
        case "noon":
            return hour + 12 if 1 <= hour <= 3 else hour if 11 <= hour <= 15 else None
        case _:  # dawn
            return hour % 12 if hour <= 6 or hour == 12 else None
