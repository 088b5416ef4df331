"""Asking a database that may not be there, without starting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import Row, connect, embedded, schema

Result = TypeVar("Result")


def _query_if_available(query: Callable[[Connection[Row]], Result]) -> Result | None:
    """What the database answers; None where it can't be asked. None is started for it: these commands need none."""
    settings = load_settings()
    if settings.database_url is None and embedded.find_pid(embedded.locate_server(settings)) is None:
        return None
    try:
        with connect(settings, autocommit=True) as connection:
            if schema.list_pending_migrations(connection):
                return None
            return query(connection)
    except CopydeskError:
        return None
