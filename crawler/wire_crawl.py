"""Crawl one wire of a run, in Airflow and without: run its spider, and save what the crawl shows about the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from copydesk.crawler.accounting.crawl_result import list_feed_warnings, raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.accounting.poll_grade import grade_poll
from copydesk.crawler.process.spider_process import OnLine, SpiderProcess
from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.runs.planning import WirePlan
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result, record_feed_warnings, record_poll


@dataclass(frozen=True, slots=True)
class WireCrawl:
    """What the crawl of one wire gave."""

    wire: str
    scheduled: int
    """URLs that were requested, or were to be."""

    stored: int
    """Pages that are new or have changed."""

    error: str = ""
    """Why the crawl failed; empty if it did not. Pages that it has fetched are kept."""

    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SavedCrawl:
    """What the stats of a crawl have shown."""

    counts: dict[str, int]
    """URLs by outcome, and all of them as ``scheduled``."""

    failure: CopydeskError | None
    """Why the crawl failed; None if it did not."""

    warnings: Sequence[str]


def make_spider(plan: WirePlan, dag_id: str, run_id: str, **options: Any) -> SpiderProcess:
    """Return the spider of a wire, not started.

    Args:
        plan: The plan of the wire; not one to process stored pages.
        dag_id: What the run belongs to.
        run_id: The ID of the run.
        options: Further arguments of ``SpiderProcess``.
    """
    return SpiderProcess(
        wire=plan.wire,
        dag_id=dag_id,
        run_id=run_id,
        start=plan.request_again_since,
        end=datetime.fromisoformat(plan.end),
        listed_since=_parse_optional_time(plan.listed_since),
        covered_until=_parse_optional_time(plan.covered_until),
        strategy=WireStrategy(plan.strategy),
        **options,
    )


def save_crawl(settings: Settings, run_key: UUID, plan: WirePlan, source: Source, stats: CrawlStats) -> SavedCrawl:
    """Save what the stats of a crawl show: its counts, the wire's next poll, and what is left behind."""
    counts = record_crawl_counts(settings, run_key, plan.wire, stats.total_scheduled)
    failure: CopydeskError | None = None
    warnings: Sequence[str] = ()
    try:
        warnings = raise_for_crawl_result(stats, source)
    except CopydeskError as error:
        failure = error
    poll = grade_poll(stats, failed=failure is not None, now=datetime.now(UTC)) if plan.is_poll else None
    if poll is not None:
        end = datetime.fromisoformat(plan.end)
        record_poll(settings, run_key, plan.wire, end, poll.failure, is_complete=poll.is_complete)
    record_crawl_result(settings, run_key, plan.wire, succeeded=failure is None, left_behind=stats.left_behind)
    return SavedCrawl(counts, failure, warnings)


def crawl_planned_wire(
    settings: Settings,
    plan: WirePlan,
    source: Source,
    dag_id: str,
    run_id: str,
    *,
    known_since: datetime | None,
    timeout_seconds: float,
    on_line: OnLine,
) -> WireCrawl:
    """Crawl one wire as its plan says.

    Args:
        settings: The settings, for the database.
        plan: The plan of the wire; not one to process stored pages.
        source: The wire.
        dag_id: What the run belongs to.
        run_id: The ID of the run.
        known_since: Unknown items older than this are not fetched (aware); None for no limit.
        timeout_seconds: Seconds after which the crawl stops; what it has fetched is kept (0: no limit).
        on_line: Called with each line of the spider's log.
    """
    run_key = make_run_key(dag_id, run_id)
    spider = make_spider(
        plan, dag_id, run_id, known_since=known_since, timeout_seconds=timeout_seconds, progress_seconds=0
    )
    stats = spider.run(on_line)
    saved = save_crawl(settings, run_key, plan, source, stats)
    record_feed_warnings(settings, run_key, plan.wire, list_feed_warnings(stats))
    error = saved.failure.message if saved.failure else ""
    return WireCrawl(plan.wire, saved.counts["scheduled"], saved.counts.get("stored", 0), error, tuple(saved.warnings))


def _parse_optional_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
