"""Read the pages in quarantine again, after a fix: each is recovered, refused, or quarantined with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import Connection

from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_all, fetch_counts, fetch_values
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import LogLine, clean_wire, fold_run, match_run, sign_run
from copydesk.pipeline.runs.wire_run import WireRun, add_run_pages, make_wire_run
from copydesk.pipeline.store.quarantined_pages import check_ids
from copydesk.pipeline.store.runs import open_run
from copydesk.pipeline.store.states import QuarantineState

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The number of pages that were read again, by outcome; ``pages`` is the sum of the others."""

    pages: int
    recovered: int
    refused: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class _WirePages:
    """A wire with pages in the run, and the times of the first and the last one."""

    wire: str
    first_at: datetime
    last_at: datetime


def replay_quarantine(
    settings: Settings,
    dag_id: str,
    run_id: str,
    sources: Mapping[str, Source],
    *,
    wire: str | None = None,
    reason: str | None = None,
    ids: Sequence[int] | None = None,
    force: bool = False,
    log_line: LogLine = print,
) -> ReplayResult:
    """Read quarantined pages again, as a run of its own, and group the recovered articles into stories.

    A run with the same ID continues an interrupted one. Pages of a wire without a source are skipped.

    Args:
        settings: The settings, for the database and the limits of the sandbox.
        dag_id: The ID of the DAG that the run belongs to.
        run_id: The ID of the run.
        sources: The sources by wire.
        wire: Replay only the pages of this wire.
        reason: Replay only the pages that were quarantined for this reason.
        ids: Replay only these pages, even if the current rules have read them.
        force: Also replay pages that the current rules have read. A page may have been too slow only because the
            machine was busy.
        log_line: Logs progress, and the wires without a source.

    Raises:
        NotFound: One of ``ids`` is not in quarantine; no page is read.
        LedgerUnbalanced: The counts do not add up; the run is marked ``failed``.
        Transient: The connection to the database was lost; the same call continues.
    """
    run_key = make_run_key(dag_id, run_id)
    with transaction(settings) as connection:
        is_continued = bool(fetch_all(connection, _WirePages, queries.quarantine.pages_of_run, {"run_key": run_key}))
        if ids is not None and not is_continued:  # the call that was interrupted may have recovered some
            check_ids(connection, ids)
        wires = [name for name in fetch_values(connection, str, queries.quarantine.list_wires) if wire in (None, name)]
        wire_runs = {name: make_wire_run(connection, run_key, sources[name]) for name in wires if name in sources}
        for wire_run in wire_runs.values():
            _add_quarantined_pages(connection, wire_run, reason, ids, force=force or ids is not None)
        rows = fetch_all(connection, _WirePages, queries.quarantine.pages_of_run, {"run_key": run_key})
        if rows:
            window = _enclosing_window(min(row.first_at for row in rows), max(row.last_at for row in rows))
            open_run(
                connection,
                dag_id,
                run_id,
                kind="replay",
                mode="stored",
                window=window,
                wires=[row.wire for row in rows],
            )
        else:
            connection.rollback()  # without pages, there is no run
        for row in rows:
            if row.wire not in wire_runs:  # added by an interrupted call, which selected other wires
                wire_runs[row.wire] = make_wire_run(connection, run_key, sources[row.wire])
            add_run_pages(connection, wire_runs[row.wire], WireStrategy.REPLAY)
    for name in wires:
        if name not in sources:
            log_line(f"{name}: skipped, because it has no source file any more")
    if not rows:
        return ReplayResult(0, 0, 0, 0)
    for row in rows:
        clean_wire(settings, wire_runs[row.wire], log_line)
    sign_run(settings, run_key)
    match_run(settings, run_key)
    fold_run(settings, run_key)
    report_run(settings, run_key).raise_for_error()
    with transaction(settings) as connection:
        states = fetch_counts(connection, queries.quarantine.count_states, {"run_key": run_key})
    counts = {state.value: states.get(state, 0) for state in QuarantineState}
    return ReplayResult(sum(counts.values()), **counts)


def _add_quarantined_pages(
    connection: Connection[Row], wire_run: WireRun, reason: str | None, ids: Sequence[int] | None, *, force: bool
) -> None:
    arguments = {
        "run_key": wire_run.run_key,
        "wire": wire_run.wire,
        "reason": reason,
        "ids": None if ids is None else list(ids),
    }
    if force:
        connection.execute(queries.quarantine.delete_results, arguments)
    connection.execute(queries.quarantine.add_pages, {**arguments, "cleaner": wire_run.cleaner})


def _enclosing_window(first: datetime, last: datetime) -> Window:
    """Return the window from the start of the hour of ``first`` to the end of the hour of ``last``."""
    start, end = (moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for moment in (first, last))
    return Window(start, end + HOUR)
