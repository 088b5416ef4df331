"""The report of a run: it checks the ledger, detects anomalies, and closes the run with a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.configured_sources import ENABLE_REMEDY
from copydesk.pipeline.core.errors import LedgerUnbalanced, Permanent, StageFailed
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import Row, transaction
from copydesk.pipeline.runs.anomalies import (
    Anomaly,
    WarningKind,
    WireFailure,
    detect_anomalies,
    list_feed_warnings,
    save_warnings,
)
from copydesk.pipeline.runs.cadence import compute_next_poll, format_poll_time
from copydesk.pipeline.runs.layout_drift import detect_layout_changes
from copydesk.pipeline.runs.planning import WirePlan
from copydesk.pipeline.store.ledger import Ledger, count_articles, read_ledger, save_counts
from copydesk.pipeline.store.left_behind import LeftBehind
from copydesk.pipeline.store.pages import get_database_time
from copydesk.pipeline.store.profiles import describe_outdated_profile, get_live_profile_id
from copydesk.pipeline.store.runs import Run, close_run, has_deadline, list_wire_failures, read_run
from copydesk.pipeline.store.states import LedgerStage, RunState
from copydesk.pipeline.store.wire_polls import read_polls

MAX_REASONS = 3
"""The maximum number of failed wires that the error of a run lists."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that is shown or sent about a run at its end.

    Attributes:
        run: The run as it was before it was closed.
        ledger: The counts by wire, stage and outcome.
        summary: The totals, warnings, and failed and skipped wires, as they are saved with the run.
        warnings: The warnings to show, each with ``wire`` (empty for the whole run), ``kind`` and ``message``: those
            detected for the first time, and a ledger that does not add up or a stage that failed.
        failed_wires: The planned wires that failed, each with the reason.
        lag: How long after its window the run ended; None if it has no deadline.
        error: Why the run failed; None if it succeeded.
    """

    run: Run
    ledger: Ledger
    summary: Mapping[str, Any]
    warnings: Sequence[Mapping[str, str]]
    failed_wires: Mapping[str, WireFailure]
    lag: timedelta | None
    error: Permanent | None

    @property
    def is_balanced(self) -> bool:
        """Whether the ledger adds up, so that its counts can be trusted."""
        return not isinstance(self.error, LedgerUnbalanced)

    @property
    def was_reported(self) -> bool:
        """Whether an earlier report has closed the run, so that its counts were sent before."""
        return self.run.summary.get("is_balanced") is True or self.run.reopened_at is not None

    def raise_for_error(self) -> None:
        """Raise the error of a failed run.

        Raises:
            LedgerUnbalanced: The counts do not add up.
            Permanent: Every planned wire failed.
        """
        if self.error is not None:
            raise self.error


def report_run(
    settings: Settings,
    run_key: UUID,
    profile: Profile | None = None,
    plans: Sequence[WirePlan] = (),
    sources: Mapping[str, Source] = MappingProxyType({}),
    not_due: int = 0,
    failed_stages: Sequence[str] = (),
) -> RunReport:
    """Check the ledger, save the warnings, and close the run with its summary, in one transaction.

    A run becomes ``failed`` if its ledger does not add up or if every wire failed. Neither raises here: the caller
    shows the report first, then calls ``raise_for_error``.

    Args:
        settings: The settings, for the database and the delay that is allowed.
        run_key: The key of the run.
        profile: The profile that the stories belong to; None for the live one.
        plans: The wires that the run had to process; those among them that failed are reported.
        sources: The valid sources by wire, for the time at which a failed wire is polled again.
        not_due: The number of the DAG's wires that the run did not poll because they were not due.
        failed_stages: The stages after cleaning that failed, first one first; their articles are in no story.

    Raises:
        NotFound: There is no such run.
        Permanent: The run could not be planned, so that there is nothing to report.
        Transient: The connection to the database was lost; the same call may be made again.
    """
    with transaction(settings) as connection:
        if planning_error := read_run(connection, run_key).planning_error:
            raise Permanent(f"The run could not be planned: {planning_error}", "See the log of plan.")
        profile_id = profile.profile_id if profile else get_live_profile_id(connection)
        article_counts = count_articles(connection, run_key, profile_id)
        fold_counts = {"articles": article_counts.articles, "in_stories": article_counts.in_stories}
        save_counts(connection, run_key, "", LedgerStage.FOLD, fold_counts)
        run = read_run(connection, run_key)
        ledger = read_ledger(connection, run_key)
        deadline_applies = has_deadline(connection, run)
        ended_at = run.ended_at or get_database_time(connection)
        failed_wires = find_failed_wires(
            ledger,
            plans,
            list_wire_failures(connection, run_key),
            read_failures(connection, sources, run_key, ended_at),
        )
        wires_with_rules = sorted(wire for wire, stages in ledger.counts.items() if LedgerStage.LAYOUT in stages)
        layout_changes = detect_layout_changes(connection, wires_with_rules, run.window.end)
        changed_layouts = {wire: str(change) for wire, change in layout_changes.items()}
        anomalies = detect_anomalies(
            connection,
            run_key,
            run.window,
            run.wires if run.kind == "scheduled" else (),
            failed_wires=failed_wires,
            left_behind=describe_left_behind(ledger),
            changed_layouts=changed_layouts,
            max_delay=timedelta(minutes=settings.late_minutes) if deadline_applies else None,
            now=ended_at,
        )
        if not (run.wires or run.skipped or not_due):
            anomalies.append(Anomaly("", WarningKind.NO_WIRES, f"no wire is enabled. {ENABLE_REMEDY}"))
        new = save_warnings(connection, run_key, anomalies)
        if run.ended_at is None:  # a report that runs again must not repeat them
            new = [*list_feed_warnings(connection, run_key), *new]
        warnings = [{"wire": one.wire, "kind": one.kind, "message": one.message} for one in new]
        summary: dict[str, Any] = summarize(ledger, article_counts.stories) | {
            "failed_wires": {wire: failure.message for wire, failure in failed_wires.items()},
            "skipped_wires": dict(run.skipped),
            "changed_layouts": changed_layouts,
            "newer_profile": describe_outdated_profile(connection),
            "warnings": warnings,
        }
        error = _find_error(run, ledger, plans, failed_wires, not_due, failed_stages)
        summary["is_balanced"] = not isinstance(error, LedgerUnbalanced)
        if error:
            summary["error"] = str(error)
        if not summary["is_balanced"]:
            kind = "run_failed" if failed_stages else "ledger"
            warnings = [*warnings, {"wire": "", "kind": kind, "message": str(error)}]
        close_run(connection, run_key, RunState.FAILED if error else RunState.DONE, summary)
    lag = ended_at - run.window.end if deadline_applies else None
    return RunReport(run, ledger, summary, warnings, failed_wires, lag, error)


def read_failures(
    connection: Connection[Row], sources: Mapping[str, Source], run_key: UUID, now: datetime
) -> dict[str, tuple[str, str]]:
    """Return what a run found wrong with each wire, and when the wire is polled next."""
    failures = {}
    for wire, poll in read_polls(connection, sources).items():
        if poll.grade is not None and poll.run_key == run_key:
            next_poll = compute_next_poll(poll, sources[wire].every)
            time = f"at {format_poll_time(next_poll, now)}" if next_poll > now else "in the next run"
            failures[wire] = poll.reason, f"next try {time}"
    return failures


def find_failed_wires(
    ledger: Ledger,
    plans: Sequence[WirePlan],
    reasons: Mapping[tuple[str, str], str],
    polls: Mapping[str, tuple[str, str]],
) -> dict[str, WireFailure]:
    """Return the planned wires that failed.

    A wire has failed if its crawl failed or if its pages were not cleaned. Its stored pages count nevertheless.

    Args:
        ledger: The counts by wire, stage and outcome.
        plans: The wires that the run had to process.
        reasons: Why a stage of a wire failed, by wire and stage; missing if its task could not save it.
        polls: What the run's crawl found wrong with a wire, and when the wire is polled next, by wire.
    """
    failed = {}
    for plan in plans:
        if plan.strategy != WireStrategy.STORED and not ledger.get(plan.wire, LedgerStage.CRAWL_RESULT, "succeeded"):
            stage, (reason, next_try) = LedgerStage.CRAWL, polls.get(plan.wire, ("", ""))
        elif LedgerStage.CLEAN not in ledger.counts.get(plan.wire, {}):
            stage, reason, next_try = LedgerStage.CLEAN, "", ""
        else:
            continue
        failed[plan.wire] = WireFailure(stage, reasons.get((plan.wire, stage), reason), next_try)
    return failed


def describe_left_behind(ledger: Ledger) -> dict[str, str]:
    """Return by wire how many listed items the run did not fetch, and why."""
    described = {}
    for wire, stages in ledger.counts.items():
        counts = {LeftBehind(reason): count for reason, count in stages.get(LedgerStage.LEFT_BEHIND, {}).items()}
        if sentences := [reason.describe(count) for reason, count in counts.items() if count]:
            described[wire] = "; ".join(sentences)
    return described


def summarize(ledger: Ledger, stories: int) -> dict[str, int]:
    """Return the totals of a run.

    Args:
        ledger: The counts by wire, stage and outcome.
        stories: Number of stories that contain the run's articles.
    """
    return {
        "scheduled": ledger.total("crawl", "scheduled"),
        "stored": ledger.total("crawl", "stored"),
        "revisited": ledger.total("crawl", "revisited"),
        "pages": ledger.total("clean", "pages"),
        "new_articles": ledger.total("clean", "article"),
        "refused": ledger.total("crawl", "refused") + ledger.total("clean", "refused"),
        "quarantined": ledger.total("crawl", "quarantined") + ledger.total("clean", "quarantined"),
        "failed": ledger.total("crawl", "failed"),
        "articles": ledger.total("fold", "articles"),
        "stories": stories,
    }


def _find_error(
    run: Run,
    ledger: Ledger,
    plans: Sequence[WirePlan],
    failed_wires: Mapping[str, WireFailure],
    not_due: int,
    failed_stages: Sequence[str],
) -> Permanent | None:
    if failed_stages:
        articles = ledger.get("", LedgerStage.FOLD, "articles")
        missing = articles - ledger.get("", LedgerStage.FOLD, "in_stories")
        return StageFailed(
            f"The task {failed_stages[0]} failed, and {missing} of the run's {articles} articles are in no story.",
            f"Fix the cause shown in the log of {failed_stages[0]}, then clear the task.",
        )
    try:
        ledger.check(run.name)
    except LedgerUnbalanced as error:
        return error
    # A few wires that are retried between the polls of many others do not make the whole run a failure.
    if failed_wires and len(failed_wires) == len(plans) >= not_due:
        named = "; ".join(f"{wire}: {failure.message}" for wire, failure in list(failed_wires.items())[:MAX_REASONS])
        return Permanent(
            f"Every wire of the run failed ({named}).",
            "Fix the cause shown in their logs, then clear the failed tasks.",
        )
    return None
