"""When a page was published: with clock and zone where it says so, never later than it was fetched."""

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
from copydesk.pipeline.process.limits import preload

# A page may be dated a little after its fetch: clocks differ.
_SLACK = timedelta(hours=1)
# The day begins so much earlier at its first zone than in UTC.
_EAST = timedelta(hours=14)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Characters of a page that are searched for a date in its text.
_LONGEST = 1_500_000
_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[T ]{1,3}(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?",
    re.IGNORECASE,
)
# Figures parted by points are written with the day first wherever they are.
_POINTED = re.compile(r"\b\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\b")
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(Z|[+-]\d\d:?\d\d)?$")


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` aware, UTC; ``source`` the page's own wording; ``clock`` whether it told the time of day."""

    at: datetime
    source: str
    clock: bool


def read_moment(wording: str, zone: str = "UTC") -> Moment | None:
    """Read one time stamp (ISO 8601 in its usual variants, RFC 2822, or epoch seconds or milliseconds).

    A clock without a zone is read in ``zone``. A day without a clock stands for its midnight in UTC, so that the day
    stays the day. None where it can't be read, or is before 1990.
    """
    text = wording.strip()
    moment: datetime | None = None
    clock = True
    if match := (_ISO.search(text[:80]) or _COMPACT.match(text)):
        year, month, day, hour, minute, second, offset = match.groups()
        clock = hour is not None
        try:
            moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
            if offset and offset.upper() not in {"Z", "UTC", "GMT"}:
                moment = datetime.fromisoformat(moment.isoformat() + (offset if len(offset) > 3 else offset + ":00"))
            elif offset or not clock:
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
        clock = ":" in text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    # Midnight to the second in UTC is how many systems write a day without a clock.
    return Moment(moment, wording[:200], clock) if moment >= _EARLIEST else None


# Elements that carry a machine-readable time, the surest first.
_PUBLISHED = (
    ("[itemprop='datePublished'][content]", "content"),
    ("[itemprop='datePublished'][datetime]", "datetime"),
    ("time[pubdate][datetime]", "datetime"),
    ("article header time[datetime]", "datetime"),
    ("header time[datetime]", "datetime"),
    ("article time[datetime]", "datetime"),
    ("time[datetime]", "datetime"),
)
_CHANGED = (("[itemprop='dateModified'][content]", "content"), ("[itemprop='dateModified'][datetime]", "datetime"))


def _read_times(tree: LexborHTMLParser, places: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """The wording of the first element at each of the places; looked for as it is asked for."""
    for selector, attribute in places:
        if (node := tree.css_first(selector)) and (value := node.attributes.get(attribute)):
            yield value


def find_published(tree: LexborHTMLParser, data: Structured, fetched_at: datetime, zone: str = "UTC") -> Moment | None:
    """The time of publication that the page gives in its data, or None.

    In this order: JSON-LD, meta elements, time elements. A stamp in the future of the
    fetch is passed over. Of two stamps for one day the one with a clock wins.
    """
    chosen: Moment | None = None
    for wording in chain(data.dates, _read_times(tree, _PUBLISHED)):
        moment = bound(read_moment(wording, zone), fetched_at)
        if moment is None:
            continue
        if chosen is None:
            chosen = moment
        elif not chosen.clock and moment.clock and abs(moment.at - chosen.at) < timedelta(hours=36):
            return moment
        if chosen.clock:
            return chosen
    return chosen


def _prints_first(text: str, day: str) -> bool:
    """Whether the first of a month stands in a text, in any of the usual orders."""
    year, month, _ = day.split("-")
    figure = f"0?{int(month)}"
    forms = (
        rf"{year}[-/._年년]?\s?{figure}[-/._月월]?\s?0?1(?:\b|日|일)",
        rf"\b0?1[-/.]{figure}[-/.]{year}",
        rf"\b{figure}[-/.]0?1[-/.]{year}",
        rf"\b0?1(?:st|er|\.|º)?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s)?{year}",
        rf"[^\W\d_]{{3,12}}\.?\s0?1(?:st)?,?\s{year}",
    )
    return any(re.search(form, text) for form in forms)


def search_day(html: str, url: str, fetched_at: datetime) -> Moment | None:
    """htmldate's search of address and text, for a page that gives no time in its data: a day, or None.

    The first of January is what a year alone is read as, and the first of a month what a month alone is, as in an
    address: so the one is not believed, and the other only where the page prints that day.
    """
    if len(html) > _LONGEST:
        return None
    preload("htmldate")
    from htmldate import find_date

    # The whole of the day: a printed clock would else put the day of the fetch after its own midnight.
    latest = datetime.combine((fetched_at + _SLACK).date(), time.max)
    day = find_date(html, original_date=True, url=url or None, max_date=latest)
    if not day or day.endswith("-01-01") or (day.endswith("-01") and not _prints_first(f"{url} {html}", day)):
        return None
    at = datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
    return bound(Moment(at, day, clock=False), fetched_at) if at >= _EARLIEST else None


def find_modified(
    tree: LexborHTMLParser, data: Structured, published: Moment | None, fetched_at: datetime, zone: str = "UTC"
) -> Moment | None:
    """The page's time of last change, where it gives one that is neither before its publication nor in the future."""
    for wording in chain(data.modified, _read_times(tree, _CHANGED)):
        moment = bound(read_moment(wording, zone), fetched_at)
        if moment and (published is None or moment.at >= published.at):
            return moment
    return None


def bound(moment: Moment | None, fetched_at: datetime) -> Moment | None:
    """A moment that is not after the fetch; None where there is none, or it lies in the future.

    Clocks differ, so a little after the fetch stands for the fetch. A day without a clock stands for its midnight in
    UTC, which east of Greenwich is yet to come when the day has begun.
    """
    if moment is None or moment.at <= fetched_at:
        return moment
    slack = _SLACK if moment.clock else _EAST
    return Moment(fetched_at, moment.source, moment.clock) if moment.at <= fetched_at + slack else None


def read_wording(wording: str, language: str = "", zone: str = "UTC") -> Moment | None:
    """Read a time as people write it (``3 March 2026, 14:05 GMT``); None where it names no full day."""
    preload("dateparser")
    import dateparser

    settings: dict[str, object] = {
        "TIMEZONE": zone, "RETURN_AS_TIMEZONE_AWARE": True, "REQUIRE_PARTS": ["day", "month", "year"],
        "PARSERS": ["absolute-time"],  # no "2 hours ago": it would be counted from when the page is read
    }  # fmt: skip
    if _POINTED.search(wording[:120]):
        settings |= {"DATE_ORDER": "DMY", "PREFER_LOCALE_DATE_ORDER": False}
    try:
        moment = dateparser.parse(wording[:120], languages=[language] if language else None, settings=settings)
    except (ValueError, OverflowError, RecursionError):
        return None
    if moment is None:
        return None
    clock = ":" in wording
    if not clock:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    moment = moment.astimezone(UTC)
    return Moment(moment, wording[:200], clock) if moment >= _EARLIEST else None
