"""Selection: which discovered entries a crawl fetches. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from copydesk.crawler.discovery.entry import Entry
from copydesk.crawler.discovery.identity_evidence import find_distinguishing_parameters, get_label
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import canonicalize, hash_url
from copydesk.pipeline.store.attempts import Attempts

FREE_RETRY_SPAN = timedelta(hours=2)
"""How long every crawl tries a failed URL again: as long as its hour is live (``strategy.LIVE_MAX_AGE``)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the crawl may fetch."""

    entry: Entry
    canonical_url: str
    url_key: bytes
    """SHA-256 of the canonical URL, 32 bytes."""


def build_candidates(
    entries: Iterable[Entry], source: Source, *, titles_count: bool = True, folded: list[Entry] | None = None
) -> list[Candidate]:
    """Return the entries that match the source's ``include`` and ``exclude``, one per article.

    Entries with the same canonical URL are merged: the earliest publication time, the latest update time. But if their
    titles or ids show different articles, the parameters in which their URLs differ stay.

    Args:
        entries: The entries of one feed, sitemap or list page.
        source: The wire.
        titles_count: Whether a title is its article's; not in a list page, where it is the text of a link.
        folded: Collects the entries that are merged with another one although their titles differ.
    """
    include = [re.compile(pattern) for pattern in source.discovery.include]
    exclude = [re.compile(pattern) for pattern in source.discovery.exclude]
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if include and not any(pattern.search(entry.url) for pattern in include):
            continue
        if any(pattern.search(entry.url) for pattern in exclude):
            continue
        groups.setdefault(canonicalize(entry.url, source.identity), []).append(entry)
    candidates: dict[bytes, Candidate] = {}
    labels: dict[bytes, str] = {}
    for canonical, group in groups.items():
        kept = find_distinguishing_parameters(group, source.identity) if titles_count and len(group) > 1 else ()
        for entry in group:
            own = canonicalize(entry.url, source.identity, kept) if kept else canonical
            key = hash_url(own)
            other = candidates.get(key)
            candidates[key] = Candidate(_merge_entries(other.entry, entry) if other else entry, own, key)
            if titles_count and folded is not None and labels.setdefault(key, get_label(entry)) != get_label(entry):
                folded.append(entry)
    return list(candidates.values())


@dataclass(frozen=True, slots=True)
class History:
    """What is known of URLs, by URL key; all times are aware, UTC.

    Attributes:
        now: The current time.
        last_fetched: When a URL with a stored page was last fetched.
        attempts: The unsuccessful attempts to fetch a URL.
        fetched_earlier: When an earlier attempt of this run fetched a URL.
    """

    now: datetime
    last_fetched: Mapping[bytes, datetime] = field(default_factory=dict)
    attempts: Mapping[bytes, Attempts] = field(default_factory=dict)
    fetched_earlier: Mapping[bytes, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """The result of a selection.

    Attributes:
        wanted: The candidates to fetch: first those of the window, then the others, the latest first, so that a crawl
            that is cut short by its limits has the news.
        postponed: Candidates that failed before, and are to be tried again later.
        too_old: Unknown candidates that are older than ``known_since``.
    """

    wanted: list[Candidate]
    postponed: list[Candidate]
    too_old: list[Candidate]


def select_candidates(
    candidates: Iterable[Candidate],
    window: Window,
    strategy: WireStrategy,
    history: History,
    known_since: datetime | None = None,
) -> Selection:
    """Choose the candidates to fetch.

    ``ARCHIVE`` selects what was published or updated in the window. ``LIVE`` selects in addition what is unknown
    (published late or before an outage, or without a time), and what has been updated since it was last fetched.

    A URL outside of the window that brought no page before is tried by every crawl for ``FREE_RETRY_SPAN``, then at
    growing intervals: after as much time as has passed between its first and its last attempt. So every outage is
    caught up with, and a URL that always fails costs few requests as long as it is listed. An update of the entry ends
    the waiting.

    Args:
        candidates: What was discovered.
        window: The crawl's window.
        strategy: ``LIVE`` or ``ARCHIVE``.
        history: What is known of the candidates.
        known_since: Unknown candidates with an older time are not selected. None: no limit for ``LIVE``, and the start
            of the window for ``ARCHIVE``.
    """
    inside: list[Candidate] = []
    outside: list[Candidate] = []
    selection = Selection([], [], [])
    for candidate in candidates:
        if _is_already_fetched(candidate, history.fetched_earlier.get(candidate.url_key)):
            continue
        entry, key = candidate.entry, candidate.url_key
        changed, fetched_at, attempts = entry.last_changed, history.last_fetched.get(key), history.attempts.get(key)
        times = (entry.published_at, entry.updated_at)
        if any(time is not None and window.start <= time < window.end for time in times):
            inside.append(candidate)
        elif strategy is WireStrategy.ARCHIVE and (
            known_since is None or fetched_at is not None or changed is None or changed >= window.end
        ):
            continue
        elif fetched_at is not None:
            if changed is not None and changed > fetched_at:
                outside.append(candidate)
        elif attempts is not None:
            failing = attempts.last_at - attempts.first_at
            is_due = failing <= FREE_RETRY_SPAN or history.now - attempts.last_at >= failing
            is_changed = changed is not None and changed > attempts.last_at
            (outside if is_due or is_changed else selection.postponed).append(candidate)
        elif changed is None or known_since is None or changed >= known_since:
            outside.append(candidate)
        else:
            selection.too_old.append(candidate)
    dated = [candidate for candidate in outside if candidate.entry.last_changed is not None]
    undated = [candidate for candidate in outside if candidate.entry.last_changed is None]
    dated.sort(key=lambda candidate: candidate.entry.last_changed or window.start, reverse=True)
    selection.wanted.extend([*inside, *dated, *undated])
    return selection


def _is_already_fetched(candidate: Candidate, fetched_at: datetime | None) -> bool:
    updated = candidate.entry.updated_at
    return fetched_at is not None and (updated is None or updated <= fetched_at)


def _merge_entries(first: Entry, second: Entry) -> Entry:
    published = [time for time in (first.published_at, second.published_at) if time]
    updated = [time for time in (first.updated_at, second.updated_at) if time]
    return replace(
        first,
        published_at=min(published, default=None),
        updated_at=max(updated, default=None),
        title=first.title or second.title,
    )
