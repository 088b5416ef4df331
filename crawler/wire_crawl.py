"""Crawl one wire of a run without Airflow: run its spider, and save what the crawl shows about the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from copydesk.crawler.accounting.crawl_result import list_feed_warnings, raise_for_crawl_result
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
    end = datetime.fromisoformat(plan.end)
    stats = SpiderProcess(
        wire=plan.wire,
        dag_id=dag_id,
        run_id=run_id,
        start=plan.request_again_since,
        end=end,
        known_since=known_since,
        listed_since=_parse_optional_time(plan.listed_since),
        covered_until=_parse_optional_time(plan.covered_until),
        strategy=WireStrategy(plan.strategy),
        timeout_seconds=timeout_seconds,
        progress_seconds=0,
    ).run(on_line)
    counts = record_crawl_counts(settings, run_key, plan.wire, stats.total_scheduled)
    error, warnings = "", []
    try:
        warnings = raise_for_crawl_result(stats, source)
    except CopydeskError as failure:
        error = failure.message
    result = grade_poll(stats, failed=bool(error), now=datetime.now(UTC)) if plan.is_poll else None
    if result is not None:
        record_poll(settings, run_key, plan.wire, end, result.failure, is_complete=result.is_complete)
    record_crawl_result(settings, run_key, plan.wire, succeeded=not error, left_behind=stats.left_behind)
    record_feed_warnings(settings, run_key, plan.wire, list_feed_warnings(stats))
    return WireCrawl(plan.wire, counts["scheduled"], counts.get("stored", 0), error, tuple(warnings))


def _parse_optional_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
