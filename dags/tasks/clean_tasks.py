"""The task `clean` of `newswire`: pages become articles, and those of a live crawl stories."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from copydesk.dags.support.airflow_settings import find_planned_source, load_settings
from copydesk.dags.support.run_window import get_run_key
from copydesk.dags.tasks.wire_batch import Plan, process_wires
from copydesk.dags.telemetry.lineage import report_lineage

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.runs.wire_run import WireRun

logger = logging.getLogger(__name__)


def clean_pages(context: Context, plans: Sequence[Plan]) -> dict[str, dict[str, int]]:
    """Extract and clean the pages of the task's wires. The articles of a live crawl are folded at once.

    Args:
        context: Airflow's context.
        plans: The plans of the wires: one item of the return value of ``plan_window``.

    Returns:
        The counts by outcome of each wire.
    """
    return process_wires(plans, lambda plan: _clean_wire(context, plan))


def _clean_wire(context: Context, plan: Plan) -> dict[str, int]:
    from copydesk.pipeline.core.errors import CopydeskError
    from copydesk.pipeline.runs.planning import WirePlan
    from copydesk.pipeline.runs.stages import clean_wire, record_wire_failure
    from copydesk.pipeline.runs.wire_run import open_wire_run
    from copydesk.pipeline.store.states import LedgerStage

    settings, run_key, wire_plan = load_settings(), get_run_key(context), WirePlan(**plan)
    try:
        source = find_planned_source(settings, wire_plan)
        wire_run = open_wire_run(settings, run_key, wire_plan.strategy, source)
        counts = clean_wire(settings, wire_run, logger.info)
    except CopydeskError as error:
        record_wire_failure(settings, run_key, wire_plan.wire, LedgerStage.CLEAN, error)
        raise
    report_lineage(settings, "clean")
    if wire_plan.is_poll:
        _fold_early(settings, wire_run)
    return counts


def _fold_early(settings: Settings, wire_run: WireRun) -> None:
    """Add the wire's articles to stories, so that they do not wait for slower wires; an error is left to `fold`."""
    import psycopg

    from copydesk.pipeline.core.errors import CopydeskError
    from copydesk.pipeline.runs.early_fold import fold_wire

    try:
        counts = fold_wire(settings, wire_run)
    except (CopydeskError, psycopg.Error) as error:
        logger.warning("The articles are not in stories yet; the fold task tries again: %s", error)
        return
    for stage in ("sign", "match", "fold"):
        report_lineage(settings, stage)
    changes = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    logger.info("Stories: %s", changes or "no articles")
