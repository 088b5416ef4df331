"""Send the counts of a run as metrics through Airflow's interface: StatsD, Datadog or OpenTelemetry.

Without a configured backend, nothing is sent. docs/monitoring.md lists the names and their meaning.
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
"""Counts that are the sum of a stage's outcomes, not outcomes themselves."""


def send_run_metrics(
    ledger: Ledger, summary: Mapping[str, Any], lag: timedelta | None, *, already_reported: bool
) -> None:
    """Send the counts of a run of `newswire`.

    There are counters by stage and outcome, once with the wire as a tag and once with the wire in the name, because
    plain StatsD has no tags; and gauges of the run's totals.

    Args:
        ledger: The counts by wire, stage and outcome.
        summary: The totals of the run.
        lag: How long after its window a scheduled run ended; None for other runs.
        already_reported: Whether the run has been reported before; its counters are then not increased again.
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
    """Send the sizes that `maintain` measured.

    Args:
        sizes: The size of each table.
        database_bytes: The size of the whole database.
        disk_free_bytes: Free space on the disk of the embedded database; None if unknown.
    """
    from airflow.sdk.observability import stats

    for size in sizes:
        stats.gauge(f"{METRIC_PREFIX}.table_bytes.{size.table}", size.size_bytes, tags={"table": size.table})
    stats.gauge(f"{METRIC_PREFIX}.database_bytes", database_bytes)
    if disk_free_bytes is not None:
        stats.gauge(f"{METRIC_PREFIX}.disk_free_bytes", disk_free_bytes)
