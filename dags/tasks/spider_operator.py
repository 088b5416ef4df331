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

from copydesk.dags.support.retry_policy import CRAWL_LIMIT, LIVE_LIMIT

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.crawler.accounting.crawl_stats import CrawlStats
    from copydesk.crawler.process.spider_process import SpiderChild

GRACE = 60
"""Seconds between the spider's own limit and the task's, so that a slow crawl ends with its stats written."""


def has_used_its_time(stats: CrawlStats) -> bool:
    """Whether a crawl ended at its own limit, be it that it waited for its host all the while."""
    return stats.finish_reason == "timeout" or (stats.trouble is not None and stats.trouble.kind == "HostBusy")


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
        self._child: SpiderChild | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the spider and return its counts."""
        from copydesk.crawler.accounting.crawl_result import judge
        from copydesk.crawler.process.spider_process import SpiderChild
        from copydesk.dags.support.airflow_settings import open_settings, pick_wire
        from copydesk.dags.telemetry.lineage import tell_tables
        from copydesk.pipeline.core.errors import CopydeskError
        from copydesk.pipeline.runs.planning import Way
        from copydesk.pipeline.runs.stages import count_crawl, put_verdict

        wire, way = self.plan["wire"], self.plan["way"]
        if way == Way.STORED:
            raise AirflowSkipException(f"{wire}: the pages already stored are worked again, nothing is fetched.")
        settings = open_settings()
        source = pick_wire(settings, wire)
        run_id = context["run_id"]
        with tempfile.TemporaryDirectory(prefix="copydesk-spider-") as folder:
            self._child = SpiderChild(
                wire=wire,
                run_id=run_id,
                start=datetime.fromisoformat(self.plan["start"]),
                end=datetime.fromisoformat(self.plan["end"]),
                known_since=datetime.fromisoformat(self.plan["known_since"]),
                mode=way,
                stats=Path(folder) / "stats.json",
                seconds=self._find_limit(way),
                env=dict(os.environ),
            )
            try:
                stats = self._child.run(on_line=self._log_line)
            finally:
                self._child = None
        counts = count_crawl(settings, run_id, wire, stats.asked)
        tell_tables(settings, "crawl")
        self.log.info("%s", "  ".join(f"{name} {count}" for name, count in counts.items()))
        try:
            notes = judge(stats, source)
        except CopydeskError as error:
            put_verdict(settings, run_id, wire, good=False)
            if way == Way.LIVE and has_used_its_time(stats):
                told = f"{error.message} What it got is kept; the next hour asks for the rest."
                raise AirflowFailException(told) from error  # never tried again: the others' stories wait for it
            raise
        put_verdict(settings, run_id, wire, good=True)
        for note in notes:
            self.log.warning("%s", note)
        return {"wire": wire, **counts}

    def on_kill(self) -> None:
        """End the spider with the task."""
        if self._child is not None:
            self._child.terminate()

    def _find_limit(self, way: str) -> float:
        """Seconds that the spider may take."""
        from copydesk.pipeline.runs.planning import Way

        limit = (self.execution_timeout or CRAWL_LIMIT).total_seconds() - GRACE
        return min(limit, LIVE_LIMIT.total_seconds()) if way == Way.LIVE else limit

    def _log_line(self, level: int, line: str) -> None:
        self.log.log(level, "%s", line)
