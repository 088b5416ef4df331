"""Transactions in the database that the settings name: the embedded one, started on demand, or any other.

Nothing outlives its transaction: no session setting, no session lock, no prepared statement. So it makes no difference
whether PostgreSQL answers or a pooler in transaction mode (PgBouncer) that gives each transaction another connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import Connection
from psycopg_pool import PoolClosed

from copydesk.pipeline.core.errors import DatabaseUnreachable, Transient
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded, queries
from copydesk.pipeline.db.connect_errors import (
    find_server_error,
    is_too_many_connections,
    make_connect_error,
    redact_url,
)
from copydesk.pipeline.db.pool import Pool, PooledConnection, Row, discard_pool, get_pool, open_connection

_TRANSIENT_ERRORS = (
    psycopg.OperationalError,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)


def locate_database(settings: Settings, database: str = embedded.DATABASE) -> str:
    """Return the address of a database; nothing is started or asked for it."""
    if settings.database_url is not None and database == embedded.DATABASE:
        return settings.database_url.get_secret_value()
    return embedded.locate_server(settings).url(database)


def get_database_url(settings: Settings, database: str = embedded.DATABASE) -> str:
    """Return the address of a database. If it is in the embedded server, that one runs afterwards and has it.

    Raises:
        DatabaseUnreachable, DataFolderInaccessible: The embedded server can't be started.
    """
    if settings.database_url is None or database != embedded.DATABASE:
        embedded.ensure_running(settings, database)
    return locate_database(settings, database)


def describe_database(settings: Settings) -> str:
    """Return a phrase for a person that says which database the settings mean."""
    if settings.database_url is not None:
        return f"the database {redact_url(settings.database_url.get_secret_value())}"
    return f"the embedded database in {settings.database_folder}"


def connect(settings: Settings) -> Connection[Row]:
    """Open a connection outside the pool, in autocommit mode: for migrations, and for VACUUM, which allows no
    transaction around it. The caller closes it.

    Raises:
        DatabaseUnreachable: The server does not answer, or is older than PostgreSQL 15.
        TooManyConnections: The server has as many connections as it may have.
    """
    try:
        try:
            return open_connection(locate_database(settings))
        except psycopg.OperationalError as error:
            _start_embedded_server(settings, error)
        return open_connection(locate_database(settings))
    except psycopg.Error as error:
        raise make_connect_error(locate_database(settings), error) from None


@contextmanager
def transaction(settings: Settings) -> Iterator[Connection[Row]]:
    """Run a block in one transaction: READ COMMITTED, time zone UTC; committed at its end, rolled back on an exception.

    Raises:
        DatabaseUnreachable: The server does not answer, or is older than PostgreSQL 15.
        TooManyConnections: The server has as many connections as it may have.
        DatabaseFull: The server's disk is full.
        DatabaseReadOnly: The server accepts no writes.
        Transient: The transaction failed (deadlock, serialization, lost connection); the same work may be tried again.
    """
    with _run_transaction(settings, queries.transaction.begin) as connection:
        yield connection


@contextmanager
def read_transaction(settings: Settings, *, snapshot: bool = False) -> Iterator[Connection[Row]]:
    """As ``transaction``, for a block that only reads.

    Args:
        settings: They name the database.
        snapshot: All statements see the database as it is at the first one (REPEATABLE READ).
    """
    begin = queries.transaction.begin_snapshot if snapshot else queries.transaction.begin_read_only
    with _run_transaction(settings, begin) as connection:
        yield connection


@contextmanager
def begin(connection: Connection[Row]) -> Iterator[None]:
    """As ``transaction``, on a connection in autocommit mode that is already there."""
    connection.execute(queries.transaction.begin)
    try:
        yield
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise
    connection.commit()


@contextmanager
def _run_transaction(settings: Settings, begin_statement: LiteralString) -> Iterator[Connection[Row]]:
    try:
        pool, connection = _begin(settings, begin_statement)
        try:
            with connection:  # commits or rolls back; a pooled connection stays open
                yield connection
        finally:
            if connection.broken:
                discard_pool(pool)
            pool.putconn(connection)
    except psycopg.Error as error:
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) and begin_statement != queries.transaction.begin:
            raise  # the block writes in a transaction for reading
        if (server_error := find_server_error(locate_database(settings), error)) is not None:
            raise server_error from error
        if not isinstance(error, _TRANSIENT_ERRORS):
            raise
        reason = " ".join(str(error).split())
        raise Transient(f"The database transaction failed: {reason.removesuffix('.')}.", "Try again.") from error


def _begin(settings: Settings, begin_statement: LiteralString) -> tuple[Pool, PooledConnection]:
    """Begin a transaction on a pooled connection.

    A connection that was lost while it was idle shows when the transaction begins. Nothing was done by then, so it
    begins once more on a fresh one; no statement is spent on asking a connection whether it is alive.
    """
    url = locate_database(settings)
    may_start_server = may_begin_again = True
    while True:
        pool = get_pool(url)
        try:
            connection = pool.borrow()
        except PoolClosed:
            continue  # another thread forked, or lost its connection
        except psycopg.OperationalError as error:
            discard_pool(pool)
            if not may_start_server:
                raise make_connect_error(url, error) from None
            may_start_server = False
            _start_embedded_server(settings, error)
            continue
        except DatabaseUnreachable:
            discard_pool(pool)
            raise
        try:
            connection.execute(begin_statement)
        except BaseException as error:
            lost = isinstance(error, psycopg.OperationalError) and connection.broken
            if connection.broken:
                discard_pool(pool)
            pool.putconn(connection)
            if not (lost and may_begin_again):
                raise
            may_begin_again = False
            continue
        return pool, connection


def _start_embedded_server(settings: Settings, error: psycopg.OperationalError) -> None:
    """Start the embedded server after a failed connection, if the settings mean that one and it does not run.

    Raises:
        DatabaseUnreachable: The server is not the embedded one; the error says why it can't be reached.
        TooManyConnections: The server runs, and accepts no more connections.
    """
    if settings.database_url is not None or is_too_many_connections(error):
        raise make_connect_error(locate_database(settings), error) from None
    embedded.ensure_running(settings)
