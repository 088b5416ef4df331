"""Queries to a database that may not be there, without starting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, embedded, read_transaction, schema

Result = TypeVar("Result")


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
