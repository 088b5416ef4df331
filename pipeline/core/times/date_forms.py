"""Match dates in tokens: ISO 8601, numbers in either order, month names, East Asian dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from copydesk.pipeline.core.times.calendars import BUDDHIST_YEARS, make_date
from copydesk.pipeline.core.times.date_parts import (
    PERSIAN_LANGUAGES,
    SEPARATORS,
    VALID_YEARS,
    DateMatch,
    Reader,
    convert,
    ends_cleanly,
)
from copydesk.pipeline.core.times.east_asian_dates import match_cjk, match_cjk_numerals, match_era, match_minguo
from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.named_dates import match_day_first, match_month_first, match_year_first, take_year
from copydesk.pipeline.core.times.tokens import Token

# Ethiopian dates look like ours, seven or eight years earlier.
_ETHIOPIAN_LANGUAGES = frozenset({"am", "ti"})


def match_date(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Return the date that begins at a token; None if there is none."""
    token = tokens[at]
    if token.kind == "number":
        if _is_inside_number(tokens, at):
            return None
        for matcher in (match_cjk, _match_year_first, match_day_first, _match_numeric):
            if found := matcher(tokens, at, locale):
                return found
        return None
    if token.kind != "word":
        return None
    return match_era(tokens, at) or match_month_first(tokens, at, locale) or match_cjk_numerals(tokens, at)


def _is_inside_number(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a number belongs to a longer one, or to a word: 1.05.03.2026, SKU20260305."""
    if at == 0 or tokens[at].spaced:
        return False
    before = tokens[at - 1]
    if before.kind == "word":
        return before.text[-1].isascii() and before.text not in {"on", "t"}
    return before.text in SEPARATORS and at > 1 and not before.spaced and tokens[at - 2].kind == "number"


def _match_year_first(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 2026-03-05, 2026/3/5, 2026.03.05, 20260305, 2026-W10-4, 2026-064, 2026-Mar-05, 2026. március 5."""
    if compact := _match_compact(tokens, at, locale):
        return compact
    reader = Reader(tokens, at)
    year = reader.take_number(range(4, 5))
    if year is None:
        return None
    sign = reader.take(SEPARATORS)
    if found := _match_week_or_ordinal(reader, year, sign):
        return found
    month = reader.take_number(range(1, 3)) if sign else None
    if month is None:
        return match_year_first(reader, year, locale)
    day = reader.take_number(range(1, 3)) if reader.take(frozenset(sign)) else None
    if day is None or not ends_cleanly(tokens, reader.at, sign):
        return None
    found_day = convert(year, month, day, locale)
    return DateMatch(reader.at, found_day, doubtful=found_day is None)


_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$")


def _match_compact(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 20260305, whether or not a time of day follows behind a T."""
    digits = _COMPACT_DATE.match(tokens[at].text)
    if not digits:
        return None
    found = convert(int(digits[1]), int(digits[2]), int(digits[3]), locale)
    return DateMatch(at + 1, found) if found else None


def _match_week_or_ordinal(reader: Reader, year: int, sign: str) -> DateMatch | None:
    """Match the rest of 2026-W10-4, 2026W104 and 2026-064 (ISO 8601)."""
    start = reader.at
    if reader.take(frozenset("w")):
        number = reader.peek()
        if number is not None and number.kind == "number" and not number.spaced:
            text = number.text
            reader.at += 1
            if len(text) == 2 and reader.take(frozenset("-")):
                weekday = reader.take_number(range(1, 2), glued=True)
                text += str(weekday or "")
            if len(text) == 3:
                try:
                    return DateMatch(reader.at, date.fromisocalendar(year, int(text[:2]), int(text[2])))
                except ValueError:
                    return None
    elif sign and (number := reader.peek()) and number.kind == "number" and len(number.text) == 3 and not number.spaced:
        leap = make_date(year, 2, 29) is not None
        if 1 <= int(number.text) <= 365 + leap and year in VALID_YEARS:
            return DateMatch(reader.at + 1, date.fromordinal(date(year, 1, 1).toordinal() + int(number.text) - 1))
    reader.at = start
    return None


def _match_numeric(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 05/03/2026, 5.3.2026, 5. 3. 2026, 05-03-2026, and with points and a known language 05.03.26."""
    reader = Reader(tokens, at)
    first = reader.take_number(range(1, 3))
    sign = reader.take(SEPARATORS)
    second = reader.take_number(range(1, 3)) if sign else None
    if first is None or second is None or not reader.take(frozenset(sign)):
        return match_minguo(tokens, at, locale)
    year = take_year(reader, short=sign == "." and locale.language not in {"", "en", "zh", "ja", "ko", "th", "fa"})
    if year is None or not ends_cleanly(tokens, reader.at, sign):
        return None
    number = year[0] + 2000 if year[1] else year[0]
    if locale.language in _ETHIOPIAN_LANGUAGES:
        return DateMatch(reader.at, doubtful=True)
    day_first, month_first = convert(number, second, first, locale), convert(number, first, second, locale)
    if sign == "." or locale.language in PERSIAN_LANGUAGES or number in BUDDHIST_YEARS:
        month_first = None  # points separate day, month and year in this order everywhere
    if day_first is None or month_first is None or day_first == month_first:
        found = day_first or month_first
        return DateMatch(reader.at, found, doubtful=found is None)
    return DateMatch(reader.at, month_first=month_first, day_first=day_first)
