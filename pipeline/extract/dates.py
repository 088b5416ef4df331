"""Find when a page was published and last changed: with time and zone if given, never after the fetch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain
from zoneinfo import ZoneInfo

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.extract.structured_data import Structured
from copydesk.pipeline.process.limits import import_outside_limits

# Clocks differ: a page may be dated this much after its fetch.
_CLOCK_SKEW = timedelta(hours=1)
# UTC+14 (Line Islands): there a day begins this much earlier than in UTC.
_EASTERNMOST_UTC_OFFSET = timedelta(hours=14)
# Before the web; an earlier date is a default value or an error.
_EARLIEST_PUBLICATION = datetime(1990, 1, 1, tzinfo=UTC)
# htmldate's time grows with the page; longer ones are not searched for a date in their text.
_DATE_SEARCH_MAX_CHARS = 1_500_000
_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[T ]{1,3}(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?",
    re.IGNORECASE,
)
# Dates with dots (3.4.2026) have the day first in every locale.
_DOTTED_DATE = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b")
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(Z|[+-]\d\d:?\d\d)?$")


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """A time as a page gives it."""

    at: datetime
    """Aware, in UTC; midnight if the page gives no time of day."""
    raw_text: str
    """The page's own wording."""
    has_time: bool
    """Whether the wording has a time of day."""


def parse_timestamp(wording: str, zone: str = "UTC") -> ParsedTime | None:
    """Parse a machine-readable timestamp; return None if it is invalid or before 1990.

    Accepted are ISO 8601 in its usual variants, RFC 2822, and epoch seconds or milliseconds.

    Args:
        wording: The timestamp.
        zone: Zone of a time without one. A date without a time becomes its midnight in UTC, whatever the zone, so that
            the date stays the same.
    """
    text = wording.strip()
    moment: datetime | None = None
    has_time = True
    if match := (_ISO.search(text[:80]) or _COMPACT.match(text)):
        year, month, day, hour, minute, second, offset = match.groups()
        has_time = hour is not None
        try:
            moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
            if offset and offset.upper() not in {"Z", "UTC", "GMT"}:
                moment = datetime.fromisoformat(moment.isoformat() + (offset if len(offset) > 3 else offset + ":00"))
            elif offset or not has_time:
                moment = moment.replace(tzinfo=UTC)
        except ValueError:
            return None
    elif text.isdigit() and len(text) in {10, 13}:
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
    else:
        try:
            moment = parsedate_to_datetime(text[:80])
        except (ValueError, TypeError, IndexError):
            return None
        has_time = ":" in text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return ParsedTime(moment, wording[:200], has_time) if moment >= _EARLIEST_PUBLICATION else None


# CSS selectors of elements with a machine-readable time, the most reliable first.
_PUBLISHED_SELECTORS = (
    ("[itemprop='datePublished'][content]", "content"),
    ("[itemprop='datePublished'][datetime]", "datetime"),
    ("time[pubdate][datetime]", "datetime"),
    ("article header time[datetime]", "datetime"),
    ("header time[datetime]", "datetime"),
    ("article time[datetime]", "datetime"),
    ("time[datetime]", "datetime"),
)
_MODIFIED_SELECTORS = (
    ("[itemprop='dateModified'][content]", "content"),
    ("[itemprop='dateModified'][datetime]", "datetime"),
)


