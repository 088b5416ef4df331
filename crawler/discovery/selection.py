"""Selection: which discovered entries a crawl fetches. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from copydesk.crawler.discovery.entry import Entry
from copydesk.crawler.discovery.identity_evidence import find_distinguishing_parameters, get_label
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import canonicalize, hash_url


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


def select_candidates(
    candidates: Iterable[Candidate],
    window: Window,
    strategy: WireStrategy,
    last_fetched: Mapping[bytes, datetime],
    known_since: datetime | None = None,
    fetched_earlier: Mapping[bytes, datetime] = MappingProxyType({}),
) -> list[Candidate]:
    """Return the candidates to fetch, in order.

    ``ARCHIVE`` selects what was published or updated in the window. ``LIVE`` selects in addition what is unknown
    (published late, or without a time), and what has been updated since it was last fetched.

    Args:
        candidates: What was discovered.
        window: The crawl's window.
        strategy: ``LIVE`` or ``ARCHIVE``.
        last_fetched: When each known URL key was last fetched (aware, UTC).
        known_since: Unknown candidates with an older time are not selected. None: no limit.
        fetched_earlier: When an earlier attempt of this run fetched a URL key. It is not selected again unless it has
            been updated since.
    """
    return [
        candidate
        for candidate in candidates
        if _is_wanted(candidate, window, strategy, last_fetched, known_since)
        and not _is_already_fetched(candidate, fetched_earlier.get(candidate.url_key))
    ]


def _is_already_fetched(candidate: Candidate, fetched_at: datetime | None) -> bool:
    updated = candidate.entry.updated_at
    return fetched_at is not None and (updated is None or updated <= fetched_at)


def _is_wanted(
    candidate: Candidate,
    window: Window,
    strategy: WireStrategy,
    last_fetched: Mapping[bytes, datetime],
    known_since: datetime | None,
) -> bool:
    times = (candidate.entry.published_at, candidate.entry.updated_at)
    is_inside = any(time is not None and window.start <= time < window.end for time in times)
    if is_inside or strategy is WireStrategy.ARCHIVE:
        return is_inside
    fetched_at = last_fetched.get(candidate.url_key)
    last_changed = candidate.entry.last_changed
    if fetched_at is None:
        return last_changed is None or known_since is None or last_changed >= known_since
    return last_changed is not None and last_changed > fetched_at


def _merge_entries(first: Entry, second: Entry) -> Entry:
    published = [time for time in (first.published_at, second.published_at) if time]
    updated = [time for time in (first.updated_at, second.updated_at) if time]
    return replace(
        first,
        published_at=min(published, default=None),
        updated_at=max(updated, default=None),
        title=first.title or second.title,
    )
