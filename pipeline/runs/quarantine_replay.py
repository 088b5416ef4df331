"""Reading once more what is held in quarantine, after a fix: each page is recovered, refused, or held with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import Connection

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_boilerplate
from copydesk.pipeline.runs.planning import WireStrategy
from copydesk.pipeline.runs.stages import (
    LogLine,
    clean_wire,
    compute_cleaner_version,
    fold_run,
    match_run,
    report_run,
    sign_run,
)
from copydesk.pipeline.store.quarantined_pages import check_ids
from copydesk.pipeline.store.runs import open_run

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What became of the pages that were read once more; ``pages`` is their sum."""

    pages: int
    recovered: int
    refused: int
    quarantined: int


def replay_quarantine(
    settings: Settings,
    run_id: str,
    sources: Mapping[str, Source],
    *,
    wire: str | None = None,
    reason: str | None = None,
    ids: Sequence[int] | None = None,
    force: bool = False,
    log_line: LogLine = print,
) -> ReplayResult:
    """Read the held pages once more, as a run of its own, and fold what is recovered.

    Those are read that today's rules have not read yet; with ``again`` all, for a page may have been too slow only
    because the machine was; with ``ids`` those alone, read or not. A run of the same id goes on where it ended. A wire
    without a source is told and left.

    Raises:
        NotFound: one of ``ids`` is not in quarantine; nothing is read.
        LedgerUnbalanced: a count does not come out even; the run is marked ``failed``.
        Transient: the database broke off; the same call goes on.
    """
    with transaction(settings) as connection:
        if ids is not None:
            check_ids(connection, ids)
        wires = [row[0] for row in connection.execute(load_queries("quarantine")["list_wires"])]
        for name in wires:
            if wire in (None, name) and name in sources:
                _add_quarantined_pages(connection, run_id, sources[name], reason, ids, force=force or ids is not None)
        rows = connection.execute(load_queries("quarantine")["pages_of_run"], {"run_id": run_id}).fetchall()
        if rows:
            window = _enclosing_window(min(row[2] for row in rows), max(row[3] for row in rows))
            open_run(connection, run_id, kind="replay", mode="stored", window=window, wires=[row[0] for row in rows])
        else:
            connection.rollback()  # there is nothing to do, so it was no run
    for name in wires:
        if wire in (None, name) and name not in sources:
            log_line(f"{name}: has no source file any more, so its pages stay where they are")
    if not rows:
        return ReplayResult(0, 0, 0, 0)
    for name, *_ in rows:
        clean_wire(settings, run_id, WireStrategy.REPLAY, sources[name], log_line)
    sign_run(settings, run_id)
    match_run(settings, run_id)
    fold_run(settings, run_id)
    report_run(settings, run_id)
    with transaction(settings) as connection:
        states = dict(connection.execute(load_queries("quarantine")["count_states"], {"run_id": run_id}).fetchall())
    counts = {state: states.get(state, 0) for state in ("recovered", "refused", "quarantined")}
    return ReplayResult(sum(counts.values()), **counts)


def _add_quarantined_pages(
    connection: Connection[Row],
    run_id: str,
    source: Source,
    reason: str | None,
    ids: Sequence[int] | None,
    *,
    force: bool,
) -> None:
    queries = load_queries("quarantine")
    asked = {"run_id": run_id, "wire": source.name, "reason": reason, "ids": None if ids is None else list(ids)}
    if force:
        connection.execute(queries["delete_results"], asked)
    cleaner = compute_cleaner_version(source.with_learned(snapshot_boilerplate(connection, run_id, source.name)))
    connection.execute(queries["add_pages"], {**asked, "cleaner": cleaner})


def _enclosing_window(first: datetime, last: datetime) -> Window:
    """The whole hours that two moments lie in."""
    start, end = (moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for moment in (first, last))
    return Window(start, end + HOUR)
