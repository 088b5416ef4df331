"""Match the dates of East Asia: 2026年3月5日, 2026년 3월 5일, 令和8年3月5日, 民國115年3月5日, 二〇二六年三月五日."""

from __future__ import annotations

from collections.abc import Sequence

from copydesk.pipeline.core.times.calendars import ERA_NAMES, from_japanese_era, from_minguo, make_date
from copydesk.pipeline.core.times.date_parts import SEPARATORS, VALID_YEARS, DateMatch, Reader, convert, ends_cleanly
from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.tokens import Token, make_key, match_name

_YEAR, _MONTH, _DAY = frozenset("年년"), frozenset("月월"), frozenset("日일号號")
_NUMERALS = {char: number for number, chars in enumerate(("〇零○", *"一二三四五六七八九")) for char in chars}
_TENS = {"十": 10, "廿": 20, "卅": 30}
_ERA_KEYS = {make_key(name): era for name, era in ERA_NAMES.items()}
_MINGUO_KEYS = {make_key(name): "minguo" for name in ("民國", "民国", "中華民國", "中华民国")}
_FIRST_YEAR = frozenset("元")


def match_cjk(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 2026年3月5日 and 2026년 3월 5일; years of three digits are those of the Republic of China."""
    reader = Reader(tokens, at)
    year = reader.take_number(range(2, 5))
    if year is None or not reader.take(_YEAR):
        return None
    month, day = _take_month_and_day(reader)
    if month is None or day is None:
        return None
    if year < 1000:
        sure = year >= 100 and "TW" in locale.known_countries
        found = from_minguo(year, month, day) if sure else None
    else:
        found = convert(year, month, day, locale)
    return DateMatch(reader.at, found, doubtful=found is None)


def _take_month_and_day(reader: Reader) -> tuple[int | None, int | None]:
    month = reader.take_number(range(1, 3))
    if month is None or not reader.take(_MONTH):
        return None, None
    day = reader.take_number(range(1, 3))
    if day is not None:
        reader.take(_DAY)
    return month, day


def match_era(tokens: Sequence[Token], at: int) -> DateMatch | None:
    """Match 令和8年3月5日, 平成元年1月8日, R8.3.5 and 民國115年3月5日."""
    era = match_name(tokens, at, _ERA_KEYS | _MINGUO_KEYS)
    if era is None:
        return None
    reader = Reader(tokens, era[1])
    year = 1 if reader.take(_FIRST_YEAR) else reader.take_number(range(1, 4))
    if year is None:
        return None
    if reader.take(_YEAR):
        month, day = _take_month_and_day(reader)
    else:
        sign = reader.take(SEPARATORS)
        month = reader.take_number(range(1, 3)) if sign else None
        day = reader.take_number(range(1, 3)) if month and reader.take(frozenset(sign)) else None
    if month is None or day is None:
        return None
    converted = from_minguo(year, month, day) if era[0] == "minguo" else from_japanese_era(era[0], year, month, day)
    return DateMatch(reader.at, converted, doubtful=converted is None)


def match_minguo(tokens: Sequence[Token], at: int, locale: TimeLocale) -> DateMatch | None:
    """Match 115/03/05, as Taiwan writes it."""
    reader = Reader(tokens, at)
    year = reader.take_number(range(3, 4))
    sign = reader.take(SEPARATORS) if year else ""
    month = reader.take_number(range(1, 3)) if sign else None
    if year is None or month is None or "TW" not in locale.known_countries or not reader.take(frozenset(sign)):
        return None
    day = reader.take_number(range(1, 3))
    found = from_minguo(year, month, day) if day else None
    return DateMatch(reader.at, found) if found and ends_cleanly(tokens, reader.at, sign) else None


def match_cjk_numerals(tokens: Sequence[Token], at: int) -> DateMatch | None:
    """Match 二〇二六年三月十五日."""
    reader = Reader(tokens, at)
    digits = ""
    while (token := reader.peek()) and token.text in _NUMERALS and len(digits) < 4:
        digits += str(_NUMERALS[token.text])
        reader.at += 1
    if len(digits) != 4 or not reader.take(_YEAR):
        return None
    month = _take_numeral(reader)
    day = _take_numeral(reader) if reader.take(_MONTH) else 0
    found = make_date(int(digits), month, day) if reader.take(_DAY) and int(digits) in VALID_YEARS else None
    return DateMatch(reader.at, found) if found else None


def _take_numeral(reader: Reader) -> int:
    """Return a number up to 39 such as 三, 十, 十五, 二十, 三十一, 廿五; 0 if there is none."""
    number, seen_ten = 0, False
    while (token := reader.peek()) and (token.text in _NUMERALS or token.text in _TENS):
        if token.text in _TENS:
            number = max(number, 1) * 10 if token.text == "十" else _TENS[token.text]
            seen_ten = True
        elif seen_ten or not number:
            number += _NUMERALS[token.text]
        else:
            return 0
        reader.at += 1
    return number
