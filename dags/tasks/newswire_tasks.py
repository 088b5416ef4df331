"""What the tasks do: each resolves its settings, calls the pipeline, and returns counts or ids, never text."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from copydesk.dags.support.airflow_settings import open_settings, pick_wire, read_wires
from copydesk.dags.telemetry.lineage import tell_tables

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.store.ledger import Ledger

log = logging.getLogger(__name__)


def plan_window(context: Context) -> list[dict[str, str]]:
    """Open the run and decide how each wire is worked."""
    from copydesk.dags.support.run_window import find_run_window, read_kind
    from copydesk.pipeline.db import load_queries, transaction
    from copydesk.pipeline.db.schema import prepare
    from copydesk.pipeline.maintenance.learned_boilerplate import freeze_sets
    from copydesk.pipeline.runs.planning import Mode, plan_run

    dag_run = context["dag_run"]
    window = find_run_window(context)
    params = context["params"]
    settings = open_settings()
    prepare(settings)
    survey = read_wires(settings)
    with transaction(settings) as connection:
        connection.execute(load_queries("run")["ensure_partition"], (window.end.date(),))
        planned = plan_run(
            connection,
            survey.sources,
            broken=survey.broken,
            run_id=dag_run.run_id,
            dag_id=dag_run.dag_id,
            kind=read_kind(dag_run),
            window=window,
            mode=Mode(params["mode"]),
            wires=params["wires"],
        )
        freeze_sets(connection, dag_run.run_id, [plan.wire for plan in planned.wires])
    log.info("Window %s to %s (UTC)", window.start.isoformat(), window.end.isoformat())
    for plan in planned.wires:
        log.info("%s: %s", plan.wire, plan.way)
    for wire, why in planned.skipped.items():
        log.warning("%s is skipped: it %s", wire, why)
    return [plan.to_dict() for plan in planned.wires]


def clean_pages(run_id: str, plan: Mapping[str, str]) -> dict[str, int]:
    """Extract and clean one wire's pages."""
    from copydesk.pipeline.runs.stages import clean_wire

    settings = open_settings()
    counts = clean_wire(settings, run_id, plan["way"], pick_wire(settings, plan["wire"]), log.info)
    tell_tables(settings, "clean")
    return counts


def sign(context: Context) -> int:
    """Sign the run's articles; how many sketches were written."""
    from copydesk.pipeline.runs.stages import sign_run

    settings = open_settings()
    signed = sign_run(settings, context["run_id"])
    tell_tables(settings, "sign")
    return signed


def match(context: Context) -> dict[str, int]:
    """Find and verify the near-duplicates of the run's articles."""
    from copydesk.pipeline.runs.stages import match_run

    settings = open_settings()
    counts = match_run(settings, context["run_id"])
    tell_tables(settings, "match")
    return counts


def fold(context: Context) -> dict[str, int]:
    """Fold the run's articles into stories."""
    from copydesk.pipeline.runs.stages import fold_run

    settings = open_settings()
    counts = fold_run(settings, context["run_id"])
    tell_tables(settings, "fold")
    return counts


def learn(context: Context) -> dict[str, int]:
    """Learn every wire's boilerplate from what it published before the end of the run's interval; what is cut now."""
    from datetime import UTC, datetime

    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import prepare
    from copydesk.pipeline.maintenance.learned_boilerplate import learn_wire

    dag_run = context["dag_run"]
    until = dag_run.data_interval_end or dag_run.logical_date or datetime.now(UTC)
    settings = open_settings()
    prepare(settings)
    applied: dict[str, int] = {}
    for wire in read_wires(settings).sources:
        with transaction(settings) as connection:
            lesson = learn_wire(connection, wire, until)
        for line in lesson.learned:
            log.info("%s: learned %s: %s", wire, line.key, line.text[:200])
        for line in lesson.lost:
            log.warning("%s: lost %s: %s", wire, line.key, line.text[:200])
        log.info("%s: %s articles, %s paragraphs are cut", wire, lesson.articles, lesson.applied)
        applied[wire] = lesson.applied
    return applied


def report(context: Context) -> dict[str, Any]:
    """Hold the ledger, write the summary, and show both in the log.

    Raises:
        LedgerBroken: a count does not come out even.
        Permanent: wires were planned, and every one of them failed.
    """
    from datetime import UTC, datetime

    from copydesk.dags.alerts.notify import tell
    from copydesk.dags.telemetry.metrics import send_run
    from copydesk.pipeline.core.errors import LedgerBroken, Permanent
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.runs.stages import report_run
    from copydesk.pipeline.store.ledger import read_ledger
    from copydesk.pipeline.store.runs import can_be_late, read_run

    settings = open_settings()
    run_id = context["run_id"]
    failed = find_failed(context)
    with connect(settings) as connection:
        run = read_run(connection, run_id)
        has_hour = can_be_late(connection, run)
    try:
        summary = report_run(settings, run_id, failed=failed)
    except LedgerBroken as error:
        with connect(settings) as connection:
            show_ledger(read_ledger(connection, run_id))
            known = read_run(connection, run_id).summary["warnings"]
        tell(context, settings, [*known, {"wire": "", "kind": "ledger", "message": str(error)}])
        raise
    with connect(settings) as connection:
        ledger = read_ledger(connection, run_id)
    show_ledger(ledger)
    lag = (run.ended_at or datetime.now(UTC)) - run.window.end if has_hour else None
    send_run(ledger, summary, lag, again=run.state == "done" or run.reopened_at is not None)
    tell_tables(settings, "report")
    tell(context, settings, summary["warnings"])
    if summary["newer_profile"]:
        log.warning("%s", summary["newer_profile"])
    figures = (summary["new_articles"], summary["articles"], summary["stories"])
    log.info("%s new articles, %s articles in %s stories", *figures)
    if failed and len(failed) == len(context["ti"].xcom_pull(task_ids="plan") or []):
        raise Permanent("Every wire of the run failed.", "Mend what their logs tell, then clear what failed.")
    return summary


def show_ledger(ledger: Ledger) -> None:
    """The counts wire by wire, as a group that Airflow's log folds."""
    log.info("::group::Ledger")
    for wire in sorted(ledger.counts, key=lambda wire: (not wire, wire)):  # what concerns all of them comes last
        for stage, counts in ledger.counts[wire].items():
            told = "  ".join(f"{outcome} {count}" for outcome, count in counts.items())
            log.info("%-16s %-6s %s", wire or "all wires", stage, told)
    log.info("::endgroup::")


def find_failed(context: Context) -> dict[str, str]:
    """The wires that were planned and whose crawl was no good one, or whose pages were not cleaned; and why."""
    from copydesk.pipeline.db import connect
    from copydesk.pipeline.runs.stages import VERDICT
    from copydesk.pipeline.store.ledger import read_ledger

    settings = open_settings()
    planned = context["ti"].xcom_pull(task_ids="plan") or []
    with connect(settings) as connection:
        ledger = read_ledger(connection, context["run_id"])
    failed = {}
    for plan in planned:
        wire = plan["wire"]
        if plan["way"] != "stored" and not ledger.get(wire, VERDICT, "good"):
            failed[wire] = "its crawl failed; see the log of wire.crawl"
        elif "clean" not in ledger.counts.get(wire, {}):
            failed[wire] = "its pages were not cleaned; see the log of clean"
    return failed
