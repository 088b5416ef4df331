"""What a person is shown of runs: their counts wire by wire, what was odd, and the stories that they brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.store.ledger import read_ledger
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.store.runs import Run, read_run

MAX_STORIES = 50
"""Stories of a run that are shown."""

MAX_RUNS = 48
"""Runs that are shown at once: two days of hours."""

MAX_WARNINGS = 50


@dataclass(frozen=True, slots=True)
class WireStatus:
    """What became of one wire in a run: counts by outcome of the two stages, or why there are none.

    ``state`` is ``pending`` as long as nothing is known; ``empty``, where there was nothing; ``ok``; ``partial``, where
    something was lost; ``failed``; or ``skipped``.
    """

    wire: str
    state: str
    reason: str
    crawl: Mapping[str, int]
    clean: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunWarning:
    """Something odd about a run; the wire is empty for what concerns all of it."""

    at: datetime
    wire: str
    kind: str
    message: str
    run_id: str


@dataclass(frozen=True, slots=True)
class RunStory:
    """A story that a run has copies of: ``run_copies`` of ``copies``, which are those of all runs."""

    story_id: UUID
    title: str
    published_at: datetime
    language: str
    copies: int
    wires: int
    run_copies: int
    agency: str
    killed: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run in a list; ``lost`` counts addresses and pages that gave no article."""

    run_id: str
    kind: str
    state: str
    window_start: datetime
    window_end: datetime
    new_articles: int
    articles: int
    stories: int
    lost: int
    wires: int
    warnings: int
    error: str


@dataclass(frozen=True, slots=True)
class RunDetails:
    """One run, as it stands."""

    run: Run
    wires: tuple[WireStatus, ...]
    warnings: tuple[RunWarning, ...]
    stories: tuple[RunStory, ...]

    def list_outcomes(self, stage: str, names: Sequence[str]) -> list[str]:
        """Those of a stage's outcomes that any wire has, and the first one in any case."""
        return [names[0], *(name for name in names[1:] if any(getattr(row, stage).get(name) for row in self.wires))]


def read_run_details(connection: Connection[Row], dag_id: str, run_id: str) -> RunDetails:
    """One run of a DAG; a run that is still at work is shown as far as it has come.

    Raises:
        NotFound: the DAG has no such run here.
    """
    run = read_run(connection, run_id)
    if run.dag_id != dag_id:
        raise NotFound(f"{dag_id} has no run {run_id!r} here.")
    queries = load_queries("overview")
    asked = {"run_id": run_id, "profile_id": get_live_profile_id(connection), "limit": MAX_STORIES}
    with connection.cursor(row_factory=class_row(RunWarning)) as cursor:
        warnings = tuple(cursor.execute(queries["warnings_of_run"], asked))
    with connection.cursor(row_factory=class_row(RunStory)) as cursor:
        stories = tuple(cursor.execute(queries["stories_of_run"], asked))
    return RunDetails(run, tuple(_list_wire_statuses(connection, run)), warnings, stories)


def list_run_overviews(connection: Connection[Row], dag_id: str) -> list[RunOverview]:
    """The latest runs of a DAG, latest window first."""
    with connection.cursor(row_factory=class_row(RunOverview)) as cursor:
        return cursor.execute(load_queries("overview")["list_runs"], {"dag_id": dag_id, "limit": MAX_RUNS}).fetchall()


def list_warnings(connection: Connection[Row], dag_id: str, since: datetime) -> list[RunWarning]:
    """What was odd about a DAG's runs since a moment, the latest first."""
    asked = {"dag_id": dag_id, "since": since, "limit": MAX_WARNINGS}
    with connection.cursor(row_factory=class_row(RunWarning)) as cursor:
        return cursor.execute(load_queries("overview")["warnings_since"], asked).fetchall()


def _list_wire_statuses(connection: Connection[Row], run: Run) -> list[WireStatus]:
    ledger = read_ledger(connection, run.run_id)
    failed = dict(run.summary.get("failed_wires", {}))
    rows = []
    for wire in run.wires:
        stages = ledger.counts.get(wire, {})
        crawl, clean = stages.get("crawl", {}), stages.get("clean", {})
        lost = sum(counts.get(name, 0) for counts in (crawl, clean) for name in ("refused", "quarantined", "failed"))
        whole = crawl.get("scheduled", 0) + clean.get("pages", 0)
        known = "partial" if lost else "ok" if whole else "empty"
        state = "failed" if wire in failed else known if stages else "pending"
        rows.append(WireStatus(wire, state, str(failed.get(wire, "")), crawl, clean))
    rows += [WireStatus(wire, "skipped", why, {}, {}) for wire, why in sorted(run.skipped.items())]
    return rows
