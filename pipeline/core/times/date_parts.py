"""What the matchers of dates share: a reader of tokens, the result, and years of several calendars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from copydesk.pipeline.core.times.calendars import BUDDHIST_YEARS, JALALI_YEARS, from_buddhist, from_jalali, make_date
from copydesk.pipeline.core.times.locale import TimeLocale
from copydesk.pipeline.core.times.names import load_words
from copydesk.pipeline.core.times.tokens import Token

VALID_YEARS = range(1900, 2200)
"""Years that are read as such."""
SEPARATORS = frozenset("-/.")
"""Signs between the numbers of a date."""
PERSIAN_LANGUAGES = frozenset({"fa", "ps", "prs"})
"""Languages of the Persian solar calendar."""
_PERSIAN_COUNTRIES = frozenset({"IR", "AF"})
THAILAND = "TH"
"""The country of the Buddhist years."""
# A year of Bikram Sambat, the calendar of Nepal, is 56 or 57 ahead of ours.
_FIRST_NEPALI_YEAR = 2050
_DAYS = frozenset("日일")


@dataclass(frozen=True, slots=True)
class DateMatch:
    """A date in tokens; ``day`` is None if day and month may be either of two numbers, or the calendar is not known."""

    end: int
    """Position after its last token."""
    day: date | None = None
    month_first: date | None = None
    """The day if the first number is the month."""
    day_first: date | None = None
    """The day if the first number is the day."""
    doubtful: bool = False
    """Whether it is a date that cannot be converted."""


class Reader:
    """Reads tokens from a position on."""

    def __init__(self, tokens: Sequence[Token], at: int) -> None:
        self.tokens, self.at = tokens, at

    def peek(self, ahead: int = 0) -> Token | None:
        position = self.at + ahead
        return self.tokens[position] if position < len(self.tokens) else None

    def take_number(self, digits: range, *, glued: bool = False) -> int | None:
        token = self.peek()
        if token is None or token.kind != "number" or len(token.text) not in digits or (glued and token.spaced):
            return None
        self.at += 1
        return int(token.text)

    def take(self, texts: frozenset[str]) -> str:
        token = self.peek()
        if token is None or token.text not in texts:
            return ""
        self.at += 1
        return token.text

    def skip(self, texts: frozenset[str]) -> None:
        while self.take(texts):
            pass


def convert(year: int, month: int, day: int, locale: TimeLocale) -> date | None:
    """Return the date of a year of four digits; None if doubtful.

    A year of another calendar without its name counts only where the country is known to use it: a language alone may
    be that of a page's template.
    """
    if year in JALALI_YEARS and _PERSIAN_COUNTRIES.intersection(locale.known_countries):
        return from_jalali(year, month, day)
    if year in BUDDHIST_YEARS and year not in VALID_YEARS and THAILAND in locale.known_countries:
        return from_buddhist(year, month, day)
    if year not in VALID_YEARS or (locale.language == "ne" and year >= _FIRST_NEPALI_YEAR):
        return None
    return make_date(year, month, day)


def skip_ordinal(reader: Reader) -> None:
    """Skip what marks a number as a day: 5th, 1er, 5., 5-го."""
    start = reader.at
    hyphen = reader.take(frozenset("-"))
    token = reader.peek()
    if token is not None and token.text in load_words("ordinals") and (not token.spaced or token.text in _DAYS):
        reader.at += 1
    elif hyphen:
        reader.at = start


def ends_cleanly(tokens: Sequence[Token], end: int, sign: str = "") -> bool:
    """Return whether a numeric date does not go on with the same separator and another number."""
    if end + 1 >= len(tokens) or tokens[end].spaced or tokens[end].text not in (sign or "-/"):
        return True
    return tokens[end + 1].kind != "number" or tokens[end + 1].spaced
