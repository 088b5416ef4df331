"""The operator that runs one wire's spider as a child process and judges it by its stats."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from copydesk.dags.support.retry_policy import CRAWL_TIMEOUT, LIVE_CRAWL_TIMEOUT

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.crawler.accounting.crawl_stats import CrawlStats
    from copydesk.crawler.process.spider_process import SpiderProcess

TIMEOUT_MARGIN_SECONDS = 60
"""Seconds between the spider's own limit and the task's, so that a slow crawl ends with its stats written."""


def has_timed_out(stats: CrawlStats) -> bool:
    """Whether a crawl ended at its own limit, be it that it waited for its host all the while."""
    return stats.finish_reason == "timeout" or (stats.error is not None and stats.error.error_class == "HostBusy")


class SpiderOperator(BaseOperator):
    """Crawl one wire for one window.

    ``plan`` is one item of what the task ``plan`` returned. The task is skipped where the wire's stored pages are to
    be worked instead; it fails where the spider's verdict says so (its exit code says nothing). A live crawl has a
    limit of its own, the wait for its host in it, and is not tried again once it is used up. Killing the task ends the
    spider: SIGTERM once, at most three seconds, then its whole group.
    """

    template_fields: Sequence[str] = ("plan",)
    ui_color = "#dce9f5"

    def __init__(self, *, plan: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self._spider_process: SpiderProcess | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the spider and return its counts."""
        from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
        from copydesk.crawler.process.spider_process import SpiderProcess
        from copydesk.dags.support.airflow_settings import find_wire_source, load_settings
        from copydesk.dags.telemetry.lineage import report_lineage
        from copydesk.pipeline.core.errors import CopydeskError
        from copydesk.pipeline.runs.planning import WireStrategy
        from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result

        wire, strategy = self.plan["wire"], self.plan["strategy"]
        if strategy == WireStrategy.STORED:
            raise AirflowSkipException(f"{wire}: the pages already stored are worked again, nothing is fetched.")
        settings = load_settings()
        source = find_wire_source(settings, wire)
        run_id = context["run_id"]
        with tempfile.TemporaryDirectory(prefix="copydesk-spider-") as folder:
            self._spider_process = SpiderProcess(
                wire=wire,
                run_id=run_id,
                start=datetime.fromisoformat(self.plan["start"]),
                end=datetime.fromisoformat(self.plan["end"]),
                known_since=datetime.fromisoformat(self.plan["known_since"]),
                mode=strategy,
                stats_path=Path(folder) / "stats.json",
                timeout_seconds=self._get_timeout_seconds(strategy),
                env=dict(os.environ),
            )
            try:
                stats = self._spider_process.run(on_line=self._log_line)
            finally:
                self._spider_process = None
        counts = record_crawl_counts(settings, run_id, wire, stats.total_scheduled)
        report_lineage(settings, "crawl")
        self.log.info("%s", "  ".join(f"{name} {count}" for name, count in counts.items()))
        try:
            warnings = raise_for_crawl_result(stats, source)
        except CopydeskError as error:
            record_crawl_result(settings, run_id, wire, succeeded=False)
            if strategy == WireStrategy.LIVE and has_timed_out(stats):
                message = f"{error.message} What it got is kept; the next hour asks for the rest."
                raise AirflowFailException(message) from error  # never tried again: the others' stories wait for it
            raise
        record_crawl_result(settings, run_id, wire, succeeded=True)
        for note in warnings:
            self.log.warning("%s", note)
        return {"wire": wire, **counts}

    def on_kill(self) -> None:
        """End the spider with the task."""
        if self._spider_process is not None:
            self._spider_process.terminate()

    def _get_timeout_seconds(self, strategy: str) -> float:
        """Seconds that the spider may take."""
        from copydesk.pipeline.runs.planning import WireStrategy

        limit = (self.execution_timeout or CRAWL_TIMEOUT).total_seconds() - TIMEOUT_MARGIN_SECONDS
        return min(limit, LIVE_CRAWL_TIMEOUT.total_seconds()) if strategy == WireStrategy.LIVE else limit

    def _log_line(self, level: int, line: str) -> None:
        self.log.log(level, "%s", line)
