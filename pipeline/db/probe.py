"""Asking a database that may not be there, without starting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import Connection

from copydesk.pipeline.core.errors import CopydeskError
from copydesk.pipeline.core.settings import load
from copydesk.pipeline.db import Row, connect, embedded, schema

Answer = TypeVar("Answer")


def ask_database(ask: Callable[[Connection[Row]], Answer]) -> Answer | None:
    """What the database answers; None where it can't be asked. None is started for it: these commands need none."""
    settings = load()
    if settings.database_url is None and embedded.find_pid(embedded.locate(settings)) is None:
        return None
    try:
        with connect(settings, autocommit=True) as connection:
            if schema.pending(connection):
                return None
            return ask(connection)
    except CopydeskError:
        return None
