"""Runs as the user interface shows them: counts per wire, warnings, and the stories that they have copies of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.store.ledger import read_ledger
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.store.runs import Run, read_run

MAX_STORIES = 50
"""The maximum number of stories shown for a run."""

MAX_RUNS = 48
"""The maximum number of runs in a list: two days of hourly runs."""

MAX_WARNINGS = 50


@dataclass(frozen=True, slots=True)
class WireStatus:
    """The result of one wire in a run.

    Attributes:
        wire: The wire's name.
        state: ``pending`` (no counts yet), ``empty`` (no URLs and pages), ``ok``, ``partial`` (something was lost),
            ``failed`` or ``skipped``.
        reason: Why the wire failed or was skipped; else empty.
        crawl: The number of URLs by outcome.
        clean: The number of pages by outcome.
    """

    wire: str
    state: str
    reason: str
    crawl: Mapping[str, int]
    clean: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RunWarning:
    """A warning of a run; the wire is empty if it concerns the whole run."""

    at: datetime
    wire: str
    kind: str
    message: str
    dag_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class RunStory:
    """A story that a run has copies of: ``run_copies`` of all ``copies``."""

    story_id: UUID
    title: str
    published_at: datetime
    language: str
    copies: int
    wires: int
    run_copies: int
    source: str
    killed: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run in a list; ``lost`` counts URLs and pages without an article."""

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
    """One run, with its current state."""

    run: Run
    wires: tuple[WireStatus, ...]
    warnings: tuple[RunWarning, ...]
    stories: tuple[RunStory, ...]

    def list_outcomes(self, stage: str, names: Sequence[str]) -> list[str]:
        """Return those of a stage's outcomes that any wire has, and always the first of ``names``."""
        return [names[0], *(name for name in names[1:] if any(getattr(row, stage).get(name) for row in self.wires))]


def read_run_details(connection: Connection[Row], dag_id: str, run_id: str) -> RunDetails:
    """Return one run of a DAG, with its current counts if it is still running.

    Raises:
        NotFound: The database has no such run.
    """
    try:
        run = read_run(connection, make_run_key(dag_id, run_id))
    except NotFound:
        raise NotFound(f"{dag_id} has no run {run_id!r} here.") from None
    params = {"run_key": run.run_key, "profile_id": get_live_profile_id(connection), "limit": MAX_STORIES}
    warnings = fetch_all(connection, RunWarning, queries.overview.list_warnings_of_run, params)
    stories = fetch_all(connection, RunStory, queries.overview.list_stories_of_run, params)
    return RunDetails(run, tuple(_list_wire_statuses(connection, run)), tuple(warnings), tuple(stories))


def list_run_overviews(connection: Connection[Row], dag_id: str) -> list[RunOverview]:
    """Return the latest runs of a DAG, the latest window first."""
    return fetch_all(connection, RunOverview, queries.overview.list_runs, {"dag_id": dag_id, "limit": MAX_RUNS})


def list_warnings(connection: Connection[Row], dag_id: str, since: datetime) -> list[RunWarning]:
    """Return the warnings of a DAG's runs since a time, the latest first."""
    params = {"dag_id": dag_id, "since": since, "limit": MAX_WARNINGS}
    return fetch_all(connection, RunWarning, queries.overview.list_warnings_since, params)


def _list_wire_statuses(connection: Connection[Row], run: Run) -> list[WireStatus]:
    ledger = read_ledger(connection, run.run_key)
    failed = dict(run.summary.get("failed_wires", {}))
    rows = []
    for wire in run.wires:
        stages = ledger.counts.get(wire, {})
        crawl, clean = stages.get("crawl", {}), stages.get("clean", {})
        lost = sum(counts.get(name, 0) for counts in (crawl, clean) for name in ("refused", "quarantined", "failed"))
        total = crawl.get("scheduled", 0) + clean.get("pages", 0)
        counted = "partial" if lost else "ok" if total else "empty"
        state = "failed" if wire in failed else counted if stages else "pending"
        rows.append(WireStatus(wire, state, str(failed.get(wire, "")), crawl, clean))
    rows += [WireStatus(wire, "skipped", why, {}, {}) for wire, why in sorted(run.skipped.items())]
    return rows
