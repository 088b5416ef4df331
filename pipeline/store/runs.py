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

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_one, fetch_value
from copydesk.pipeline.store.states import RunState


def open_run(
    connection: Connection[Row],
    dag_id: str,
    run_id: str,
    *,
    kind: str,
    mode: str,
    window: Window,
    wires: Sequence[str],
    skipped: Mapping[str, str] | None = None,
) -> UUID:
    """Save the run's row and return its key; saving it again changes nothing, apart from reopening a closed run."""
    run_key = make_run_key(dag_id, run_id)
    connection.execute(
        queries.run.open,
        {
            "dag_id": dag_id, "run_id": run_id, "run_key": run_key, "kind": kind, "mode": mode, "start": window.start,
            "end": window.end, "wires": list(wires), "skipped": Jsonb(dict(skipped or {})),
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
    window_start: datetime
    window_end: datetime
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
        """The time window of the run."""
        return Window(self.window_start, self.window_end)

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
