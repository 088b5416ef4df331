"""Locks that hold between processes and machines, kept by the database and gone with the process that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from copydesk.pipeline.core.errors import HostBusy
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db.connection import connect
from copydesk.pipeline.db.queries import load_queries

HOST_LOCK_TIMEOUT_SECONDS = 900
"""How long a crawl waits for another of the same host to end."""


@contextmanager
def host_lock(settings: Settings, host: str, timeout_seconds: float = HOST_LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
    """Be the only one who crawls ``host`` (name and port), so that schedule and backfill together stay polite.

    Raises:
        HostBusy: another has been at it for longer than ``seconds``.
        DatabaseUnreachable: the database does not answer.
    """
    queries = load_queries("locks")
    with closing(connect(settings, autocommit=True)) as connection:
        connection.execute(queries["set_lock_timeout"], (f"{round(timeout_seconds * 1000)}ms",))
        try:
            connection.execute(queries["lock_host"], (host,))
        except psycopg.errors.LockNotAvailable:
            raise HostBusy(
                f"{host} is being crawled by another run for more than {timeout_seconds:.0f} s.",
                "It is tried again later.",
            ) from None
        yield  # the lock is the session's: it ends with the connection
