"""Find runs by what a user types, and the warnings of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.views.run_queries import RunWarning

_SUGGESTED_AMONG = 200
"""Runs that a suggestion is chosen from: the latest ones."""


@dataclass(frozen=True, slots=True)
class RunName:
    """A run's DAG and its ID there."""

    dag_id: str
    run_id: str


def find_run(connection: Connection[Row], run_id: str) -> RunName:
    """Return the run with an ID or with an unambiguous prefix of it. Of DAGs with the same ID, the latest run counts.

    Raises:
        NotFound: There is none; the message suggests similar ones.
        BadInput: There are several.
    """
    found = fetch_all(connection, RunName, queries.overview.find_run_ids, {"run_id": run_id, "limit": 5})
    exact = [run for run in found if run.run_id == run_id]
    if exact or len(found) == 1:
        return (exact or found)[0]
    if found:
        listed = ", ".join(run.run_id for run in found)
        raise BadInput(f"Several runs have an ID that starts with {run_id!r}: {listed}.", "Use more of the ID.")
    known = fetch_values(connection, str, queries.overview.list_latest_run_ids, {"limit": _SUGGESTED_AMONG})
    remedy = f"{suggest_names(run_id, known)} `copydesk runs` lists them."
    raise NotFound(f"No run with ID {run_id!r}.", remedy.strip())


@dataclass(frozen=True, slots=True)
class _WireIndex:
    wire: str
    map_index: int


def list_map_indexes(connection: Connection[Row], run: RunName) -> dict[str, int]:
    """Return the index of the mapped tasks of each wire of a run; several wires may share one."""
    params = {"dag_id": run.dag_id, "run_id": run.run_id}
    return {
        row.wire: row.map_index for row in fetch_all(connection, _WireIndex, queries.overview.list_map_indexes, params)
    }


def list_all_warnings(
    connection: Connection[Row],
    *,
    since: datetime | None = None,
    run_id: str | None = None,
    wire: str | None = None,
    limit: int = 50,
) -> list[RunWarning]:
    """Return the warnings of the runs of all DAGs, the latest first.

    Args:
        connection: An open connection.
        since: Only warnings raised at or after this time.
        run_id: Only those of runs with this ID.
        wire: Only those about this wire.
        limit: The maximum number of warnings.
    """
    params = {"since": since, "run_id": run_id, "wire": wire, "limit": limit}
    return fetch_all(connection, RunWarning, queries.overview.list_warnings, params)
