"""Parse what is printed between headline and text: the time, with its time of day, and the byline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.extract.blocks import Block
from copydesk.pipeline.extract.dates import ParsedTime, clamp_to_fetch, parse_written_date

# Blocks above the text that are searched.
_MAX_BLOCKS_ABOVE = 14
# Longer blocks are paragraphs, not masthead lines.
_MAX_LINE_CHARS = 160
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::|h|\.|[時时시]\s?)(?P<minute>\d\d)(?::\d\d)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?(?:\s?Uhr)?"
    r"(?:\s?\(?(?P<zone>[A-Z]{2,5}\b)(?P<shift>(?<=GMT|UTC)[+-]\d{1,2}(?::?\d\d)?\b)?)?"
)
_DATE_TIME_SEPARATOR = r"(?:\s?[,|·/]\s?|\s)(?:at\s|um\s|à\s|a\slas\s|às\s|alle\s|в\s|-\s)?"
_NUMERIC_DATE = re.compile(
    rf"\b(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})[./-](?P<year>\d{{4}}){_DATE_TIME_SEPARATOR}{_CLOCK}"
)
_WRITTEN_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?\d{{4}}|[^\W\d_]{{3,12}}\.?\s\d{{1,2}},?\s\d{{4}}){_DATE_TIME_SEPARATOR}{_CLOCK}"
)
# East Asian dates have the year first, and may have the day of the week in brackets: 2026年6月1日(月) 20:01.
_YEAR_FIRST_DATE = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[年년./-]\s?(?P<month>\d{1,2})\s?[月월./-]\s?(?P<day>\d{1,2})(?:\s?[日일.])?"
    rf"(?:\s?[(\uff08][^()\uff08\uff09]{{1,6}}[)\uff09])?(?:[\s,|·/]{{1,3}}|(?<=[日일)\uff09])){_CLOCK}"
)
# Languages in which a numeric date may have the month first; also if the language is unknown.
_MONTH_FIRST_LANGUAGES = frozenset({"en", "fil", "tl", ""})
# Two times of one day, in any two zones, are less than this apart.
_SAME_DAY_TOLERANCE = timedelta(hours=36)
# UTC+14 is the largest offset in use.
_MAX_ZONE_DIFFERENCE = timedelta(hours=14)
_ZONE_BY_ABBREVIATION = {
    "ET": "America/New_York", "EST": "America/New_York", "EDT": "America/New_York", "PT": "America/Los_Angeles",
    "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "CET": "Europe/Paris", "CEST": "Europe/Paris",
    "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin", "BST": "Europe/London", "GMT": "UTC", "UTC": "UTC",
    "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "HKT": "Asia/Hong_Kong", "SGT": "Asia/Singapore",
    "MSK": "Europe/Moscow",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Masthead:
    """What is printed above the text."""

    published: ParsedTime | None = None
    """Time of publication; None if not printed."""
    byline: str = ""
    """Names of the authors; empty if not printed."""


def patterns() -> list[re.Pattern[str]]:
    """Return every pattern in use, for timing tests."""
    return [_NUMERIC_DATE, _WRITTEN_DATE, _YEAR_FIRST_DATE]


def find_masthead_lines(blocks: Sequence[Block], paragraphs: Sequence[str], title: str) -> list[str]:
    """Return the short lines above the text's first paragraph, nearest first; a short first paragraph is one of them.

    Lines above the headline, such as an error's banner, may have been taken for paragraphs. So the first paragraph
    below the headline counts.
    """
    headline = next((at for at, block in enumerate(blocks) if title and title in block.text), 0)
    firsts = [at for at, block in enumerate(blocks) if block.text in paragraphs[:5]]
    end = next((at for at in firsts if at >= headline), firsts[0] if firsts else 0)
    return [
        block.text
        for block in reversed(blocks[max(0, end - _MAX_BLOCKS_ABOVE) : end + 1])
        if len(block.text) <= _MAX_LINE_CHARS
    ]


def parse_masthead(lines: Sequence[str], language: str, zone: str, latest: datetime) -> Masthead:
    """Parse time and byline from the lines above a text.

    The first time counts. Of two times for one day, the one with a time of day does.

    Args:
        lines: Nearest line first.
        language: Two-letter code, or empty.
        zone: Zone of times without one.
        latest: When the page was fetched, aware.
    """
    published: ParsedTime | None = None
    byline = ""
    for line in lines:
        found = parse_printed_time(line, language, zone, latest)
        if published is None or (
            found and found.has_time and not published.has_time and abs(found.at - published.at) < _SAME_DAY_TOLERANCE
        ):
            published = found
        byline = byline or _parse_byline(line, dated=found is not None)
    return Masthead(published, byline)


def _parse_byline(line: str, *, dated: bool) -> str:
    """Return the names in a byline; empty if the line is not one.

    Args:
        line: A line above the text.
        dated: Whether the line contains a time. A bare name next to it is then the author's.
    """
    found = parse_byline(line)
    is_byline = found.is_whole(line) or (dated and found.segments > 1 and found.has_full_name and not found.rest)
    return ", ".join(found.people) if is_byline else ""


def parse_printed_time(line: str, language: str, zone: str, latest: datetime) -> ParsedTime | None:
    """Parse a line's date with its time of day; return None if it has none, or only one after ``latest``.

    In a numeric date the day comes first. Languages that may write the month first are ambiguous: there the order that
    gives about the day of the fetch wins, else with AM or PM the month comes first. If the chosen order is not a valid
    date or is in the future, the other one is used. With dots the day is always first.

    A time without a zone that is ahead of the fetch by no more than zones differ is in some other zone: the day is
    kept, without the time.
    """
    if match := _NUMERIC_DATE.search(line):
        days = _list_possible_days(match, language, latest)
    elif match := _YEAR_FIRST_DATE.search(line):
        days = [(int(match["year"]), int(match["month"]), int(match["day"]))]
    elif match := _WRITTEN_DATE.search(line):
        moment = parse_written_date(match["day"], language) or parse_written_date(match["day"])
        if moment is None:
            return None
        days = [(moment.at.year, moment.at.month, moment.at.day)]
    else:
        return None
    for day in days:
        if found := _combine_day_and_time(*day, match, zone, latest):
            return found
    return None


def _list_possible_days(match: re.Match[str], language: str, latest: datetime) -> list[tuple[int, int, int]]:
    """Return the days that a numeric date may mean, the most likely first, each as (year, month, day)."""
    first, second, year = int(match["one"]), int(match["two"]), int(match["year"])
    day_first, month_first = (year, second, first), (year, first, second)
    if match["mark"] == ".":
        return [day_first]
    if language not in _MONTH_FIRST_LANGUAGES:
        # There is no thirteenth month: such figures are in the other order.
        return [month_first if second > 12 else day_first]
    orders = [month_first, day_first] if match["half"] and match["mark"] == "/" else [day_first, month_first]
    # Most pages are fetched on the day of publication.
    fetch_days = [latest + timedelta(days=days) for days in (-1, 0, 1)]
    return sorted(orders, key=lambda order: order not in [(at.year, at.month, at.day) for at in fetch_days])


def _parse_utc_offset(shift: str | None) -> timezone | None:
    """Parse ``+3`` or ``+05:30`` behind GMT; return None if there is no offset, or none that exists."""
    if not shift:
        return None
    digits = shift[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return None if offset > _MAX_ZONE_DIFFERENCE else timezone(-offset if shift[0] == "-" else offset)


def _combine_day_and_time(
    year: int, month: int, day: int, match: re.Match[str], zone: str, latest: datetime
) -> ParsedTime | None:
    """Combine a day with the matched time of day; return None in the future, the day alone if the zone is unknown."""
    hour, minute = int(match["hour"]), int(match["minute"])
    half = (match["half"] or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        naive = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone is set below
    except ValueError:
        return None
    zone_name = match["zone"] or ""
    local = naive.replace(tzinfo=ZoneInfo(zone))
    is_sure = bool(zone_name) and (zone_name == local.tzname() or zone_name in _ZONE_BY_ABBREVIATION)
    if is_sure and (match["shift"] or zone_name != local.tzname()):
        local = naive.replace(tzinfo=_parse_utc_offset(match["shift"]) or ZoneInfo(_ZONE_BY_ABBREVIATION[zone_name]))
    moment = ParsedTime(local.astimezone(UTC), match.group().strip(), has_time=True)
    if is_sure or moment.at <= latest or moment.at > latest + _MAX_ZONE_DIFFERENCE:
        return clamp_to_fetch(moment, latest)
    midnight = datetime.combine(naive.date(), time(), UTC)
    return clamp_to_fetch(moment, latest) or clamp_to_fetch(
        ParsedTime(midnight, moment.raw_text, has_time=False), latest
    )
