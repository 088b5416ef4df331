"""A run's counts as metrics, by Airflow's own interface: StatsD, Datadog or OpenTelemetry, whichever it is set to.

Where none is, nothing is sent. Names and meanings stand in docs/monitoring.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copydesk.pipeline.maintenance.retention import TableSize
    from copydesk.pipeline.store.ledger import Ledger

METRIC_PREFIX = "copydesk"
RUN_GAUGES = ("scheduled", "pages", "new_articles", "articles", "stories")
TOTALS = frozenset({"scheduled", "pages"})
"""What the other outcomes of a stage add up to: no outcome itself."""


def send_run_metrics(
    ledger: Ledger, summary: Mapping[str, Any], lag: timedelta | None, *, already_reported: bool
) -> None:
    """Send what a run of `newswire` came to.

    Counters by stage and outcome, once with the wire as a tag and once with it in the name, for plain StatsD has no
    tags; gauges of the run's figures. ``lag`` is how long after its window a run of the schedule ended. ``again``: it
    was reported before, so nothing is counted a second time.
    """
    from airflow.sdk.observability import stats

    if not already_reported:
        for wire, stages in ledger.counts.items():
            for stage in ("crawl", "clean"):
                for outcome, count in stages.get(stage, {}).items():
                    if count and outcome not in TOTALS:
                        name = f"{METRIC_PREFIX}.{stage}.{outcome}"
                        stats.incr(name, count, tags={"wire": wire})
                        stats.incr(f"{name}.{stats.normalize_name_for_stats(wire)}", count)
    for figure in RUN_GAUGES:
        stats.gauge(f"{METRIC_PREFIX}.run.{figure}", summary[figure])
    stats.gauge(f"{METRIC_PREFIX}.run.warnings", len(summary["warnings"]))
    stats.gauge(f"{METRIC_PREFIX}.run.failed_wires", len(summary["failed_wires"]))
    if lag is not None:
        stats.timing(f"{METRIC_PREFIX}.run.lag", lag)


def send_size_metrics(sizes: Iterable[TableSize], database_bytes: int, disk_free_bytes: int | None) -> None:
    """Send what `maintain` measured, in bytes."""
    from airflow.sdk.observability import stats

    for one in sizes:
        stats.gauge(f"{METRIC_PREFIX}.table_bytes.{one.table}", one.size_bytes, tags={"table": one.table})
    stats.gauge(f"{METRIC_PREFIX}.database_bytes", database_bytes)
    if disk_free_bytes is not None:
        stats.gauge(f"{METRIC_PREFIX}.disk_free_bytes", disk_free_bytes)
