"""Connections to the database that the settings name: the embedded one, started on demand, or any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.core.errors import DatabaseUnreachable, Transient
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import embedded

CONNECT_TIMEOUT_SECONDS = 10
MIN_SERVER_VERSION = 150000

Row = tuple[Any, ...]

_SESSION_OPTIONS = r"-c timezone=UTC -c default_transaction_isolation=read\ committed"
"""What was waited for under a lock has to be seen after it, whatever the server's own default is."""


def get_database_url(settings: Settings | None = None, database: str = "copydesk") -> str:
    """The address to connect to. The embedded server is started if it is the one and does not run.

    Raises:
        DatabaseUnreachable, DataFolderInaccessible: the embedded server can't be started.
    """
    settings = settings or load_settings()
    if settings.database_url is not None and database == "copydesk":
        return settings.database_url.get_secret_value()
    return embedded.ensure_running(settings).url(database)


def connect(settings: Settings | None = None, *, autocommit: bool = False) -> Connection[Row]:
    """A connection to the ``copydesk`` database, time zone UTC, transactions READ COMMITTED.

    Raises:
        DatabaseUnreachable: it does not answer, or is older than PostgreSQL 15.
    """
    url = get_database_url(settings)
    try:
        connection = psycopg.connect(
            url,
            autocommit=autocommit,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            application_name="copydesk",
            options=_SESSION_OPTIONS,
        )
    except psycopg.Error as error:
        told = " ".join(str(error).split())
        raise DatabaseUnreachable(
            f"PostgreSQL at {redact_url(url)} does not answer: {told.rstrip('.?')}.",
            "Check COPYDESK_DATABASE_URL and that the server runs, or unset it to use the embedded one.",
        ) from None
    if connection.info.server_version < MIN_SERVER_VERSION:
        found = connection.info.server_version // 10000
        connection.close()
        raise DatabaseUnreachable(f"PostgreSQL at {redact_url(url)} is version {found}.", "Copydesk needs 15 or newer.")
    return connection


@contextmanager
def transaction(settings: Settings | None = None) -> Iterator[Connection[Row]]:
    """A connection in one transaction: committed at the end, rolled back by an exception, closed in any case.

    Raises:
        Transient: the database gave up (deadlock, serialisation, lost connection); the same work may be tried again.
    """
    connection = connect(settings)
    try:
        with connection:
            yield connection
    except (psycopg.OperationalError, psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
        told = " ".join(str(error).split())
        raise Transient(f"The database broke off: {told.removesuffix('.')}.", "Try again.") from error


def describe_database(settings: Settings) -> str:
    """Which database the settings mean, for a person to tell it from another; none is started."""
    if settings.database_url is not None:
        return f"the database {redact_url(settings.database_url.get_secret_value())}"
    return f"the embedded database in {settings.database_folder}"


def redact_url(url: str) -> str:
    """Where an address leads, told without any secret that it may hold."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        return "the given address"
    user, port = parts.get("user"), parts.get("port")
    host = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"{f'{user} at ' if user else ''}{host}{f':{port}' if port else ''}/{parts.get('dbname', '')}"
