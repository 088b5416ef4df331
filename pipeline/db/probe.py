"""Queries to a database that may not be there, without starting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, embedded, queries, read_transaction, schema
from copydesk.pipeline.db.rows import fetch_value

Result = TypeVar("Result")


def is_writable(settings: Settings) -> bool:
    """Return whether the database is running, migrated, and this user may write to it."""
    query = queries.transaction.may_write
    return bool(query_if_available(settings, lambda connection: fetch_value(connection, bool, query)))


def query_if_available(settings: Settings, query: Callable[[Connection[Row]], Result]) -> Result | None:
    """Return the result of a query, or None if the database is not running, not reachable or not migrated."""
    if settings.database_url is None and embedded.find_pid(embedded.locate_server(settings)) is None:
        return None
    try:
        with read_transaction(settings) as connection:
            if schema.list_pending_migrations(connection):
                return None
            return query(connection)
    except CopydeskError:
        return None
