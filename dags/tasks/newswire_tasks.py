"""What the tasks do: each resolves its settings, calls the pipeline, and returns counts or ids, never text."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from copydesk.dags.support.airflow_settings import find_wire_source, load_settings, load_sources
from copydesk.dags.telemetry.lineage import report_lineage

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.store.ledger import Ledger

logger = logging.getLogger(__name__)


def plan_window(context: Context) -> list[dict[str, str]]:
    """Open the run and decide how each wire is worked."""
    from copydesk.dags.support.run_window import get_run_type, resolve_run_window
    from copydesk.pipeline.db import load_queries, transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_run_boilerplate
    from copydesk.pipeline.runs.planning import RunMode, plan_run

    dag_run = context["dag_run"]
    window = resolve_run_window(context)
    params = context["params"]
    settings = load_settings()
    ensure_schema(settings)
    survey = load_sources(settings)
    with transaction(settings) as connection:
        connection.execute(load_queries("run")["ensure_partition"], (window.end.date(),))
        planned = plan_run(
            connection,
            survey.sources,
            invalid_wires=survey.errors,
            run_id=dag_run.run_id,
            dag_id=dag_run.dag_id,
            kind=get_run_type(dag_run),
            window=window,
            mode=RunMode(params["mode"]),
            wires=params["wires"],
        )
        snapshot_run_boilerplate(connection, dag_run.run_id, [plan.wire for plan in planned.wires])
    logger.info("Window %s to %s (UTC)", window.start.isoformat(), window.end.isoformat())
    for plan in planned.wires:
        logger.info("%s: %s", plan.wire, plan.strategy)
    for wire, why in planned.skipped.items():
        logger.warning("%s is skipped: it %s", wire, why)
    return [plan.to_dict() for plan in planned.wires]


def clean_pages(run_id: str, plan: Mapping[str, str]) -> dict[str, int]:
    """Extract and clean one wire's pages."""
    from copydesk.pipeline.runs.stages import clean_wire

    settings = load_settings()
    counts = clean_wire(settings, run_id, plan["strategy"], find_wire_source(settings, plan["wire"]), logger.info)
    report_lineage(settings, "clean")
    return counts


def sign(context: Context) -> int:
    """Sign the run's articles; how many sketches were written."""
    from copydesk.pipeline.runs.stages import sign_run

    settings = load_settings()
    signed = sign_run(settings, context["run_id"])
    report_lineage(settings, "sign")
    return signed


def match(context: Context) -> dict[str, int]:
    """Find and verify the near-duplicates of the run's articles."""
    from copydesk.pipeline.runs.stages import match_run

    settings = load_settings()
    counts = match_run(settings, context["run_id"])
    report_lineage(settings, "match")
    return counts


def fold(context: Context) -> dict[str, int]:
    """Fold the run's articles into stories."""
    from copydesk.pipeline.runs.stages import fold_run

    settings = load_settings()
    counts = fold_run(settings, context["run_id"])
    report_lineage(settings, "fold")
    return counts


def learn(context: Context) -> dict[str, int]:
    """Learn every wire's boilerplate from what it published before the end of the run's interval; what is cut now."""
    from datetime import UTC, datetime

    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.maintenance.learned_boilerplate import learn_boilerplate

    dag_run = context["dag_run"]
    until = dag_run.data_interval_end or dag_run.logical_date or datetime.now(UTC)
    settings = load_settings()
    ensure_schema(settings)
    applied: dict[str, int] = {}
    for wire in load_sources(settings).sources:
        with transaction(settings) as connection:
            lesson = learn_boilerplate(connection, wire, until)
        for line in lesson.learned:
            logger.info("%s: learned %s: %s", wire, line.key, line.text[:200])
        for line in lesson.unlearned:
            logger.warning("%s: lost %s: %s", wire, line.key, line.text[:200])
        logger.info("%s: %s articles, %s paragraphs are cut", wire, lesson.article_count, lesson.applied_count)
        applied[wire] = lesson.applied_count
    return applied


def report(context: Context) -> dict[str, Any]:
    """Hold the ledger, write the summary, and show both in the log.

    Raises:
        LedgerUnbalanced: a count does not come out even.
        Permanent: wires were planned, and every one of them failed.
    """
    from datetime import UTC, datetime

    from copydesk.dags.alerts.notify import log_and_notify
    from copydesk.dags.telemetry.metrics import send_run_metrics
    from copydesk.pipeline.core.errors import LedgerUnbalanced, Permanent
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.runs.stages import report_run
    from copydesk.pipeline.store.ledger import read_ledger
    from copydesk.pipeline.store.runs import has_deadline, read_run

    settings = load_settings()
    run_id = context["run_id"]
    failed = find_failed_wires(context)
    with connect(settings) as connection:
        run = read_run(connection, run_id)
        counts_lag = has_deadline(connection, run)
    try:
        summary = report_run(settings, run_id, failed_wires=failed)
    except LedgerUnbalanced as error:
        with connect(settings) as connection:
            log_ledger(read_ledger(connection, run_id))
            known = read_run(connection, run_id).summary["warnings"]
        log_and_notify(context, settings, [*known, {"wire": "", "kind": "ledger", "message": str(error)}])
        raise
    with connect(settings) as connection:
        ledger = read_ledger(connection, run_id)
    log_ledger(ledger)
    lag = (run.ended_at or datetime.now(UTC)) - run.window.end if counts_lag else None
    send_run_metrics(ledger, summary, lag, already_reported=run.state == "done" or run.reopened_at is not None)
    report_lineage(settings, "report")
    log_and_notify(context, settings, summary["warnings"])
    if summary["newer_profile"]:
        logger.warning("%s", summary["newer_profile"])
    figures = (summary["new_articles"], summary["articles"], summary["stories"])
    logger.info("%s new articles, %s articles in %s stories", *figures)
    if failed and len(failed) == len(context["ti"].xcom_pull(task_ids="plan") or []):
        raise Permanent("Every wire of the run failed.", "Mend what their logs tell, then clear what failed.")
    return summary


def log_ledger(ledger: Ledger) -> None:
    """The counts wire by wire, as a group that Airflow's log folds."""
    logger.info("::group::Ledger")
    for wire in sorted(ledger.counts, key=lambda wire: (not wire, wire)):  # what concerns all of them comes last
        for stage, counts in ledger.counts[wire].items():
            counts_text = "  ".join(f"{outcome} {count}" for outcome, count in counts.items())
            logger.info("%-16s %-6s %s", wire or "all wires", stage, counts_text)
    logger.info("::endgroup::")


def find_failed_wires(context: Context) -> dict[str, str]:
    """The wires that were planned and whose crawl was no good one, or whose pages were not cleaned; and why."""
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.runs.stages import CRAWL_RESULT_STAGE
    from copydesk.pipeline.store.ledger import read_ledger

    settings = load_settings()
    planned = context["ti"].xcom_pull(task_ids="plan") or []
    with connect(settings) as connection:
        ledger = read_ledger(connection, context["run_id"])
    failed = {}
    for plan in planned:
        wire = plan["wire"]
        if plan["strategy"] != "stored" and not ledger.get(wire, CRAWL_RESULT_STAGE, "succeeded"):
            failed[wire] = "its crawl failed; see the log of wire.crawl"
        elif "clean" not in ledger.counts.get(wire, {}):
            failed[wire] = "its pages were not cleaned; see the log of clean"
    return failed
