"""Renaming a wire: everything that is stored under its old name."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_value


@dataclass(frozen=True, slots=True)
class RenamedRows:
    """How many pages, articles and runs of the wire have the new name now."""

    pages: int
    articles: int
    runs: int


def rename_wire(connection: Connection[Row], old: str, new: str) -> RenamedRows:
    """Give everything that is stored of one wire another wire's name, in the caller's transaction.

    What is stored under the new name already stays, and the two histories become one. Calling it again changes nothing.

    Raises:
        Transient: A run is processing the wire under its old name.
    """
    params = {"old": old, "new": new}
    for name in sorted(params.values()):
        connection.execute(queries.article.lock_wire, (name,))
    if fetch_value(connection, int, queries.run.count_running_of_wire, {"wire": old}):
        raise Transient(f"A run is processing {old}.", "Run the command again when that run has ended.")
    renamed = {
        table: connection.execute(statement, params).rowcount
        for table, statement in queries.wire_rename.list_all().items()
    }
    return RenamedRows(renamed["pages"], renamed["articles"], renamed["runs"])
