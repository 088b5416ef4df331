"""Match dates with the name of a month: 5 March 2026, March 5th, 2026, 5 de marzo de 2026, 5 มี.ค. 2569."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from copydesk.pipeline.core.times.calendars import from_buddhist, from_jalali, make_date
from copydesk.pipeline.core.times.date_parts import THAILAND, VALID_YEARS, DateMatch, Reader, convert, skip_ordinal
from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.names import load_hijri_months, load_jalali_months, load_months, load_words
from copydesk.pipeline.core.times.tokens import Token, match_name

_BUDDHIST_ERA = "พศ"


@dataclass(frozen=True, slots=True)
class UndatedDay:
    """A month and a day without a year."""

    end: int
    month: int
    day: int

    def with_year(self, tokens: Sequence[Token], at: int) -> DateMatch | None:
        """Return the date with the year of four digits at a token; None if there is none."""
        if at >= len(tokens) or tokens[at].kind != "number" or len(tokens[at].text) != 4:
            return None
        year = int(tokens[at].text)
        found = make_date(year, self.month, self.day) if year in VALID_YEARS else None
        return DateMatch(self.end, found) if found else None


def match_month_and_day(tokens: Sequence[Token], at: int, locale: TimeLocale) -> UndatedDay | None:
    """Return the month and day that begin at a token, month first; None if there are none."""
    found = match_name(tokens, at, load_months(locale.language))
    if found is None or found[1] >= len(tokens) or tokens[found[1]].kind != "number" or len(tokens[found[1]].text) > 2:
        return None
    return UndatedDay(found[1] + 1, found[0], int(tokens[found[1]].text))


def match_day_first(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 5 March 2026, 5. März 2026, 5-Mar-26, 5 de marzo de 2026, 5 มี.ค. 2569."""
    reader = Reader(tokens, at)
    day = reader.take_number(range(1, 3))
    if day is None:
        return None
    skip_ordinal(reader)
    # Thai May and November begin with a joiner: พ.ค., พ.ย.
    while (month := _match_month(reader, locale)) is None:
        if not _skip_joiner(reader):
            return None
    start = reader.at
    _skip_joiners(reader)
    mark = "".join(token.text for token in tokens[start : reader.at] if token.kind == "word")
    year = take_year(reader, short=True)
    return _finish_named(reader, year, month, day, locale, mark) if year else None


def match_month_first(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match March 5, 2026, Mar 5th 2026 and Mar 5 14:15:00 2026 (as ``ctime`` writes it, up to the day)."""
    reader = Reader(tokens, at)
    month = _match_month(reader, locale)
    if month is None:
        return None
    reader.take(frozenset(".-/")) if reader.peek() and not reader.peek().spaced else None  # type: ignore[union-attr]
    day = reader.take_number(range(1, 3))
    if day is None:
        return None
    skip_ordinal(reader)
    _skip_joiners(reader)
    year = take_year(reader, short=False)
    return _finish_named(reader, year, month, day, locale) if year else None


def match_year_first(reader: Reader, year: int, locale: TimeLocale) -> DateMatch | None:
    """Match what follows the year in 2026-Mar-05, 2026. március 5., 2026 m. kovo 5 d., 2026. gada 5. marts."""
    reader.skip(load_words("joiners") | {"."})
    day = reader.take_number(range(1, 3))
    if day is not None:
        skip_ordinal(reader)
        reader.skip(frozenset("."))
    month = _match_month(reader, locale)
    if month is None or month[1] == "hijri":
        return None
    if day is None:
        reader.take(frozenset("-/.,"))
        day = reader.take_number(range(1, 3))
        skip_ordinal(reader)
    if day is None:
        return None
    found = from_jalali(year, month[0], day) if month[1] == "jalali" else convert(year, month[0], day, locale)
    return DateMatch(reader.at, found, doubtful=found is None)


def _skip_joiners(reader: Reader) -> None:
    """Skip de, of, points, commas and hyphens between the parts of a date."""
    for _ in range(4):
        if not _skip_joiner(reader):
            break


def _skip_joiner(reader: Reader) -> bool:
    return bool(reader.take(load_words("joiners")) or reader.take(frozenset(".,'-/")))


def _match_month(reader: Reader, locale: TimeLocale) -> tuple[int, str] | None:
    """Match a month's name, or ``tháng 3``, and return its number and calendar."""
    tokens = reader.tokens
    token = reader.peek()
    if token is None or token.kind != "word":
        return None
    for calendar, names in (
        ("gregorian", load_months(locale.language)), ("jalali", load_jalali_months()), ("hijri", load_hijri_months()),
    ):  # fmt: skip
        if found := match_name(tokens, reader.at, names):
            reader.at = found[1]
            return found[0], calendar
    if token.text == "thang":
        reader.at += 1
        month = reader.take_number(range(1, 3))
        if month is not None:
            return month, "gregorian"
    return None


def take_year(reader: Reader, *, short: bool) -> tuple[int, bool] | None:
    """Return a year, and whether it had two digits; an apostrophe marks those too."""
    start = reader.at
    apostrophe = bool(reader.take(frozenset("'")))
    token = reader.peek()
    if token is not None and token.kind == "number" and len(token.text) == 4 and not apostrophe:
        reader.at += 1
        return int(token.text), False
    if token is not None and token.kind == "number" and len(token.text) == 2 and (short or apostrophe):
        following = reader.peek(1)
        if following is None or following.text not in {":", "h", "時", "时"}:
            reader.at += 1
            return int(token.text), True
    reader.at = start
    return None


def _finish_named(
    reader: Reader, year: tuple[int, bool], month: tuple[int, str], day: int, locale: TimeLocale, mark: str = ""
) -> DateMatch:
    """Return the date of a day, a named month and a year; ``mark`` is the word in front of the year."""
    number, is_short = year
    found: date | None = None
    if month[1] == "jalali":
        found = from_jalali(number + 1400 if is_short and number < 60 else number, month[0], day)
    elif month[1] == "gregorian" and locale.language == "th" and (is_short or mark == _BUDDHIST_ERA):
        # Thai short years are Buddhist ones: 69 is 2569.
        is_known = mark == _BUDDHIST_ERA or THAILAND in locale.known_countries
        found = from_buddhist(2500 + number if is_short else number, month[0], day) if is_known else None
    elif month[1] == "gregorian":
        # RFC 2822, section 4.3.
        found = convert(number + (2000 if number < 50 else 1900) if is_short else number, month[0], day, locale)
    return DateMatch(reader.at, found, doubtful=found is None)
