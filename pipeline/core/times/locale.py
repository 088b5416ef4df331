"""What is known about the writer of a time: language, country and zone, and so the order of day and month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from functools import lru_cache

from copydesk.pipeline.core.times.names import load_zone_countries

_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?(?:[-_.@].{0,40})?$")
# Countries that write the month first in English (CLDR: en-US and its territories, en-PH).
_MONTH_FIRST_COUNTRIES = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "UM", "MH", "FM", "PW", "PH"})
# Both orders are in use.
_UNDECIDED_COUNTRIES = frozenset({"CA"})
# Languages that write the year first; with the year last they follow no rule.
_YEAR_FIRST_LANGUAGES = frozenset({"zh", "ja", "ko", "hu", "mn", "lt", "eo"})
_MONTH_FIRST_LANGUAGES = frozenset({"fil", "tl"})
# The country of a language that is spoken in one of those countries that the zones depend on.
_COUNTRY_BY_LANGUAGE = {
    "hi": "IN", "mr": "IN", "gu": "IN", "te": "IN", "kn": "IN", "ml": "IN", "or": "IN", "as": "IN", "pa": "IN",
    "he": "IL", "ga": "IE", "th": "TH", "ja": "JP", "ko": "KR", "ne": "NP", "hy": "AM", "fa": "IR",
}  # fmt: skip


class DayOrder(StrEnum):
    """The order of day and month in dates like 05/03/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TimeLocale:
    """What decides how a time is read."""

    language: str = ""
    """Two- or three-letter code; empty if unknown."""
    country: str = ""
    """Country of the language tag (``en-IN``); empty if it names none."""
    zone: tzinfo = UTC
    """Zone of a clock without one."""
    zone_country: str = ""
    """Country of the zone; ``ZZ`` for one that no table names, empty for UTC."""
    latest: datetime | None = None
    """When the text was there, aware: a reading after it is impossible."""
    near: datetime | None = None
    """A time close to the one meant, aware, from another source such as the wire's feed."""
    day_order: DayOrder | None = None
    """The order that the writer is known to use; None: the usual one of the language and the country."""

    @property
    def known_countries(self) -> tuple[str, ...]:
        """The countries of the wire's zone and of the language tag, if known."""
        return tuple(dict.fromkeys(country for country in (self.zone_country, self.country) if country))

    @property
    def countries(self) -> tuple[str, ...]:
        """The known countries, else the one that the language is mainly spoken in; the wire's first."""
        implied = "" if self.country else _COUNTRY_BY_LANGUAGE.get(self.language, "")
        return tuple(dict.fromkeys((*self.known_countries, *((implied,) if implied else ()))))


@lru_cache(maxsize=64)
def make_locale(
    language: str = "",
    zone: tzinfo = UTC,
    latest: datetime | None = None,
    near: datetime | None = None,
    day_order: DayOrder | None = None,
) -> TimeLocale:
    """Return the locale of a language tag and a zone.

    Args:
        language: BCP 47 tag (``en``, ``en-IN``, ``pt_BR``); anything else counts as unknown.
        zone: The wire's zone; UTC if it is not known.
        latest: When the text was there, aware; None if any time is possible.
        near: A time close to the one meant, aware; None if none is known.
        day_order: The order of day and month that the writer is known to use, else None.
    """
    match = _LANGUAGE_TAG.match(language.strip())
    code, country = (match[1].lower(), (match[3] or "").upper()) if match else ("", "")
    key = str(getattr(zone, "key", ""))
    fixed = not key or key in {"UTC", "GMT", "Zulu", "UCT", "Universal"} or key.startswith("Etc/")
    zone_country = "" if fixed else load_zone_countries().get(key, "ZZ")
    return TimeLocale(code, country, zone, zone_country, latest, near, day_order)


def find_day_order(locale: TimeLocale, mark_countries: tuple[str, ...] = ()) -> DayOrder:
    """Return the order in which dates with two numbers before the year are written; unknown without sure evidence.

    Args:
        locale: Language, country and zone.
        mark_countries: Countries that use the zone mark printed with the time: they say most about its writer.
    """
    language = locale.language
    if language in _MONTH_FIRST_LANGUAGES:
        return DayOrder.MONTH_FIRST
    if language in _YEAR_FIRST_LANGUAGES:
        return DayOrder.UNKNOWN
    if language not in {"", "en"}:
        # Spanish, French and others in countries that write the month first in English: either.
        return DayOrder.UNKNOWN if set(locale.countries) & _MONTH_FIRST_COUNTRIES else DayOrder.DAY_FIRST
    countries = mark_countries or locale.countries
    orders = {_get_country_order(country) for country in countries}
    return orders.pop() if len(orders) == 1 else DayOrder.UNKNOWN


def _get_country_order(country: str) -> DayOrder:
    if country in _UNDECIDED_COUNTRIES:
        return DayOrder.UNKNOWN
    return DayOrder.MONTH_FIRST if country in _MONTH_FIRST_COUNTRIES else DayOrder.DAY_FIRST
