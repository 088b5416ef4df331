"""One small pool of connections per process: opened on demand, closed when idle, never shared with a fork.

A pool has threads. They end before this process forks, so a fork begins without any pool and opens its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from time import monotonic
from typing import Any, Self

from psycopg import Connection, IsolationLevel
from psycopg_pool import ConnectionPool, PoolTimeout

from copydesk.pipeline.core.errors import DatabaseUnreachable, Transient
from copydesk.pipeline.core.fork_hooks import on_prepare_fork
from copydesk.pipeline.db.connect_errors import redact_url

Row = tuple[Any, ...]

MIN_SERVER_VERSION = 150000

MAX_CONNECTIONS = 4
"""A task needs one, a spider two (pages and the lease of its host); the UI's requests share them."""

IDLE_SECONDS = 60.0
"""How long an unused connection stays open: longer than the pause between two statements of a crawl or a page view."""

BUSY_TIMEOUT_SECONDS = 30.0
"""How long to wait while all connections of this process are in use."""

CONNECT_TIMEOUT_SECONDS = 10

_FAILURE_POLL_SECONDS = 0.05
"""How often a waiting caller checks whether connecting failed: the pool itself reports that to nobody."""

# What the pool would warn about is raised by `borrow`.
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class PooledConnection(Connection[Row]):
    """A connection that reports why it could not be opened."""

    @classmethod
    def connect(cls, *args: Any, report_failure: Any = None, **kwargs: Any) -> Self:
        try:
            connection = super().connect(*args, **kwargs)
            _prepare(connection)
        except Exception as error:
            if report_failure is not None:
                report_failure(error)
            raise
        return connection


class Pool(ConnectionPool[PooledConnection]):
    """The pool of one address. Its threads start with it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._failure: Exception | None = None
        super().__init__(
            url,
            connection_class=PooledConnection,
            kwargs={**_CONNECT_OPTIONS, "report_failure": self._keep_failure},
            min_size=0,
            max_size=MAX_CONNECTIONS,
            max_idle=IDLE_SECONDS,
            num_workers=1,
            name="copydesk",
            open=True,
        )

    def borrow(self) -> PooledConnection:
        """Return a connection; ``putconn`` takes it back.

        Raises:
            psycopg.OperationalError: A connection can't be opened.
            psycopg_pool.PoolClosed: The process is about to fork; ask for a pool again.
            DatabaseUnreachable: The server is too old.
            Transient: All connections have been in use for longer than ``BUSY_TIMEOUT_SECONDS``.
        """
        deadline = monotonic() + BUSY_TIMEOUT_SECONDS
        while True:
            try:
                return self.getconn(timeout=_FAILURE_POLL_SECONDS)
            except PoolTimeout:
                if self._failure is not None:
                    raise self._failure from None
                if monotonic() > deadline:
                    raise Transient(
                        f"All {MAX_CONNECTIONS} database connections of this process have been in use for more than "
                        f"{BUSY_TIMEOUT_SECONDS:g} s.",
                        "Try again.",
                    ) from None

    def _keep_failure(self, error: Exception) -> None:
        self._failure = error


_CONNECT_OPTIONS: dict[str, Any] = {
    # Transactions begin by a statement of ours, see sql/transaction.sql.
    "autocommit": True,
    # A pooler gives each transaction another server connection, which does not know what was prepared on the last one.
    "prepare_threshold": None,
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "application_name": "copydesk",
}

_pools: dict[tuple[int, str], Pool] = {}
_lock = threading.RLock()


def open_connection(url: str) -> Connection[Row]:
    """Open a connection outside any pool, in autocommit mode.

    Raises:
        psycopg.OperationalError: It can't be opened.
        DatabaseUnreachable: The server is too old.
    """
    return PooledConnection.connect(url, **_CONNECT_OPTIONS)


def get_pool(url: str) -> Pool:
    """Return this process's pool of an address. Pools of other addresses are closed: a password may have changed."""
    key = (os.getpid(), url)
    with _lock:
        pool = _pools.get(key)
        if pool is None or pool.closed:
            close_pools()
            pool = _pools[key] = Pool(url)
        return pool


def discard_pool(pool: Pool) -> None:
    """Close a pool of which a connection broke: the others have lost their server too."""
    with _lock:
        if _pools.get((os.getpid(), pool.url)) is pool:
            del _pools[os.getpid(), pool.url]
    pool.close()


def close_pools() -> None:
    """Close this process's pools and end their threads. A connection in use stays open until it is returned."""
    with _lock:
        for key in [key for key in _pools if key[0] == os.getpid()]:  # another's, if any, is its parent's
            _pools.pop(key).close()


def _prepare(connection: Connection[Row]) -> None:
    """Refuse a server that is too old; have nested transactions be READ COMMITTED too where none is open."""
    if connection.info.server_version < MIN_SERVER_VERSION:
        found = connection.info.server_version // 10000
        where = redact_url(connection.info.dsn)
        connection.close()
        raise DatabaseUnreachable(f"PostgreSQL at {where} is version {found}.", "Copydesk needs 15 or newer.")
    connection.isolation_level = IsolationLevel.READ_COMMITTED


def _before_fork() -> None:
    _lock.acquire()
    close_pools()


on_prepare_fork(close_pools)
os.register_at_fork(before=_before_fork, after_in_parent=_lock.release, after_in_child=_lock.release)
atexit.register(close_pools)
