"""The operator that crawls the wires of a task: it runs each spider as a child process and checks its stats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from copydesk.dags.support.retry_policy import CRAWL_TIMEOUT, LIVE_CRAWL_TIMEOUT
from copydesk.dags.tasks.wire_batch import EndedWires, Plan, process_wires

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
    """Crawl one wire for one window, or several wires one after the other.

    The task is skipped if the wires' stored pages are processed instead. It fails if the stats of a spider show a
    failed crawl; the exit code is not used. A live crawl has a shorter timeout, which includes the wait for its host,
    and is not retried after a timeout. Killing the task stops the spider: SIGTERM, then after three seconds SIGKILL to
    its process group.

    Several wires share the time limits of one: each may take an equal part of the time that is left. If some fail, the
    others are crawled nevertheless, and a retry crawls only those that it can help.

    Args:
        plans: One item of the return value of the ``plan`` task.
        live_timeout: The time limit of a live crawl; that of any other is the task's.
        kwargs: Passed to ``BaseOperator``.
    """

    template_fields: Sequence[str] = ("plans",)
    ui_color = "#dce9f5"

    def __init__(self, *, plans: Any, live_timeout: timedelta = LIVE_CRAWL_TIMEOUT, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plans = plans
        self.live_timeout = live_timeout
        self._spider_process: SpiderProcess | None = None
        self._is_killed = False

    def execute(self, context: Context) -> dict[str, dict[str, int]]:
        """Run the spiders.

        Returns:
            The counts by outcome of each wire that was crawled.

        Raises:
            AirflowSkipException: The plan is to process stored pages.
            AirflowFailException: A live crawl timed out.
            CopydeskError: The crawl failed; the type says whether a retry can help.
        """
        from copydesk.pipeline.core.strategy import WireStrategy

        plans = [plan for plan in self.plans if plan["strategy"] != WireStrategy.STORED]
        if not plans:
            wires = ", ".join(plan["wire"] for plan in self.plans)
            raise AirflowSkipException(f"{wires}: skipped the crawl; stored pages are processed again.")
        ended = EndedWires.load(context) if len(plans) > 1 else None
        waiting = [plan["wire"] for plan in plans if ended is None or plan["wire"] not in ended]
        began = time.monotonic()

        def crawl(plan: Plan) -> dict[str, int]:
            place = waiting.index(plan["wire"])
            spent = time.monotonic() - began if place else 0.0
            return self._crawl_or_save_failure(context, plan, spent, len(waiting) - place)

        return process_wires(plans, crawl, ended, final=AirflowFailException)

    def _crawl_or_save_failure(self, context: Context, plan: Plan, spent: float, waiting: int) -> dict[str, int]:
        """Crawl one wire.

        Args:
            context: Airflow's context.
            plan: The plan of the wire.
            spent: Seconds since the first wire of the task began.
            waiting: The number of wires that share the time that is left, this one included.
        """
        from copydesk.dags.support.airflow_settings import load_settings
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.pipeline.core.errors import CopydeskError, Transient
        from copydesk.pipeline.runs.planning import WirePlan
        from copydesk.pipeline.runs.stages import record_wire_failure
        from copydesk.pipeline.store.states import LedgerStage

        wire_plan = WirePlan(**plan)
        if self._is_killed:
            raise Transient(f"{wire_plan.wire}: the task was killed before this wire was crawled.", "Clear the task.")
        settings = load_settings()
        try:
            return self._crawl(context, settings, wire_plan, self._get_timeout_seconds(wire_plan, spent, waiting))
        except (CopydeskError, AirflowFailException) as error:
            cause = error if isinstance(error, CopydeskError) else CopydeskError(str(error))
            record_wire_failure(settings, get_run_key(context), wire_plan.wire, LedgerStage.CRAWL, cause)
            raise

    def _crawl(self, context: Context, settings: Settings, plan: WirePlan, timeout_seconds: float) -> dict[str, int]:
        from copydesk.crawler.accounting.crawl_result import list_feed_warnings
        from copydesk.crawler.wire_crawl import make_spider, save_crawl
        from copydesk.dags.support.airflow_settings import find_login_environment, find_planned_source
        from copydesk.dags.support.run_window import get_run_key
        from copydesk.dags.telemetry.lineage import report_lineage
        from copydesk.pipeline.core.child_environment import make_child_environment
        from copydesk.pipeline.core.scratch_folder import scratch_folder
        from copydesk.pipeline.core.strategy import WireStrategy
        from copydesk.pipeline.runs.stages import record_feed_warnings

        source = find_planned_source(settings, plan)
        run_key = get_run_key(context)
        with scratch_folder("spider") as folder:
            self._spider_process = make_spider(
                plan,
                context["dag"].dag_id,
                context["run_id"],
                stats_path=folder / "stats.json",
                timeout_seconds=timeout_seconds,
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
        return saved.counts

    def on_kill(self) -> None:
        """Stop the spider when the task is killed; no further wire is crawled."""
        self._is_killed = True
        if self._spider_process is not None:
            self._spider_process.terminate()

    def _get_timeout_seconds(self, plan: WirePlan, spent: float = 0.0, waiting: int = 1) -> float:
        """Return the spider's timeout.

        A live crawl ends before the next run starts, so that slow wires never pile up."""
        from copydesk.pipeline.core.strategy import WireStrategy

        limit = (self.execution_timeout or CRAWL_TIMEOUT).total_seconds() - TIMEOUT_MARGIN_SECONDS
        if plan.strategy != WireStrategy.LIVE:
            return self._share(limit, spent, waiting)
        interval = datetime.fromisoformat(plan.end) - plan.request_again_since
        limit = min(limit, max(interval.total_seconds(), TIMEOUT_MARGIN_SECONDS))
        return min(self._share(limit, spent, waiting), self.live_timeout.total_seconds())

    @staticmethod
    def _share(limit: float, spent: float, waiting: int) -> float:
        """Return one wire's part of the time that is left; at least a second, because 0 means no limit."""
        return max((limit - spent) / waiting, 1.0)

    def _log_line(self, level: int, line: str) -> None:
        self.log.log(level, "%s", line)
