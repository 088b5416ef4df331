"""What is in the database: its size and its tables."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_value


@dataclass(frozen=True, slots=True)
class TableSize:
    """A table with its indexes and partitions; the number of rows is the planner's estimate."""

    name: str
    row_estimate: int
    size_bytes: int


def read_database_size(connection: Connection[Row]) -> int:
    """Return the size of the database in bytes."""
    return fetch_value(connection, int, queries.database.get_size)


def list_tables(connection: Connection[Row]) -> list[TableSize]:
    """Return the tables of Copydesk, the largest first."""
    return fetch_all(connection, TableSize, queries.database.list_tables)
