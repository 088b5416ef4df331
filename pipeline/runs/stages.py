"""The stages of one run after its crawl: clean, sign, match and fold.

Each function opens its own transactions and may be called again, or twice at once. It passes on nothing but counts:
its input is read from the tables, by the key of the run. The modules of a stage are imported when it runs, because
each stage is a task of its own, and importing those of the others takes about a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError, QuarantineError
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Article
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_counts, fetch_value, fetch_values
from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
from copydesk.pipeline.runs.layout_drift import count_extraction_paths
from copydesk.pipeline.runs.wire_run import WireRun
from copydesk.pipeline.store.articles import (
    ParseResult,
    batched,
    list_articles,
    list_pages_to_clean,
    refresh_articles,
    resolve_published_at,
    save_parse_results,
)
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.profiles import lock_live_profile
from copydesk.pipeline.store.runs import save_wire_failure
from copydesk.pipeline.store.states import LedgerStage
from copydesk.pipeline.store.stored_pages import StoredPage, UnreadablePage, read_pages
from copydesk.pipeline.store.wire_polls import PollFailure, save_poll

logger = logging.getLogger(__name__)

PAGE_BATCH_SIZE = 50
"""Pages per transaction: so many are read again, at most, after a crash."""

LogLine = Callable[[str], None]
"""Logs one line about the progress."""

PageLister = Callable[[Connection[Row], UUID, str, str], list[UUID]]
"""Lists the IDs of the pages to read, by run key, wire and cleaner version."""


def record_crawl_counts(settings: Settings, run_key: UUID, wire: str, scheduled: int) -> dict[str, int]:
    """Save the crawl's counts of one wire in the ledger.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        wire: The name of the wire.
        scheduled: Number of URLs that the spider scheduled, by its own count, earlier tries included. 0 if it ended
            without reporting it; the sum of the outcomes is saved then.

    Returns:
        The number of URLs by outcome, of those scheduled and, if there are any, of known pages among them that were
        ``revisited``.
    """
    with transaction(settings) as connection:
        outcomes = fetch_counts(connection, queries.page.count_outcomes, {"run_key": run_key, "wire": wire})
        counts = {"scheduled": scheduled or sum(outcomes.values()), **outcomes}
        if revisited := fetch_value(connection, int, queries.page.count_revisits, {"run_key": run_key, "wire": wire}):
            counts["revisited"] = revisited  # of those scheduled
        save_counts(connection, run_key, wire, LedgerStage.CRAWL, counts)
    return counts


def record_crawl_result(
    settings: Settings,
    run_key: UUID,
    wire: str,
    *,
    succeeded: bool,
    left_behind: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Save in the ledger whether the crawl of one wire succeeded; it replaces the result of an earlier try.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        wire: The name of the wire.
        succeeded: Whether the crawl succeeded.
        left_behind: The number of listed items that it did not fetch, by reason (a ``LeftBehind``).
    """
    with transaction(settings) as connection:
        counts = {"succeeded" if succeeded else "failed": 1}
        save_counts(connection, run_key, wire, LedgerStage.CRAWL_RESULT, counts)
        save_counts(connection, run_key, wire, LedgerStage.LEFT_BEHIND, left_behind)


def record_poll(
    settings: Settings,
    run_key: UUID,
    wire: str,
    end: datetime,
    failure: PollFailure | None,
    *,
    is_complete: bool = True,
) -> None:
    """Save how a live crawl ended, which decides when the wire is polled next.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        wire: The name of the wire.
        end: The end of the crawl's window.
        failure: What is wrong with the wire; None if nothing is.
        is_complete: Whether the crawl left nothing to the next one.
    """
    with transaction(settings) as connection:
        save_poll(connection, wire, run_key, end, failure, is_complete=is_complete)


def record_wire_failure(settings: Settings, run_key: UUID, wire: str, stage: LedgerStage, error: CopydeskError) -> None:
    """Save why a stage of one wire failed, for the report; logged if the database is the cause."""
    reason = error.message.removeprefix(f"{wire}: ")
    try:
        with transaction(settings) as connection:
            save_wire_failure(connection, run_key, wire, stage, reason)
    except (CopydeskError, psycopg.Error) as failure:
        logger.warning("Failed to save why %s failed: %s", wire, failure)


def record_feed_warnings(settings: Settings, run_key: UUID, wire: str, warnings: Sequence[str]) -> None:
    """Save what a crawl found wrong with the wire's feeds; those of an earlier attempt stay."""
    if warnings:
        with transaction(settings) as connection:
            save_warnings(connection, run_key, [Anomaly(wire, WarningKind.FEEDS, "; ".join(warnings))])


def clean_wire(settings: Settings, wire_run: WireRun, log_line: LogLine = print) -> dict[str, int]:
    """Extract and clean the run's pages of one wire, a batch per transaction.

    Returns:
        The number of pages by outcome, and of all pages.

    Raises:
        Transient: The connection to the database was lost. The same call continues after the last saved batch.
    """
    for results in parse_pending_pages(settings, wire_run, log_line):
        with transaction(settings) as connection:
            save_parse_results(connection, wire_run.run_key, wire_run.cleaner, results)
        log_line(f"{len(results)} pages saved")
    with transaction(settings) as connection:
        return finalize_wire(connection, wire_run)


