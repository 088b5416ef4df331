"""What is printed between the headline and the text: the time with its clock, the byline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.extract.blocks import Block
from pipeline.extract.dates import Moment, read_wording
from pipeline.text import mend_line

# How many blocks above the text are looked at, and the longest of them.
_BLOCKS = 14
_LONGEST = 160
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::|h|\.)(?P<minute>\d\d)(?::\d\d)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?(?:\s?Uhr)?"
    r"\s?(?P<zone>[A-Z]{2,5}\b)?"
)
_JOIN = r"(?:\s?[,|·/]\s?|\s)(?:at\s|um\s|à\s|a\slas\s|às\s|alle\s|в\s|-\s)?"
_NUMBERS = re.compile(rf"\b(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})[./-](?P<year>\d{{4}}){_JOIN}{_CLOCK}")
_WORDS = re.compile(
    rf"\b(?P<day>\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?\d{{4}}|[^\W\d_]{{3,12}}\.?\s\d{{1,2}},?\s\d{{4}}){_JOIN}{_CLOCK}"
)
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
    return [_NUMBERS, _WORDS, _PIECES, _BYLINE, _NAME]


def find_head(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> list[str]:
    """The short lines above the text's first paragraph, and that paragraph itself where it is short; nearest first.

    What stands above the headline (an error's banner) may have been taken for a paragraph: the first below it counts.
    """
    headline = next((at for at, block in enumerate(blocks) if title and title in block.text), 0)
    firsts = [at for at, block in enumerate(blocks) if block.text in paragraphs[:5]]
    end = next((at for at in firsts if at >= headline), firsts[0] if firsts else 0)
    return [block.text for block in reversed(blocks[max(0, end - _BLOCKS) : end + 1]) if len(block.text) <= _LONGEST]


def read_masthead(lines: Sequence[str], language: str, zone: str, latest: datetime) -> Masthead:
    """Time and byline of the lines above a text; ``zone`` is for clocks without one, ``latest`` the fetch."""
    published: Moment | None = None
    byline = ""
    for line in lines:
        found = read_clock(line, language, zone, latest)
        published = published or found
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
            return mend_line(piece)
    return ""


def read_clock(line: str, language: str, zone: str, latest: datetime) -> Moment | None:
    """The time that a line tells with day and clock; None where it tells none, or one after ``latest``.

    Day and month in figures: with points the day is first; with AM or PM the month is; else the day, unless that
    can't be. Of two readings that can be, one in the future is none.
    """
    if match := _NUMBERS.search(line):
        one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
        orders = [(two, one), (one, two)]
        if match["half"] and match["mark"] == "/":
            orders.reverse()
        days = [(year, month, day) for month, day in orders]
    elif match := _WORDS.search(line):
        moment = read_wording(match["day"], language) or read_wording(match["day"])
        if moment is None:
            return None
        days = [(moment.at.year, moment.at.month, moment.at.day)]
    else:
        return None
    for year, month, day in days:
        at = _join(year, month, day, match, zone)
        if at is not None and at <= latest + timedelta(hours=1):
            return Moment(at, match.group().strip(), clock=True)
    return None


def _join(year: int, month: int, day: int, match: re.Match[str], zone: str) -> datetime | None:
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
    if named and named != own.tzname() and named in _ZONES:
        own = naive.replace(tzinfo=ZoneInfo(_ZONES[named]))
    return own.astimezone(UTC)