def _read_time_elements(tree: LexborHTMLParser, selectors: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Yield the value of the first element that matches each selector. Lazy: later selectors may not be needed."""
    for selector, attribute in selectors:
        if (node := tree.css_first(selector)) and (value := node.attributes.get(attribute)):
            yield value


def find_published_at(
    tree: LexborHTMLParser, data: Structured, fetched_at: datetime, zone: str = "UTC"
) -> ParsedTime | None:
    """Return the publication time that the page's data give, or None.

    The order is JSON-LD, meta elements, time elements. Timestamps after the fetch are ignored. Of two timestamps for
    one day, the one with a time of day wins.

    Args:
        tree: The parsed page.
        data: Its structured data.
        fetched_at: When the page was fetched, aware.
        zone: Zone of times without one.
    """
    chosen: ParsedTime | None = None
    for wording in chain(data.dates, _read_time_elements(tree, _PUBLISHED_SELECTORS)):
        moment = clamp_to_fetch(parse_timestamp(wording, zone), fetched_at)
        if moment is None:
            continue
        if chosen is None:
            chosen = moment
        elif not chosen.has_time and moment.has_time and abs(moment.at - chosen.at) < timedelta(hours=36):
            return moment
        if chosen.has_time:
            return chosen
    return chosen


def _prints_first_of_month(text: str, day: str) -> bool:
    """Return whether a text contains the first of a month, ``YYYY-MM-01``, in any of the usual notations."""
    year, month, _ = day.split("-")
    number = f"0?{int(month)}"
    forms = (
        rf"{year}[-/._年년]?\s?{number}[-/._月월]?\s?0?1(?:\b|日|일)",
        rf"\b0?1[-/.]{number}[-/.]{year}",
        rf"\b{number}[-/.]0?1[-/.]{year}",
        rf"\b0?1(?:st|er|\.|º)?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?{year}",
        rf"[^\W\d_]{{3,12}}\.?\s0?1(?:st)?,?\s{year}",
    )
    return any(re.search(form, text) for form in forms)


def find_day_with_htmldate(html: str, url: str, fetched_at: datetime) -> ParsedTime | None:
    """Return the day that htmldate finds in URL and text, for a page without a time in its data; or None.

    htmldate reads a lone year as 1 January and a lone month, as in a URL, as its first day. So 1 January is never
    accepted, and another first of a month only if the page prints that date.
    """
    if len(html) > _DATE_SEARCH_MAX_CHARS:
        return None
    import_outside_limits("htmldate")
    from htmldate import find_date

    # To the end of the day: htmldate compares with times too, and would exclude the day of the fetch.
    latest = datetime.combine((fetched_at + _CLOCK_SKEW).date(), time.max)
    day = find_date(html, original_date=True, url=url or None, max_date=latest)
    if not day or day.endswith("-01-01") or (day.endswith("-01") and not _prints_first_of_month(f"{url} {html}", day)):
        return None
    at = datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
    return clamp_to_fetch(ParsedTime(at, day, has_time=False), fetched_at) if at >= _EARLIEST_PUBLICATION else None


def find_modified_at(
    tree: LexborHTMLParser, data: Structured, published: ParsedTime | None, fetched_at: datetime, zone: str = "UTC"
) -> ParsedTime | None:
    """Return the page's time of last change; None if it gives none between publication and fetch.

    Args:
        tree: The parsed page.
        data: Its structured data.
        published: Publication time; an earlier change is ignored.
        fetched_at: When the page was fetched, aware.
        zone: Zone of times without one.
    """
    for wording in chain(data.modified, _read_time_elements(tree, _MODIFIED_SELECTORS)):
        moment = clamp_to_fetch(parse_timestamp(wording, zone), fetched_at)
        if moment and (published is None or moment.at >= published.at):
            return moment
    return None


def clamp_to_fetch(moment: ParsedTime | None, fetched_at: datetime) -> ParsedTime | None:
    """Return the moment, at most the time of the fetch; None if it is None or in the future.

    A moment shortly after the fetch becomes the fetch, because clocks differ. A date without a time stands for its
    midnight in UTC, which east of Greenwich is still ahead when that day has begun.
    """
    if moment is None or moment.at <= fetched_at:
        return moment
    slack = _CLOCK_SKEW if moment.has_time else _EASTERNMOST_UTC_OFFSET
    return ParsedTime(fetched_at, moment.raw_text, moment.has_time) if moment.at <= fetched_at + slack else None


def parse_written_date(wording: str, language: str = "", zone: str = "UTC") -> ParsedTime | None:
    """Parse a date as people write it (``3 March 2026, 14:05 GMT``); return None if it is not a full date.

    Args:
        wording: The text; at most 120 characters are read.
        language: Two-letter code; empty lets dateparser try all languages.
        zone: Zone of a time without one.
    """
    import_outside_limits("dateparser")
    import dateparser

    settings: dict[str, object] = {
        "TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True, "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],  # no "2 hours ago": it would depend on the time of parsing
    }  # fmt: skip
    if _DOTTED_DATE.search(wording[:120]):
        settings |= {"DATE_ORDER": "DMY", "PREFER_LOCALE_DATE_ORDER": False}
    try:
        moment = dateparser.parse(wording[:120], languages=[language] if language else None, settings=settings)
    except (ValueError, OverflowError, RecursionError):
        return None
    if moment is None:
        return None
    has_time = ":" in wording
    if not has_time:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    moment = moment.astimezone(UTC)
    return ParsedTime(moment, wording[:200], has_time) if moment >= _EARLIEST_PUBLICATION else None
