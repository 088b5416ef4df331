"""The last live crawl of each wire, and the failures that preceded it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.store.states import FailureGrade


@dataclass(frozen=True, slots=True)
class PollFailure:
    """Why a poll of a wire brought nothing: a grade, and a short phrase such as ``connection refused``."""

    grade: FailureGrade
    reason: str


@dataclass(frozen=True, slots=True)
class WirePoll:
    """The last poll of one wire; times are aware.

    Attributes:
        wire: The name of the wire.
        polled_at: The end of the poll's window, or the time when the poll ended if that was earlier.
        run_key: The run that it belonged to.
        is_complete: Whether it left nothing to the next poll.
        failures: How many polls in a row have failed, up to this one; 0 if it was good.
        failing_since: When the first of them was.
        grade: How bad the failure of this poll is; None if it was good.
        reason: What failed; empty if it was good.
    """

    wire: str
    polled_at: datetime
    run_key: UUID
    is_complete: bool
    failures: int
    failing_since: datetime | None
    grade: FailureGrade | None
    reason: str

    def __post_init__(self) -> None:
        if self.grade is not None:
            object.__setattr__(self, "grade", FailureGrade(self.grade))


def read_polls(connection: Connection[Row], wires: Iterable[str]) -> dict[str, WirePoll]:
    """Return the last poll of each of the wires that has been polled."""
    rows = fetch_all(connection, WirePoll, queries.wire_poll.list_polls, (sorted(wires),))
    return {row.wire: row for row in rows}


def save_poll(
    connection: Connection[Row],
    wire: str,
    run_key: UUID,
    end: datetime,
    failure: PollFailure | None,
    *,
    is_complete: bool = True,
) -> None:
    """Save the result of a live crawl; it replaces that of an earlier attempt or run, never that of a later run.

    Args:
        connection: A connection in a transaction.
        wire: The name of the wire.
        run_key: The key of the run.
        end: The end of the crawl's window.
        failure: What failed; None if the crawl was good.
        is_complete: Whether a good crawl left nothing to the next one.
    """
    key = {"wire": wire, "run_key": run_key, "end": end}
    if failure is None:
        connection.execute(queries.wire_poll.save_success, {**key, "is_complete": is_complete})
    else:
        values = {"grade": failure.grade, "reason": failure.reason}
        connection.execute(queries.wire_poll.save_failure, {**key, **values})


def list_wires_in_progress(connection: Connection[Row], hosts: Mapping[str, str], run_key: UUID) -> set[str]:
    """Return the wires that another run is crawling at the moment.

    Args:
        connection: A connection in a transaction.
        hosts: The host of each wire to look up, by wire.
        run_key: The key of the run that asks.
    """
    params = {"wires": list(hosts), "hosts": list(hosts.values()), "run_key": run_key}
    return set(fetch_values(connection, str, queries.wire_poll.list_wires_in_progress, params))