def finalize_wire(connection: Connection[Row], wire_run: WireRun) -> dict[str, int]:
    """Make the versions by the current rules those of the wire's articles, and save the page counts in the ledger.

    Returns:
        The number of pages by outcome, and of all pages.
    """
    run_key, wire, cleaner = wire_run.run_key, wire_run.wire, wire_run.cleaner
    refresh_articles(connection, run_key, wire, cleaner)
    arguments = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    counts = fetch_counts(connection, queries.ledger.count_pages, arguments)
    counts["pages"] = sum(counts.values())
    save_counts(connection, run_key, wire, LedgerStage.CLEAN, counts)
    if wire_run.source.page:
        paths = count_extraction_paths(connection, run_key, wire, cleaner)
        save_counts(connection, run_key, wire, LedgerStage.LAYOUT, paths)
    return counts


def parse_pending_pages(
    settings: Settings, wire_run: WireRun, log_line: LogLine = print, list_pending: PageLister = list_pages_to_clean
) -> Iterator[list[ParseResult]]:
    """Extract and clean the pages that the current rules have not read yet; nothing is saved.

    Args:
        settings: The settings, for the database and the limits of the sandbox.
        wire_run: The wire and its run.
        log_line: Logs the number of pages, if there are any.
        list_pending: Lists the pages to read; by default those without a result.

    Yields:
        The results of at most ``PAGE_BATCH_SIZE`` pages.
    """
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT
    from copydesk.pipeline.process.sandbox import Sandbox

    source = wire_run.source
    with transaction(settings) as connection:
        pending = list_pending(connection, wire_run.run_key, wire_run.wire, wire_run.cleaner)
    if not pending:
        return
    log_line(f"{len(pending)} pages to clean")
    workers = 1 if len(pending) <= PAGE_BATCH_SIZE else 2
    limits = settings.extract_seconds, settings.extract_megabytes
    with Sandbox(workers, *limits, {wire_run.wire: source}, entry_point=PARSE_ENTRY_POINT) as sandbox:
        for page_ids in batched(pending, PAGE_BATCH_SIZE):
            with transaction(settings) as connection:
                found = list(read_pages(connection, page_ids, settings.page_archive.url))
            pages = [stored for stored in found if isinstance(stored, StoredPage)]
            # By the rules of this wire, whichever wire stored the page first: two wires may list one URL.
            results = sandbox.map(replace(stored.page, wire=source.name) for stored in pages)
            parsed = [_to_parse_result(stored, result, source) for stored, result in zip(pages, results, strict=True)]
            unreadable = [
                ParseResult(one.page_id, source.name, one.canonical_url, one.fetched_at, one.error)
                for one in found
                if isinstance(one, UnreadablePage)
            ]
            yield [*parsed, *unreadable]


def sign_run(settings: Settings, run_key: UUID, profile: Profile | None = None) -> int:
    """Compute the sketches of the run's articles.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        profile: The parameters; None for the live profile. The same in the next two functions.

    Returns:
        The number of sketches saved.
    """
    from copydesk.pipeline.incremental.sign import sign_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        return sign_articles(connection, list_articles(connection, run_key), profile)


def match_run(
    settings: Settings, run_key: UUID, profile: Profile | None = None, *, only_unmatched: bool = False
) -> dict[str, int]:
    """Find and verify the near-duplicates of the run's articles.

    Args:
        settings: The settings, for the database.
        run_key: The key of the run.
        profile: The parameters; None for the live profile.
        only_unmatched: Leave out articles that were matched after they were signed: a pair is found from the article
            of the two that is matched last.

    Returns:
        The number of candidate pairs and of edges.
    """
    from copydesk.pipeline.incremental.match import match_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        articles = list_articles(connection, run_key)
        if only_unmatched:
            params = {"profile_id": profile.profile_id, "articles": articles}
            articles = fetch_values(connection, UUID, queries.pending_article.list_unmatched, params)
        return match_articles(connection, articles, profile).to_dict()


def fold_run(settings: Settings, run_key: UUID, profile: Profile | None = None) -> dict[str, int]:
    """Group the run's articles into stories.

    Returns:
        The number of changes to stories, by kind.
    """
    from copydesk.pipeline.incremental.fold import fold_articles

    with transaction(settings) as connection:
        profile = profile or lock_live_profile(connection)
        return fold_articles(connection, list_articles(connection, run_key), profile).to_dict()


def _to_parse_result(stored: StoredPage, result: Article | QuarantineError, source: Source) -> ParseResult:
    if isinstance(result, Article):
        published_at = resolve_published_at(
            result.published_at, result.published_offset, stored.page.published_hint, stored.page.fetched_at
        )
        result = replace(result, published_at=published_at)
    return ParseResult(stored.page_id, source.name, stored.canonical_url, stored.page.fetched_at, result)
