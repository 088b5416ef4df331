"""The list of runs, as `copydesk runs` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a list.

    Attributes:
        window_start: None if the run processed everything, or if it failed before its window was known.
        failed: The number of URLs that failed.
        failed_wires: The number of wires that failed.
        decided_by: Who approved or rejected its changes; empty if nobody has.
        decided_at: When they did.
    """

    dag_id: str
    run_id: str
    kind: str
    mode: str
    window_start: datetime | None
    window_end: datetime | None
    state: str
    scheduled: int
    stored: int
    new_articles: int
    articles: int
    stories: int
    failed: int
    failed_wires: int
    error: str
    decided_by: str
    decided_at: datetime | None
    started_at: datetime
    ended_at: datetime | None


def list_runs(connection: Connection[Row], limit: int = 50) -> list[RunSummary]:
    """Return the runs, the latest window first."""
    return fetch_all(connection, RunSummary, queries.browse.list_runs, (limit,))
