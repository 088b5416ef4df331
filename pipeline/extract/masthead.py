"""What is printed between the headline and the text: the time with its clock, the byline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.text import normalize_line
from copydesk.pipeline.extract.blocks import Block
from copydesk.pipeline.extract.dates import Moment, bound, read_wording

# How many blocks above the text are looked at, and the longest of them.
_BLOCKS = 14
_LONGEST = 160
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::|h|\.|[時时시]\s?)(?P<minute>\d\d)(?::\d\d)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?(?:\s?Uhr)?"
    r"(?:\s?\(?(?P<zone>[A-Z]{2,5}\b)(?P<shift>(?<=GMT|UTC)[+-]\d{1,2}(?::?\d\d)?\b)?)?"
)
_JOIN = r"(?:\s?[,|·/]\s?|\s)(?:at\s|um\s|à\s|a\slas\s|às\s|alle\s|в\s|-\s)?"
_NUMBERS = re.compile(rf"\b(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})[./-](?P<year>\d{{4}}){_JOIN}{_CLOCK}")
_WORDS = re.compile(
    rf"\b(?P<day>\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?\d{{4}}|[^\W\d_]{{3,12}}\.?\s\d{{1,2}},?\s\d{{4}}){_JOIN}{_CLOCK}"
)
# In East Asia the year comes first, and the day of the week may stand in brackets: 2026年6月1日(月) 20:01.
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[年년./-]\s?(?P<month>\d{1,2})\s?[月월./-]\s?(?P<day>\d{1,2})(?:\s?[日일.])?"
    rf"(?:\s?[(\uff08][^()\uff08\uff09]{{1,6}}[)\uff09])?(?:[\s,|·/]{{1,3}}|(?<=[日일)\uff09])){_CLOCK}"
)
# Pages of these languages, and of none that is known, may write the month before the day in figures.
_MONTH_FIRST = frozenset({"en", "fil", "tl", ""})
# Two times of less than this apart may be one day's.
_ONE_DAY = timedelta(hours=36)
# How much a clock may be ahead of UTC.
_ZONES_APART = timedelta(hours=14)
_ZONES = {
    "ET": "America/New_York", "EST": "America/New_York", "EDT": "America/New_York", "PT": "America/Los_Angeles",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "CET": "Europe/Paris", "CEST": "Europe/Paris",
    "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin", "BST": "Europe/London", "GMT": "UTC", "UTC": "UTC",
    "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong", "SGT": "Asia/Singapore",
    "MSK": "Europe/Moscow",
}  # fmt: skip
_PIECES = re.compile(r"\s[|·•–—]\s")
_WORD = r"[^\W\d_][\w.'\u2019-]{0,24}"
_AND = r"(?:and\s|und\s|et\s|y\s|e\s)?"
_BYLINE = re.compile(
    rf"(?:by|von|par|por|di|door|av|af)\s(?P<names>{_WORD}(?:\s{_AND}{_WORD}){{1,6}})$",
    re.IGNORECASE,
)
_NAME = re.compile(rf"{_WORD}(?:\s{_WORD}){{1,3}}$")


@dataclass(frozen=True, slots=True)
class Masthead:
    """``published`` and ``byline`` as printed above the text; None and empty where they are not."""

    published: Moment | None = None
    byline: str = ""


def patterns() -> list[re.Pattern[str]]:
    """Every pattern in use, for testing their speed."""
    return [_NUMBERS, _WORDS, _YEAR_FIRST, _PIECES, _BYLINE, _NAME]


def find_head(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> list[str]:
    """The short lines above the text's first paragraph, and that paragraph itself where it is short; nearest first.

    What stands above the headline (an error's banner) may have been taken for a paragraph: the first below it counts.
    """
    headline = next((at for at, block in enumerate(blocks) if title and title in block.text), 0)
    firsts = [at for at, block in enumerate(blocks) if block.text in paragraphs[:5]]
    end = next((at for at in firsts if at >= headline), firsts[0] if firsts else 0)
    return [block.text for block in reversed(blocks[max(0, end - _BLOCKS) : end + 1]) if len(block.text) <= _LONGEST]


def read_masthead(lines: Sequence[str], language: str, zone: str, latest: datetime) -> Masthead:
    """Time and byline of the lines above a text; ``zone`` is for clocks without one, ``latest`` the fetch.

    The first time counts; of two for one day the one with a clock.
    """
    published: Moment | None = None
    byline = ""
    for line in lines:
        found = read_clock(line, language, zone, latest)
        if published is None or (
            found and found.clock and not published.clock and abs(found.at - published.at) < _ONE_DAY
        ):
            published = found
        byline = byline or _read_byline(line, dated=found is not None)
    return Masthead(published, byline)


def _read_byline(line: str, *, dated: bool) -> str:
    pieces = _PIECES.split(line)
    for piece in pieces:
        match = _BYLINE.match(piece.strip())
        if match and all(word[0].isupper() or len(word) <= 3 for word in match["names"].split()):
            return match["names"]
    # Beside a time a bare name is the author's: "March 3, 2026 10:15 | Jane Doe".
    for piece in pieces if dated and len(pieces) > 1 else ():
        if _NAME.match(piece.strip()) and all(word[0].isupper() for word in piece.split()):
            return normalize_line(piece)
    return ""


def read_clock(line: str, language: str, zone: str, latest: datetime) -> Moment | None:
    """The time that a line tells with day and clock, never one after ``latest``; None where it tells none.

    Of day and month in figures the day is first. In a language that may write the month first, the order is the one
    that gives the day of the fetch; else with AM or PM the month is first; and where the usual order can't be, or is in
    the future, it is the other. Points are never put between month and day. A clock without a zone that is ahead by no
    more than zones lie apart is some other zone's: the day stands, without it.
    """
    if match := _NUMBERS.search(line):
        days = _read_figures(match, language, latest)
    elif match := _YEAR_FIRST.search(line):
        days = [(int(match["year"]), int(match["month"]), int(match["day"]))]
    elif match := _WORDS.search(line):
        moment = read_wording(match["day"], language) or read_wording(match["day"])
        if moment is None:
            return None
        days = [(moment.at.year, moment.at.month, moment.at.day)]
    else:
        return None
    for day in days:
        if found := _join(*day, match, zone, latest):
            return found
    return None


def _read_figures(match: re.Match[str], language: str, latest: datetime) -> list[tuple[int, int, int]]:
    """The days that figures may stand for, the likeliest first, each as year, month, day."""
    one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
    day_first, month_first = (year, two, one), (year, one, two)
    if match["mark"] == ".":
        return [day_first]
    if language not in _MONTH_FIRST:
        # A thirteenth month is no month: there the figures themselves say that they are the other way.
        return [month_first if two > 12 else day_first]
    orders = [month_first, day_first] if match["half"] and match["mark"] == "/" else [day_first, month_first]
    # Most pages are fetched when they are new.
    fresh = [latest + timedelta(days=days) for days in (-1, 0, 1)]
    return sorted(orders, key=lambda order: order not in [(at.year, at.month, at.day) for at in fresh])


def _read_shift(shift: str | None) -> timezone | None:
    """``+3`` and ``+05:30`` behind GMT as a zone; None where there is none, or no clock is so far off."""
    if not shift:
        return None
    figures = shift[1:].replace(":", "")
    hours, minutes = (figures[:-2], figures[-2:]) if len(figures) > 2 else (figures, "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return None if offset > _ZONES_APART else timezone(-offset if shift[0] == "-" else offset)


def _join(year: int, month: int, day: int, match: re.Match[str], zone: str, latest: datetime) -> Moment | None:
    """Day and clock in one; the day alone where the clock is of a zone that is not known, None in the future."""
    hour, minute = int(match["hour"]), int(match["minute"])
    half = (match["half"] or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        naive = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone comes next
    except ValueError:
        return None
    named = match["zone"] or ""
    own = naive.replace(tzinfo=ZoneInfo(zone))
    is_sure = bool(named) and (named == own.tzname() or named in _ZONES)
    if is_sure and (match["shift"] or named != own.tzname()):
        own = naive.replace(tzinfo=_read_shift(match["shift"]) or ZoneInfo(_ZONES[named]))
    moment = Moment(own.astimezone(UTC), match.group().strip(), clock=True)
    if is_sure or moment.at <= latest or moment.at > latest + _ZONES_APART:
        return bound(moment, latest)
    midnight = datetime.combine(naive.date(), time(), UTC)
    return bound(moment, latest) or bound(Moment(midnight, moment.source, clock=False), latest)
