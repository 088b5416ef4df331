"""Runs as the user interface shows them: counts per wire, warnings, and the stories that they have copies of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.store.ledger import read_ledger
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.store.runs import Run, read_run
from copydesk.pipeline.store.staged_results import read_approval_samples
from copydesk.pipeline.views.paging import ListPage, Position, decode_position, make_page

RUNS_PER_PAGE = 24
"""A day of hourly runs."""

STORIES_PER_PAGE = 50
WARNINGS_PER_PAGE = 20


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
    """A warning of a run.

    Attributes:
        wire: The wire; empty if it concerns the whole run.
        task: The task with more in its log: ``crawl``, ``clean`` or the name of another one; empty if none has.
        map_index: The index of the wire's mapped tasks; None if it concerns the whole run.
    """

    at: datetime
    wire: str
    kind: str
    message: str
    task: str
    map_index: int | None
    dag_id: str
    run_id: str
    run_key: UUID | None = None
    remaining: int = 0


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
    remaining: int


@dataclass(frozen=True, slots=True)
class RunOverview:
    """A run in a list.

    Attributes:
        window_start: None if it processes everything, or if it failed before its window was known.
        lost: The number of URLs and pages without an article.
        failed_wires: The number of its wires that failed.
    """

    dag_id: str
    run_id: str
    run_key: UUID
    kind: str
    state: str
    window_start: datetime | None
    window_end: datetime | None
    new_articles: int
    articles: int
    stories: int
    lost: int
    wires: int
    failed_wires: int
    warnings: int
    error: str
    started_at: datetime
    ended_at: datetime | None
    sort_time: datetime
    remaining: int


@dataclass(frozen=True, slots=True)
class RunDetails:
    """One run, with its current state."""

    run: Run
    wires: tuple[WireStatus, ...]
    warnings: tuple[RunWarning, ...]
    stories: ListPage[RunStory]
    samples: Sequence[Mapping[str, Any]] = ()
    """Stories that its changes would concern, with differences, if it asks or has asked for approval."""

    @property
    def decided_at(self) -> datetime | None:
        """When a person approved or rejected its changes; None if nobody has."""
        at = self.run.summary.get("decided_at")
        return datetime.fromisoformat(at) if at else None

    def sum(self, stage: str, name: str) -> int:
        """Return how many URLs (stage ``crawl``) or pages (``clean``) of all wires have an outcome."""
        return sum(getattr(row, stage).get(name, 0) for row in self.wires)

    def list_outcomes(self, stage: str, names: Sequence[str]) -> list[str]:
        """Return those of a stage's outcomes that any wire has, and always the first of ``names``."""
        return [names[0], *(name for name in names[1:] if any(getattr(row, stage).get(name) for row in self.wires))]


def read_run_details(
    connection: Connection[Row], dag_id: str, run_id: str, after: str = "", limit: int = STORIES_PER_PAGE
) -> RunDetails:
    """Return one run of a DAG, with its current counts if it is still running.

    Args:
        connection: A connection in a transaction.
        dag_id: The ID of the DAG.
        run_id: The ID of the run.
        after: The encoded position in the list of its stories.
        limit: The maximum number of stories.

    Raises:
        NotFound: The database has no such run.
        BadInput: The position is invalid.
    """
    try:
        run = read_run(connection, make_run_key(dag_id, run_id))
    except NotFound:
        raise NotFound(f"{dag_id} has no run {run_id!r} here.") from None
    params = {"run_key": run.run_key, "profile_id": get_live_profile_id(connection)}
    warnings = fetch_all(connection, RunWarning, queries.overview.list_warnings_of_run, params)
    position = decode_position(after, (int, datetime, UUID))
    params |= _name_key(position, "after_copies", "after_time", "after_id") | {"limit": limit}
    rows = fetch_all(connection, RunStory, queries.overview.list_stories_of_run, params)
    key = (rows[-1].copies, rows[-1].published_at, rows[-1].story_id) if rows else ()
    stories = make_page(rows, rows[0].remaining if rows else 0, position, key)
    samples = read_approval_samples(connection, run.run_key)
    return RunDetails(run, tuple(_list_wire_statuses(connection, run)), tuple(warnings), stories, samples)


def list_dags(connection: Connection[Row]) -> list[str]:
    """Return the IDs of the DAGs that have runs."""
    return fetch_values(connection, str, queries.overview.list_dags)


def list_run_overviews(
    connection: Connection[Row],
    dag_ids: Collection[str] | None = None,
    after: str = "",
    limit: int = RUNS_PER_PAGE,
) -> ListPage[RunOverview]:
    """Return the latest runs of some DAGs, the latest window first.

    Args:
        connection: A connection in a transaction.
        dag_ids: The IDs of the DAGs; None for all.
        after: The encoded position in the list.
        limit: The maximum number of rows.

    Raises:
        BadInput: The position is invalid.
    """
    position = decode_position(after, (datetime, UUID))
    params = _name_key(position, "after_time", "after_id") | {"limit": limit}
    params |= {"dag_ids": None if dag_ids is None else sorted(dag_ids)}
    rows = fetch_all(connection, RunOverview, queries.overview.list_runs, params)
    key = (rows[-1].sort_time, rows[-1].run_key) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key)


def list_warnings(
    connection: Connection[Row], since: datetime, dag_ids: Collection[str] | None = None, after: str = ""
) -> ListPage[RunWarning]:
    """Return the warnings since a time, the latest first; for the other arguments see ``list_run_overviews``."""
    position = decode_position(after, (datetime, UUID, str, str))
    params = _name_key(position, "after_time", "after_id", "after_wire", "after_kind") | {"limit": WARNINGS_PER_PAGE}
    params |= {"dag_ids": None if dag_ids is None else sorted(dag_ids), "since": since}
    rows = fetch_all(connection, RunWarning, queries.overview.list_warnings_since, params)
    key = (rows[-1].at, rows[-1].run_key, rows[-1].wire, rows[-1].kind) if rows else ()
    return make_page(rows, rows[0].remaining if rows else 0, position, key)


def _name_key(position: Position, *names: str) -> dict[str, Any]:
    """Return the values of a sort key as parameters; all are None at the start of the list."""
    return dict(zip(names, position.key or [None] * len(names), strict=True))


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
