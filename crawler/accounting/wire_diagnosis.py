"""What is wrong with a wire, from a dry run of its spider, and what to change in its file. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from copydesk.crawler.accounting.crawl_result import GONE_STATUSES
from copydesk.crawler.accounting.crawl_stats import (
    FINISHED,
    PRIVATE_ADDRESS_REASON,
    ROBOTS_REASON,
    CrawlStats,
    FeedReport,
)
from copydesk.pipeline.core.source import Source

STALE_AFTER = timedelta(days=7)
"""The age of the newest entry from which on a wire is stale. Small agencies pause over holidays."""
MIN_IDENTIFIED_SHARE = 0.5
"""``id_pattern`` matches an older form of URL if it matches fewer of the listed articles."""
MIN_ARTICLES = 5
"""Listed articles from which on a share of them says something."""


class WireState(StrEnum):
    """The state of a wire."""

    LIVE = "live"
    """It lists articles, the newest of which is recent, or has no time."""
    STALE = "stale"
    """Its newest entry is older than ``STALE_AFTER``."""
    EMPTY = "empty"
    """It lists no article."""
    FORBIDDEN = "forbidden"
    """Its robots.txt disallows its feeds, or all articles."""
    GONE = "gone"
    """None of its feeds exists any more."""
    FAILED = "failed"
    """None of its feeds could be read."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of a source file: a URL under ``discovery`` is replaced."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change, or to know."""

    message: str
    """A sentence that says what to change."""
    fix: Fix | None = None
    """The change, if it can be made automatically."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of a check of one wire."""

    name: str
    state: WireState
    checked_at: str
    """ISO 8601."""
    entries: int = 0
    wanted: int = 0
    """Number of pages that a crawl of the window would fetch."""
    newest: str = ""
    """The latest publication time of an entry, in ISO 8601; empty if none has a time."""
    articles: int = 0
    """Number of entries after ``include`` and ``exclude``."""
    identified: int | None = None
    """Number of these with a URL that ``id_pattern`` matches. None: the wire has no pattern."""
    disallowed: int = 0
    """Number of these that robots.txt disallows."""
    findings: tuple[Finding, ...] = ()
    feeds: tuple[FeedReport, ...] = ()
    error: str = ""
    """Why the wire cannot be crawled; empty if it can."""
    exit_code: int = 0
    """The exit status that goes with the error."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the diagnosis from what ``to_dict`` returned."""
        findings = tuple(
            Finding(finding["message"], Fix(**finding["fix"]) if finding["fix"] else None)
            for finding in data["findings"]
        )
        feeds = tuple(FeedReport(**feed) for feed in data["feeds"])
        return cls(**data | {"state": WireState(data["state"]), "findings": findings, "feeds": feeds})


def diagnose(source: Source, stats: CrawlStats, now: datetime, error: str = "", exit_code: int = 0) -> Diagnosis:
    """Return the state of a wire, and what to change.

    Args:
        source: The wire.
        stats: The stats of a dry run.
        now: The current time (aware).
        error: Why the dry run failed, if it did.
        exit_code: The exit status that goes with it.
    """
    read = [feed for feed in stats.feeds if not feed.error]
    newest = max((feed.newest for feed in read if feed.newest), key=datetime.fromisoformat, default="")
    articles = sum(feed.articles for feed in read)
    diagnosis = Diagnosis(
        source.name,
        _find_state(stats, newest, now),
        now.isoformat(timespec="seconds"),
        entries=sum(feed.entries for feed in read),
        wanted=len(stats.wanted),
        newest=newest,
        articles=articles,
        identified=sum(feed.identified for feed in read) if source.identity.id_pattern else None,
        disallowed=sum(feed.disallowed for feed in read),
        feeds=stats.feeds,
        error=error,
        exit_code=exit_code,
    )
    return replace(diagnosis, findings=tuple(_list_findings(source, diagnosis, now)))


def _find_state(stats: CrawlStats, newest: str, now: datetime) -> WireState:
    read, failed = [feed for feed in stats.feeds if not feed.error], [feed for feed in stats.feeds if feed.error]
    if not read:
        if failed and all(feed.error == ROBOTS_REASON for feed in failed):
            return WireState.FORBIDDEN
        if failed and all(feed.status in GONE_STATUSES for feed in failed):
            return WireState.GONE
        return WireState.FAILED
    articles, disallowed = sum(feed.articles for feed in read), sum(feed.disallowed for feed in read)
    if not articles:
        return WireState.EMPTY if stats.finish_reason == FINISHED else WireState.FAILED
    if disallowed == articles:
        return WireState.FORBIDDEN
    is_stale = newest and now - datetime.fromisoformat(newest) > STALE_AFTER
    return WireState.STALE if is_stale else WireState.LIVE


def _list_findings(source: Source, diagnosis: Diagnosis, now: datetime) -> Iterator[Finding]:
    for feed in diagnosis.feeds:
        finding = _check_feed(feed, source)
        if finding is not None:
            yield finding
    articles, identified, disallowed = diagnosis.articles, diagnosis.identified, diagnosis.disallowed
    if identified is not None and articles >= MIN_ARTICLES and identified < MIN_IDENTIFIED_SHARE * articles:
        yield Finding(
            f"identity.id_pattern matches the URLs of {identified} of {articles} listed articles: adapt it to the "
            "form of the others, or remove it."
        )
    if disallowed and articles:
        yield Finding(
            f"robots.txt disallows {disallowed} of {articles} listed articles: exclude them, or ask the publisher."
        )
    if diagnosis.entries >= MIN_ARTICLES and not articles:
        yield Finding(f"discovery.include and discovery.exclude leave none of {diagnosis.entries} listed URLs.")
    if diagnosis.state is WireState.STALE:
        age = now - datetime.fromisoformat(diagnosis.newest)
        yield Finding(f"the newest entry is {age.days} days old: look for another feed, or disable the wire.")
    if diagnosis.state is WireState.EMPTY and not diagnosis.entries:
        yield Finding("its feeds list nothing: look for another feed, or disable the wire.")


def _check_feed(feed: FeedReport, source: Source) -> Finding | None:
    """Return what to change about one feed, sitemap or list page."""
    if feed.moved_to and not feed.error:
        fixable = "***" not in f"{feed.url} {feed.moved_to}" and is_configured(source, feed.url)
        fix = Fix(feed.url, feed.moved_to) if fixable else None
        accept = "accept with --fix" if fix else "change it in the source file"
        return Finding(f"{feed.kind} {feed.url} has moved to {feed.moved_to}: {accept}.", fix)
    if not feed.error:
        return None
    if feed.error == PRIVATE_ADDRESS_REASON:
        return Finding(f"{feed.url} has a private address: set allow_private = true if it is in your own network.")
    if feed.error == ROBOTS_REASON:
        return Finding(f"robots.txt disallows {feed.kind} {feed.url}: remove it, or ask the publisher.")
    if feed.status in GONE_STATUSES:
        return Finding(f"{feed.kind} {feed.url} does not exist any more ({feed.error}): remove or replace it.")
    return Finding(f"{feed.kind} {feed.url} could not be read ({feed.error}): check again later, or replace it.")


def is_configured(source: Source, url: str) -> bool:
    """Return whether a URL stands in a source file under ``discovery``, and not only in an index of sitemaps."""
    discovery = source.discovery
    return url in {*discovery.feeds, *discovery.sitemaps, *(page.url for page in discovery.lists)}
