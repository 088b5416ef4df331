"""The tasks of `newswire`: each loads the settings, calls the pipeline and returns counts or ids, never text."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from copydesk.dags.support.airflow_settings import load_settings, load_sources
from copydesk.dags.support.map_length import get_max_map_length
from copydesk.dags.support.planning_error import saves_planning_error
from copydesk.dags.support.run_window import get_run_key, get_run_type, resolve_run_window
from copydesk.dags.telemetry.lineage import report_lineage

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from copydesk.pipeline.store.ledger import Ledger

NOT_DUE_XCOM_KEY = "not_due"
"""The XCom key under which `plan` passes the number of wires that it did not plan because they were not due."""
MAX_WIRES_IN_LOG = 5
"""How many wires `plan` names in its line about those that are not due."""

logger = logging.getLogger(__name__)


@saves_planning_error
def plan_window(context: Context, selected: Collection[str] = ()) -> list[list[dict[str, str]]]:
    """Open the run and choose how to process each wire.

    Args:
        context: Airflow's context.
        selected: The wires of the DAG: names and selections; empty for all.

    Returns:
        For each mapped task, the plans of its wires: one, or several if there are more wires than Airflow maps tasks.

    Raises:
        BadWindow: The run has no valid window.
        BadSource: A sources folder cannot be read.
        NotFound: A requested wire does not exist.
    """
    from copydesk.pipeline.core.configured_sources import ENABLE_REMEDY
    from copydesk.pipeline.core.strategy import RunMode
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_run_boilerplate
    from copydesk.pipeline.runs.planning import plan_run
    from copydesk.pipeline.runs.wire_selection import list_named, select_wires
    from copydesk.pipeline.store.pages import ensure_page_partition

    dag_run = context["dag_run"]
    window = resolve_run_window(context)
    params = context["params"]
    wires = params["wires"] or []
    settings = load_settings()
    ensure_schema(settings)
    loaded = load_sources(settings, [*list_named(selected), *wires])
    loaded = select_wires(loaded, selected, wires)
    with transaction(settings) as connection:
        ensure_page_partition(connection, window.end.date())
        planned = plan_run(
            connection,
            loaded.sources,
            invalid_wires=loaded.errors,
            dag_id=dag_run.dag_id,
            run_id=dag_run.run_id,
            kind=get_run_type(dag_run),
            window=window,
            mode=RunMode(params["mode"]),
            wires=wires,
            max_tasks=get_max_map_length(),
        )
        snapshot_run_boilerplate(connection, planned.run_key, [plan.wire for plan in planned.wires])
    logger.info("Window from %s to %s (UTC)", window.start.isoformat(), window.end.isoformat())
    for plan in planned.wires:
        logger.info("%s: %s", plan.wire, plan.strategy)
    for wire, reason in planned.skipped.items():
        logger.warning("%s: skipped: %s", wire, reason)
    if planned.not_due:
        logger.info("%s", describe_not_due(planned.not_due, window.end))
    context["ti"].xcom_push(key=NOT_DUE_XCOM_KEY, value=len(planned.not_due))
    if not (planned.wires or planned.skipped or planned.not_due):
        logger.warning("No wire is enabled. %s", ENABLE_REMEDY)
    if planned.wire_tasks is not None:
        logger.info("%s wires share %s tasks ([core] max_map_length)", len(planned.wires), planned.wire_tasks)
    return [[plan.to_dict() for plan in batch] for batch in planned.batches]


def describe_not_due(not_due: Mapping[str, datetime | None], now: datetime) -> str:
    """Return one line about the wires that a run does not poll: how many, and when the first of them are polled next.

    Args:
        not_due: The next poll by wire; None if another run is crawling the wire.
        now: The end of the run's window.
    """
    from copydesk.pipeline.runs.cadence import format_poll_time

    busy = sorted(wire for wire, time in not_due.items() if time is None)
    later = sorted((time, wire) for wire, time in not_due.items() if time is not None)
    parts = [f"{wire} at {format_poll_time(time, now)}" for time, wire in later[:MAX_WIRES_IN_LOG]]
    rest = f" and {len(later) - MAX_WIRES_IN_LOG} later" if len(later) > MAX_WIRES_IN_LOG else ""
    sentences = [f"{len(later)} wires are not due; next polls: {', '.join(parts)}{rest}"] if later else []
    sentences += [f"another run is crawling {', '.join(busy)}"] if busy else []
    return "; ".join(sentences)


def sign(context: Context) -> int:
    """Compute the sketches of the run's articles.

    Returns:
        The number of sketches.
    """
    from copydesk.pipeline.runs.stages import sign_run

    settings = load_settings()
    signed = sign_run(settings, get_run_key(context))
    report_lineage(settings, "sign")
    return signed


def match(context: Context) -> dict[str, int]:
    """Find and verify the near-duplicates of the run's articles.

    Returns:
        The counts of pairs and edges.
    """
    from copydesk.pipeline.runs.stages import match_run

    settings = load_settings()
    counts = match_run(settings, get_run_key(context), only_unmatched=True)
    report_lineage(settings, "match")
    return counts


def fold(context: Context) -> dict[str, int]:
    """Group the run's articles into stories.

    Returns:
        The counts of changes to stories.
    """
    from copydesk.pipeline.runs.stages import fold_run

    settings = load_settings()
    counts = fold_run(settings, get_run_key(context))
    report_lineage(settings, "fold")
    return counts


def learn(context: Context, selected: Collection[str] = ()) -> dict[str, int]:
    """Learn the boilerplate of every wire from the articles published before the end of the run's data interval.

    Args:
        context: Airflow's context.
        selected: The wires of the DAG: names and selections; empty for all.

    Returns:
        The number of boilerplate paragraphs by wire.
    """
    from datetime import UTC, datetime

    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance.learned_boilerplate import learn_boilerplate
    from copydesk.pipeline.runs.wire_selection import list_named, select_wires

    dag_run = context["dag_run"]
    until = dag_run.data_interval_end or dag_run.logical_date or datetime.now(UTC)
    settings = load_settings()
    ensure_schema(settings)
    applied: dict[str, int] = {}
    for wire in select_wires(load_sources(settings, list_named(selected)), selected).sources:
        with transaction(settings) as connection:
            result = learn_boilerplate(connection, wire, until)
        for paragraph in result.learned:
            logger.info("%s: learned %s: %s", wire, paragraph.key, paragraph.text[:200])
        for paragraph in result.unlearned:
            logger.warning("%s: unlearned %s: %s", wire, paragraph.key, paragraph.text[:200])
        logger.info("%s: %s articles, %s boilerplate paragraphs", wire, result.article_count, result.applied_count)
        applied[wire] = result.applied_count
    return applied


def report(context: Context) -> dict[str, Any]:
    """Reconcile the ledger, write the summary, and send the warnings.

    Returns:
        The summary of the run.

    Raises:
        LedgerUnbalanced: The counts do not add up, or a stage failed.
        Permanent: Every planned wire failed, or the run could not be planned.
    """
    from copydesk.dags.alerts.event_webhooks import log_and_send_events
    from copydesk.dags.alerts.notify import log_and_notify
    from copydesk.dags.alerts.run_failed import read_task_states
    from copydesk.dags.alerts.search_notices import log_and_notify_searches
    from copydesk.dags.telemetry.metrics import send_run_metrics
    from copydesk.pipeline.core.errors import NotFound, Permanent
    from copydesk.pipeline.runs.planning import WirePlan
    from copydesk.pipeline.runs.report import report_run

    settings = load_settings()
    batches = context["ti"].xcom_pull(task_ids="plan") or []
    plans = [WirePlan(**plan) for batch in batches for plan in batch]
    not_due = context["ti"].xcom_pull(task_ids="plan", key=NOT_DUE_XCOM_KEY) or 0
    sources = load_sources(settings, [plan.wire for plan in plans]).sources
    states = read_task_states(context)
    failed_stages = [task for task in ("sign", "match", "fold") if states.get(task) == "failed"]
    try:
        run_report = report_run(
            settings, get_run_key(context), plans=plans, sources=sources, not_due=not_due, failed_stages=failed_stages
        )
    except NotFound:
        raise Permanent("The run could not be planned.", "See the log of plan.") from None
    summary = run_report.summary
    log_ledger(run_report.ledger)
    if run_report.is_balanced:
        send_run_metrics(run_report.ledger, summary, run_report.lag, already_reported=run_report.was_reported)
        report_lineage(settings, "report")
    log_and_notify(context, settings, run_report.warnings)
    log_and_notify_searches(context, settings)
    log_and_send_events(settings)
    if run_report.is_balanced:
        if summary["newer_profile"]:
            logger.warning("%s", summary["newer_profile"])
        totals = (summary["new_articles"], summary["articles"], summary["stories"])
        logger.info("%s new articles, %s articles in %s stories", *totals)
    run_report.raise_for_error()
    return dict(summary)


def log_ledger(ledger: Ledger) -> None:
    """Log the counts by wire and stage, as a collapsible group."""
    logger.info("::group::Ledger")
    for wire in sorted(ledger.counts, key=lambda wire: (not wire, wire)):  # counts of the whole run come last
        for stage, counts in ledger.counts[wire].items():
            counts_text = "  ".join(f"{outcome} {count}" for outcome, count in counts.items())
            logger.info("%-16s %-6s %s", wire or "all wires", stage, counts_text)
    logger.info("::endgroup::")
