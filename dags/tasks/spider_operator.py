"""The operator that crawls one wire: it runs the spider as a child process and checks its stats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from copydesk.dags.support.retry_policy import CRAWL_TIMEOUT, LIVE_CRAWL_TIMEOUT

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.crawler.accounting.crawl_stats import CrawlStats
    from copydesk.crawler.process.spider_process import SpiderProcess
    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.runs.planning import WirePlan

TIMEOUT_MARGIN_SECONDS = 60
"""Seconds between the spider's timeout and the task's, so that a slow crawl can still write its stats."""


def has_timed_out(stats: CrawlStats) -> bool:
    """Return whether a crawl reached its time limit, even if it only waited for the lock of its host."""
    return stats.finish_reason == "timeout" or (stats.error is not None and stats.error.error_class == "HostBusy")


class SpiderOperator(BaseOperator):
    """Crawl one wire for one window.

    The task is skipped if the wire's stored pages are processed instead. It fails if the spider's stats show a failed
    crawl; the exit code is not used. A live crawl has a shorter timeout, which includes the wait for its host, and is
    not retried after a timeout. Killing the task stops the spider: SIGTERM, then after three seconds SIGKILL to its
    process group.

    Args:
        plan: One item of the return value of the ``plan`` task.
        live_timeout: The time limit of a live crawl; that of any other is the task's.
        kwargs: Passed to ``BaseOperator``.
    """

    template_fields: Sequence[str] = ("plan",)
    ui_color = "#dce9f5"

    def __init__(self, *, plan: Any, live_timeout: timedelta = LIVE_CRAWL_TIMEOUT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.live_timeout = live_timeout
        self._spider_process: SpiderProcess | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the spider.

        Returns:
            The wire and its counts by outcome.

        Raises:
            AirflowSkipException: The plan is to process stored pages.
            AirflowFailException: A live crawl timed out.
            CopydeskError: The crawl failed; the type says whether a retry can help.
        """
        from copydesk.dags.support.airflow_settings import load_settings
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.pipeline.core.errors import CopydeskError
        from copydesk.pipeline.core.strategy import WireStrategy
        from copydesk.pipeline.runs.stages import record_wire_failure
        from copydesk.pipeline.store.states import LedgerStage

        wire = self.plan["wire"]
        if self.plan["strategy"] == WireStrategy.STORED:
            raise AirflowSkipException(f"{wire}: skipped the crawl; stored pages are processed again.")
        settings = load_settings()
        try:
            return self._crawl(context, settings)
        except (CopydeskError, AirflowFailException) as error:
            cause = error if isinstance(error, CopydeskError) else CopydeskError(str(error))
            record_wire_failure(settings, get_run_key(context), wire, LedgerStage.CRAWL, cause)
            raise

    def _crawl(self, context: Context, settings: Settings) -> dict[str, Any]:
        from copydesk.crawler.accounting.crawl_result import list_feed_warnings
        from copydesk.crawler.wire_crawl import make_spider, save_crawl
        from copydesk.dags.support.airflow_settings import find_login_environment, find_wire_source
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.dags.telemetry.lineage import report_lineage
        from copydesk.pipeline.core.child_environment import make_child_environment
        from copydesk.pipeline.core.scratch_folder import scratch_folder
        from copydesk.pipeline.core.strategy import WireStrategy
        from copydesk.pipeline.runs.planning import WirePlan
        from copydesk.pipeline.runs.stages import record_feed_warnings

        plan = WirePlan(**self.plan)
        source = find_wire_source(settings, plan.wire)
        run_key = get_run_key(context)
        with scratch_folder("spider") as folder:
            self._spider_process = make_spider(
                plan,
                context["dag"].dag_id,
                context["run_id"],
                stats_path=folder / "stats.json",
                timeout_seconds=self._get_timeout_seconds(plan),
                env={
                    **make_child_environment(with_libpq=True),
                    **settings.to_environment(),
                    **find_login_environment(source),
                },
            )
            try:
                stats = self._spider_process.run(on_line=self._log_line)
            finally:
                self._spider_process = None
        saved = save_crawl(settings, run_key, plan, source, stats)
        report_lineage(settings, "crawl")
        self.log.info("%s", "  ".join(f"{name} {count}" for name, count in saved.counts.items()))
        if saved.failure is not None:
            if plan.strategy == WireStrategy.LIVE and has_timed_out(stats):
                message = f"{saved.failure.message} Fetched pages are kept; the next poll continues with the rest."
                raise AirflowFailException(message) from saved.failure  # no retry: the next poll continues
            raise saved.failure
        record_feed_warnings(settings, run_key, plan.wire, list_feed_warnings(stats))
        for warning in saved.warnings:
            self.log.warning("%s", warning)
        return {"wire": plan.wire, **saved.counts}

    def on_kill(self) -> None:
        """Stop the spider when the task is killed."""
        if self._spider_process is not None:
            self._spider_process.terminate()

    def _get_timeout_seconds(self, plan: WirePlan) -> float:
        """Return the spider's timeout.

        A live crawl ends before the next run starts, so that slow wires never pile up."""
        from copydesk.pipeline.core.strategy import WireStrategy

        limit = (self.execution_timeout or CRAWL_TIMEOUT).total_seconds() - TIMEOUT_MARGIN_SECONDS
        if plan.strategy != WireStrategy.LIVE:
            return limit
        interval = datetime.fromisoformat(plan.end) - plan.request_again_since
        return min(limit, self.live_timeout.total_seconds(), max(interval.total_seconds(), TIMEOUT_MARGIN_SECONDS))

    def _log_line(self, level: int, line: str) -> None:
        self.log.log(level, "%s", line)
