"""Convert days of other calendars that news sites date by: Persian, Thai, Republic of China, Japanese eras."""

from __future__ import annotations

from datetime import date, timedelta

# Nowruz of 1403, a leap year, for counting.
_JALALI_ANCHOR = 1403, date(2024, 3, 20)
# Positions of leap years in the cycle of 33 years; right for 1244 to 1472 (1865 to 2094), as the almanac gives them.
_JALALI_LEAP_POSITIONS = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
JALALI_YEARS = range(1279, 1472)
"""Years of the Persian calendar that are converted: 1900 to 2093."""
BUDDHIST_YEARS = range(2443, 2743)
"""Years of the Thai calendar that are converted: 1900 to 2199."""
_BUDDHIST_OFFSET_YEARS = 543
_MINGUO_OFFSET_YEARS = 1911
# First and last day of Japanese eras, and the year before their first.
_JAPANESE_ERAS = {
    "明治": (1867, date(1868, 10, 23), date(1912, 7, 30)), "大正": (1911, date(1912, 7, 30), date(1926, 12, 25)),
    "昭和": (1925, date(1926, 12, 25), date(1989, 1, 7)), "平成": (1988, date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (2018, date(2019, 5, 1), date.max),
}  # fmt: skip
ERA_NAMES = {"令和": "令和", "平成": "平成", "昭和": "昭和", "大正": "大正", "明治": "明治", "r": "令和", "h": "平成"}
"""Japanese eras by the marks in front of their years."""


def make_date(year: int, month: int, day: int) -> date | None:
    """Return a date of our own calendar; None if there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_jalali_leap(year: int) -> bool:
    return year % 33 in _JALALI_LEAP_POSITIONS


def from_jalali(year: int, month: int, day: int) -> date | None:
    """Return the date of a day of the Persian solar calendar; None if there is no such day, or before 1900."""
    if year not in JALALI_YEARS or not 1 <= month <= 12 or day < 1:
        return None
    length = 31 if month <= 6 else 30 if month <= 11 or _is_jalali_leap(year) else 29
    if day > length:
        return None
    anchor, first_day = _JALALI_ANCHOR
    years = range(anchor, year) if year >= anchor else range(year, anchor)
    days = sum(365 + _is_jalali_leap(number) for number in years)
    days = days if year >= anchor else -days
    return first_day + timedelta(days=days + 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1)


def from_buddhist(year: int, month: int, day: int) -> date | None:
    """Return the date of a day in a year of the Buddhist era, as Thailand counts them."""
    return make_date(year - _BUDDHIST_OFFSET_YEARS, month, day) if year in BUDDHIST_YEARS else None


def from_minguo(year: int, month: int, day: int) -> date | None:
    """Return the date of a day in a year of the Republic of China."""
    return make_date(year + _MINGUO_OFFSET_YEARS, month, day) if 1 <= year < 300 else None


def from_japanese_era(era: str, year: int, month: int, day: int) -> date | None:
    """Return the date of a day in a year of a Japanese era; None outside the era."""
    before, first, last = _JAPANESE_ERAS[era]
    found = make_date(before + year, month, day) if year >= 1 else None
    return found if found is not None and first <= found <= last else None
