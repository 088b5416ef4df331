"""Find when a page was published and last changed: with time and zone if given, never after the fetch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import DayOrder, FoundTime, Label, ParsedTime, Precision, find_times, parse_time
from copydesk.pipeline.extract.structured_data import Structured

# Clocks differ: a page may be dated this much after its fetch.
_CLOCK_SKEW = timedelta(hours=1)
# UTC+14 (Line Islands) is the largest offset in use: there a day begins this much earlier than in UTC.
_MAX_UTC_OFFSET = timedelta(hours=14)
# Before the web; an earlier date is a default value or an error.
_EARLIEST_PUBLICATION = datetime(1990, 1, 1, tzinfo=UTC)
# Two times of one day, in any two zones, are less than this apart.
_SAME_DAY_TOLERANCE = timedelta(hours=36)
# A printed time that is earlier than the declared one by more than this belongs to something else.
_MAX_EDIT_DELAY = timedelta(days=7)
_ONE_MINUTE = timedelta(minutes=1)
# Pages repeat one time under many names.
_MAX_DECLARED_TIMES = 12
# The day in an address is that of the draft, in the newsroom's zone.
_ADDRESS_TOLERANCE_DAYS = 1
_ADDRESS_DAY = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})([/_.-]?)([01]?[0-9]|[a-z]{3})\2([0-3]?[0-9])(?![0-9])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TimeReader:
    """Reads the times of one page."""

    fetched_at: datetime
    """When the page was fetched, aware."""
    language: str = ""
    """Language tag of the page, with its country if known."""
    zone: tzinfo = UTC
    """Zone of times without one."""
    near: datetime | None = None
    """About when the page was published, aware, according to its feed or its URL; None if they do not say."""
    day_order: DayOrder | None = None
    """The order of day and month that the wire is known to use; None: the usual one."""

    def parse(self, wording: str) -> ParsedTime | None:
        """Return the time that a wording consists of; None if it has none, before 1990, or after the fetch.

        If only its time of day or zone is doubtful, the day remains.
        """
        parsed = parse_time(
            wording, language=self.language, zone=self.zone, latest=self.fetched_at, near=self.near,
            day_order=self.day_order,
        )  # fmt: skip
        return self.accept(parsed)

    def find(self, line: str) -> list[tuple[Label, ParsedTime]]:
        """Return the acceptable times in a printed line, with their labels."""
        found = _find_times(line, self)
        accepted = ((each.label, self.accept(each.time)) for each in found)
        return [(label, at) for label, at in accepted if at is not None]

    def accept(self, parsed: ParsedTime) -> ParsedTime | None:
        """Return a time that the page may have been published at; None if it is before 1990 or after the fetch."""
        if parsed.instant is None:
            parsed = to_day(parsed)
        if parsed.instant is None or parsed.instant < _EARLIEST_PUBLICATION:
            return None
        return clamp_to_fetch(parsed, self.fetched_at)


def make_time_reader(page: Page, source: Source | None, language: str) -> TimeReader:
    """Return the reader of a page's times.

    Args:
        page: The page.
        source: Its wire, if known.
        language: Language tag of the text, with its country if known.
    """
    near = page.published_hint
    if near is None and (day := find_day_in_url(page.final_url or page.url)) is not None:
        near = datetime.combine(day, time(), UTC)
    zone, day_order = (ZoneInfo(source.timezone), source.day_order) if source else (UTC, None)
    return TimeReader(page.fetched_at, language, zone, near, day_order)


@lru_cache(maxsize=256)
def _find_times(line: str, reader: TimeReader) -> list[FoundTime]:
    """Return ``find_times`` of a line. Cached: several steps read the same lines."""
    return find_times(
        line, language=reader.language, zone=reader.zone, latest=reader.fetched_at, near=reader.near,
        day_order=reader.day_order,
    )  # fmt: skip


def to_day(parsed: ParsedTime) -> ParsedTime:
    """Return a time without its time of day: the midnight in UTC of the day as written."""
    if parsed.day is None:
        return replace(parsed, instant=None)
    midnight = datetime.combine(parsed.day, time(), UTC)
    return replace(parsed, instant=midnight, precision=Precision.DAY, utc_offset=None, is_offset_stated=False)


def clamp_to_fetch(parsed: ParsedTime, fetched_at: datetime) -> ParsedTime | None:
    """Return a time, at most that of the fetch; None if it is in the future.

    A time shortly after the fetch becomes the fetch, because clocks differ. A time without a zone that is ahead by no
    more than zones differ is in another zone: its day remains. A date without a time of day stands for its midnight
    in UTC, which east of Greenwich is still ahead when that day has begun.
    """
    if parsed.instant is None or parsed.instant <= fetched_at:
        return parsed
    ahead = parsed.instant - fetched_at
    if ahead <= (_CLOCK_SKEW if parsed.has_clock else _MAX_UTC_OFFSET):
        return replace(parsed, instant=fetched_at)
    if parsed.has_clock and not parsed.is_offset_stated and ahead <= _MAX_UTC_OFFSET:
        return clamp_to_fetch(to_day(parsed), fetched_at)
    return None


def find_day_in_url(url: str) -> date | None:
    """Return the day in the path of a URL (``/2026/03/05/``, ``/2026-03-05-``, ``20260305``); None without one."""
    path = urlsplit(url).path if "://" in url else url
    days = set()
    for year, sign, month, day in _ADDRESS_DAY.findall(path[:500]):
        if not sign and not (len(month) == 2 and month.isdigit() and len(day) == 2):
            continue
        parsed = parse_time(f"{year}-{month.zfill(2)}-{day.zfill(2)}")
        if parsed.day is not None:
            days.add(parsed.day)
    return days.pop() if len(days) == 1 else None


def choose_first(times: Iterable[ParsedTime | None]) -> ParsedTime | None:
    """Return the first time; of two times for one day, the one with a time of day."""
    chosen: ParsedTime | None = None
    for at in times:
        if at is None:
            continue
        if chosen is None:
            chosen = at
        elif at.has_clock and is_same_day(chosen, at):
            return at
        if chosen.has_clock:
            return chosen
    return chosen


def is_same_day(one: ParsedTime, other: ParsedTime) -> bool:
    """Return whether two times may be one, in any two zones: of one day, or with times of day less than 14 h apart."""
    if one.instant is None or other.instant is None:
        return False
    both = one.has_clock and other.has_clock
    return abs(one.instant - other.instant) <= (_MAX_UTC_OFFSET if both else _SAME_DAY_TOLERANCE)


def is_before(one: ParsedTime, other: ParsedTime) -> bool:
    """Return whether a time is earlier than another one."""
    return one.instant is not None and other.instant is not None and one.instant < other.instant


def is_about(parsed: ParsedTime, day: date) -> bool:
    """Return whether a time is within a day of another day, as written or in UTC."""
    days = [at for at in (parsed.day, parsed.instant.date() if parsed.instant else None) if at is not None]
    return any(abs((at - day).days) <= _ADDRESS_TOLERANCE_DAYS for at in days)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The times that a page gives, in order of reliability within each kind."""

    declared: tuple[ParsedTime, ...] = ()
    """From JSON-LD and meta elements."""
    elements: tuple[ParsedTime, ...] = ()
    """From time elements next to the headline or in the article."""
    printed: ParsedTime | None = None
    """From the lines between headline and text."""
    address_day: date | None = None
    """From the URL."""
    modified: tuple[ParsedTime, ...] = ()
    """Times of last change, from all these."""

    @property
    def is_complete(self) -> bool:
        """Whether the declared times need no other evidence: they have a time of day, and nothing contradicts them."""
        first = choose_first(self.declared)
        confirmed = first is not None and (self.address_day is None or is_about(first, self.address_day))
        return first is not None and first.has_clock and confirmed and not self._is_overwritten(first)

    @property
    def is_in_utc(self) -> bool:
        """Whether the declared time is written in UTC, as many systems do whatever the page's own zone."""
        first = choose_first(self.declared)
        return first is not None and first.utc_offset == timedelta()

    def _is_overwritten(self, published: ParsedTime) -> bool:
        return any(published.instant == at.instant for at in self.modified[:2])

    def choose_published_at(self) -> ParsedTime | None:
        """Return the time of publication.

        Declared times win, then elements, then what is printed, then the day in the address. Exceptions:

        - A time that is not of the day in the address gives way to one that is: stray stamps are those of the page's
          making, of another story, or of what the story checks.
        - A day gives way to a time of day on that day.
        - Some systems overwrite the publication time with each change: if the data give one time for both, a printed
          time that is earlier by more than time zones explain is the publication.
        """
        every = (*self.declared, *self.elements, *((self.printed,) if self.printed else ()))
        chosen = choose_first((*self.declared, *self.elements)) or self.printed
        if self.address_day is not None and (chosen is None or not is_about(chosen, self.address_day)):
            confirmed = choose_first(at for at in every if is_about(at, self.address_day))
            if confirmed is None and not self.declared:
                midnight = datetime.combine(self.address_day, time(), UTC)
                return ParsedTime(self.address_day.isoformat(), midnight, day=self.address_day)
            chosen = confirmed or chosen
        printed = self.printed
        if chosen is None or printed is None or not printed.has_clock or chosen.instant is None:
            return chosen
        if not chosen.has_clock:
            return printed if is_same_day(chosen, printed) else chosen
        if printed.instant is None:
            return chosen
        delay = chosen.instant - printed.instant
        if self._is_overwritten(chosen) and _MAX_UTC_OFFSET < delay < _MAX_EDIT_DELAY:
            return printed
        if printed.is_offset_stated and not chosen.utc_offset and abs(delay) < _ONE_MINUTE:
            # The same time: the page prints it in its own zone.
            return replace(chosen, utc_offset=printed.utc_offset, day=printed.day)
        return chosen

    def choose_modified_at(self, published: ParsedTime | None) -> ParsedTime | None:
        """Return the time of last change: the first one that is not before the publication."""
        for at in self.modified:
            if published is None or published.instant is None or (at.instant and at.instant >= published.instant):
                return at
        return None


def read_declared_times(data: Structured, url: str, reader: TimeReader) -> Evidence:
    """Return the times that the page's data and its URL give.

    Args:
        data: The structured data.
        url: The page's URL.
        reader: The page's reader.
    """
    declared, modified = (
        tuple(at for wording in wordings if (at := reader.parse(wording)) is not None)
        for wordings in (data.dates[:_MAX_DECLARED_TIMES], data.modified[:_MAX_DECLARED_TIMES])
    )
    day = find_day_in_url(url)
    is_past = day is not None and day <= (reader.fetched_at + _MAX_UTC_OFFSET).date()
    return Evidence(declared, address_day=day if is_past else None, modified=modified)
