"""The row of a run: its window, its wires, its state and its summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import BadWindow, NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one, fetch_value
from copydesk.pipeline.store.states import LedgerStage, RunState


def open_run(
    connection: Connection[Row],
    dag_id: str,
    run_id: str,
    *,
    kind: str,
    mode: str,
    window: Window | None,
    wires: Sequence[str],
    skipped: Mapping[str, str] | None = None,
    wire_tasks: int | None = None,
) -> UUID:
    """Save the run's row and return its key; saving it again changes nothing, apart from reopening a closed run.

    The window is None for a run that processes everything. ``wire_tasks`` is the number of tasks that share the wires;
    None if each wire has its own.
    """
    run_key = make_run_key(dag_id, run_id)
    connection.execute(
        queries.run.open,
        {
            "dag_id": dag_id, "run_id": run_id, "run_key": run_key, "kind": kind, "mode": mode,
            "start": window and window.start, "end": window and window.end, "wires": list(wires),
            "wire_tasks": wire_tasks, "skipped": Jsonb(dict(skipped or {})),
        },
    )  # fmt: skip
    return run_key


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is stored."""

    run_key: UUID
    dag_id: str
    run_id: str
    kind: str
    mode: str
    window_start: datetime | None
    window_end: datetime | None
    wires: Sequence[str]
    skipped: Mapping[str, str]
    state: str
    summary: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    reopened_at: datetime | None
    """When the run was started again after its end."""

    @property
    def window(self) -> Window:
        """The time window of the run.

        Raises:
            BadWindow: It has none: it processes everything, or its planning failed.
        """
        if self.window_start is None or self.window_end is None:
            raise BadWindow(f"Run {self.name} has no window.", "`copydesk runs` lists the runs.")
        return Window(self.window_start, self.window_end)

    @property
    def has_report(self) -> bool:
        """Whether a report has closed the run since it was last opened."""
        return "is_balanced" in self.summary

    @property
    def planning_error(self) -> str:
        """Why the run could not be planned; empty if it was planned."""
        return str(self.summary.get("error", "")) if self.summary.get("planning_failed") else ""

    @property
    def name(self) -> str:
        """The name for people, for example ``newswire scheduled__2026-03-01T05:00:00+00:00``."""
        return f"{self.dag_id} {self.run_id}"

    @property
    def is_first_scheduled_attempt(self) -> bool:
        """Whether the run is scheduled and was not started again."""
        return self.kind == "scheduled" and self.reopened_at is None


def read_run(connection: Connection[Row], run_key: UUID) -> Run:
    """Return one run.

    Raises:
        NotFound: There is no run with that key.
    """
    run = fetch_one(connection, Run, queries.run.get, (run_key,))
    if run is None:
        raise NotFound(f"No run has the key {run_key}.", "`copydesk runs` lists the runs.")
    return run


def find_run_wires(connection: Connection[Row], run_key: UUID) -> Sequence[str]:
    """Return the wires that a run has planned; none if it is not open yet."""
    run = fetch_one(connection, Run, queries.run.get, (run_key,))
    return () if run is None else run.wires


def has_deadline(connection: Connection[Row], run: Run) -> bool:
    """Return whether the run may be late; the first scheduled run may not, because it starts within its hour."""
    if not run.is_first_scheduled_attempt:
        return False
    params = {"dag_id": run.dag_id, "start": run.window_start}
    return fetch_value(connection, bool, queries.run.has_earlier, params)


def count_running_runs(connection: Connection[Row]) -> int:
    """Return how many runs are running; one that started long ago counts as killed."""
    return fetch_value(connection, int, queries.run.count_running)


def close_run(connection: Connection[Row], run_key: UUID, state: RunState, summary: Mapping[str, Any]) -> None:
    """Save the run's end; saving the same end again changes nothing."""
    connection.execute(
        queries.run.close,
        {"run_key": run_key, "state": state, "summary": Jsonb(json.loads(json.dumps(summary, default=str)))},
    )


def save_decision(connection: Connection[Row], run_key: UUID, by: str, at: datetime, *, approved: bool) -> None:
    """Save who has decided about the changes of a run, and when; a rejection ends the run."""
    params = {"run_key": run_key, "by": by, "at": at, "approved": approved}
    connection.execute(queries.run.save_decision, params)


def save_failed_plan(
    connection: Connection[Row], dag_id: str, run_id: str, *, kind: str, mode: str, window: Window | None, error: str
) -> None:
    """Save a run that could not be planned, with the reason, so that it is listed with the others.

    Args:
        connection: A connection in a transaction.
        dag_id: The ID of the DAG that the run belongs to.
        run_id: The ID of the run.
        kind: How the run was triggered.
        mode: A ``RunMode``.
        window: The window of the run; None if it could not be determined.
        error: Why the run could not be planned.
    """
    connection.execute(
        queries.run.save_failed_plan,
        {
            "dag_id": dag_id, "run_id": run_id, "run_key": make_run_key(dag_id, run_id), "kind": kind, "mode": mode,
            "start": window and window.start, "end": window and window.end, "error": error,
        },
    )  # fmt: skip


def fail_run(connection: Connection[Row], run_key: UUID, error: str) -> None:
    """Close a run that has not ended as failed, with the reason; a closed run stays as it is."""
    connection.execute(queries.run.fail, {"run_key": run_key, "error": error})


def save_wire_failure(connection: Connection[Row], run_key: UUID, wire: str, stage: LedgerStage, reason: str) -> None:
    """Save why a run failed at a stage of a wire; it replaces the reason of an earlier attempt."""
    connection.execute(
        queries.run.save_wire_failure, {"run_key": run_key, "wire": wire, "stage": stage, "reason": reason}
    )


def list_wire_failures(connection: Connection[Row], run_key: UUID) -> dict[tuple[str, str], str]:
    """Return the reasons why a run failed, by wire and stage (a ``LedgerStage``)."""
    rows = fetch_all(connection, _WireFailure, queries.run.list_wire_failures, {"run_key": run_key})
    return {(row.wire, row.stage): row.reason for row in rows}


@dataclass(frozen=True, slots=True)
class _WireFailure:
    wire: str
    stage: str
    reason: str
