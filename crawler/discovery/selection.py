"""Selection: which of the discovered entries a run fetches. Pure: entries, window and what is known decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from copydesk.crawler.discovery import Entry
from copydesk.pipeline.core.errors import BadSource, BadWindow
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.urls import canonicalize, hash_url

LIVE_WINDOW_MAX_AGE = timedelta(hours=2)  # a window that ended longer ago is a past one


class DiscoveryMode(StrEnum):
    """How a window is crawled: ``live`` asks feeds, sitemaps and lists, ``archive`` the dated archive alone; ``auto``
    is archive for a past window of a wire that has one, else live. ``crawl`` is another word for live."""

    AUTO = "auto"
    LIVE = "live"
    ARCHIVE = "archive"

    @classmethod
    def _missing_(cls, value: object) -> DiscoveryMode | None:
        return cls.LIVE if value == "crawl" else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with its canonical address and that one's key (SHA-256, 32 bytes)."""

    entry: Entry
    canonical_url: str
    url_key: bytes


def resolve_mode(mode: DiscoveryMode, window: Window, source: Source, now: datetime) -> DiscoveryMode:
    """What ``auto`` means for this window.

    Raises:
        BadSource: ``archive`` is asked for and the wire has none.
        BadWindow: the window is a past one, which only an archive has.
    """
    if mode is DiscoveryMode.ARCHIVE and not source.discovery.archive:
        raise BadSource(
            f"{source.name} has no archive.", "Set discovery.archive in its file, or crawl its feeds with mode live."
        )
    if mode is not DiscoveryMode.AUTO:
        return mode
    found = source.discovery
    listed = bool(found.feeds or found.sitemaps or found.lists)
    past = window.end < now - LIVE_WINDOW_MAX_AGE
    if past and not found.archive:
        # What its feeds show is of now: it would be filed as what that window brought.
        raise BadWindow(
            f"{source.name} has no dated archive, so a past window can't be crawled.",
            "Give a later --until or none, or ask its feeds all the same with --mode live.",
        )
    return DiscoveryMode.ARCHIVE if found.archive and (past or not listed) else DiscoveryMode.LIVE


def build_candidates(entries: Iterable[Entry], source: Source) -> list[Candidate]:
    """The entries that the source's ``include`` and ``exclude`` let through, each canonical address once.

    Where entries share an address, their times are told of one: the earliest publication, the latest update.
    """
    include = [re.compile(pattern) for pattern in source.discovery.include]
    exclude = [re.compile(pattern) for pattern in source.discovery.exclude]
    found: dict[bytes, Candidate] = {}
    for entry in entries:
        if include and not any(pattern.search(entry.url) for pattern in include):
            continue
        if any(pattern.search(entry.url) for pattern in exclude):
            continue
        canonical = canonicalize(entry.url, source.identity)
        key = hash_url(canonical)
        known = found.get(key)
        found[key] = Candidate(_merge_entries(known.entry, entry) if known else entry, canonical, key)
    return list(found.values())


def select_candidates(
    candidates: Iterable[Candidate],
    window: Window,
    mode: DiscoveryMode,
    last_fetched: Mapping[bytes, datetime],
    known_since: datetime | None = None,
    fetched_earlier: Mapping[bytes, datetime] = MappingProxyType({}),
) -> list[Candidate]:
    """The candidates to fetch, in order. ``fetched`` says when each known key was last fetched (aware UTC).

    In the archive: what lies in the window. Else: what lies in the window, what the store does not know yet (late or
    undated copy; where it bears a time, not from before ``known_since``), and what its feed says has changed since it
    was fetched. In either, ``done`` says when an earlier try of this run got what it need not ask for again, unless it
    has changed since.
    """
    return [
        candidate
        for candidate in candidates
        if _is_wanted(candidate, window, mode, last_fetched, known_since)
        and not _is_already_fetched(candidate, fetched_earlier.get(candidate.url_key))
    ]


def _is_already_fetched(candidate: Candidate, fetched_at: datetime | None) -> bool:
    updated = candidate.entry.updated_at
    return fetched_at is not None and (updated is None or updated <= fetched_at)


def _is_wanted(
    candidate: Candidate,
    window: Window,
    mode: DiscoveryMode,
    last_fetched: Mapping[bytes, datetime],
    known_since: datetime | None,
) -> bool:
    times = (candidate.entry.published_at, candidate.entry.updated_at)
    inside = any(time is not None and window.start <= time < window.end for time in times)
    if inside or mode is DiscoveryMode.ARCHIVE:
        return inside
    last = last_fetched.get(candidate.url_key)
    latest = candidate.entry.last_changed
    if last is None:
        return latest is None or known_since is None or latest >= known_since
    return latest is not None and latest > last


def _merge_entries(first: Entry, second: Entry) -> Entry:
    published = [time for time in (first.published_at, second.published_at) if time]
    updated = [time for time in (first.updated_at, second.updated_at) if time]
    return Entry(first.url, min(published, default=None), max(updated, default=None), first.title or second.title)
