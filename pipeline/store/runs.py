"""What a run is about: its window, its wires, and how each wire is worked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.db import Row, load_queries

AWAITING_APPROVAL = "awaiting_approval"
"""The state of a run that has told what it would change, and does so when a person approves."""


def open_run(
    connection: Connection[Row],
    run_id: str,
    *,
    kind: str,
    mode: str,
    window: Window,
    wires: Sequence[str],
    dag_id: str = "",
    skipped: Mapping[str, str] | None = None,
) -> None:
    """Write the run's row; the same again changes nothing, and one that was closed is open again."""
    connection.execute(
        load_queries("run")["open"],
        {
            "run_id": run_id, "dag_id": dag_id, "kind": kind, "mode": mode, "start": window.start, "end": window.end,
            "wires": list(wires), "skipped": Jsonb(dict(skipped or {})),
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is stored."""

    run_id: str
    dag_id: str
    kind: str
    mode: str
    window: Window
    wires: tuple[str, ...]
    skipped: Mapping[str, str]
    state: str
    summary: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    reopened_at: datetime | None
    """When it was begun again after it had ended."""

    @property
    def is_first_scheduled_attempt(self) -> bool:
        """Whether it is the schedule's, and begun for the first time."""
        return self.kind == "scheduled" and self.reopened_at is None


def read_run(connection: Connection[Row], run_id: str) -> Run:
    """One run.

    Raises:
        NotFound: there is none of that id.
    """
    row = connection.execute(load_queries("run")["get"], (run_id,)).fetchone()
    if row is None:
        raise NotFound(f"No run has the id {run_id!r}.", "`copydesk runs` lists them.")
    run_id, dag_id, kind, mode, start, end, wires, skipped, *rest = row
    return Run(run_id, dag_id, kind, mode, Window(start, end), tuple(wires), skipped, *rest)


def has_deadline(connection: Connection[Row], run: Run) -> bool:
    """Whether an hour's end is what the run is measured by; the schedule's very first one began in the midst of it."""
    if not run.is_first_scheduled_attempt:
        return False
    asked = {"dag_id": run.dag_id, "start": run.window.start}
    row = connection.execute(load_queries("run")["has_earlier"], asked).fetchone()
    return bool(row and row[0])


def close_run(connection: Connection[Row], run_id: str, state: str, summary: Mapping[str, Any]) -> None:
    """Write the run's end; the same end again changes nothing."""
    connection.execute(
        load_queries("run")["close"],
        {"run_id": run_id, "state": state, "summary": Jsonb(json.loads(json.dumps(summary, default=str)))},
    )
