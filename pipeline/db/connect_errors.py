"""Why no connection can be opened, or nothing can be written, in one sentence without secrets."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.core.errors import (
    CopydeskError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnreachable,
    TooManyConnections,
)

_TOO_MANY_CONNECTIONS = (
    "too many clients already",
    "too many connections for",
    "remaining connection slots are reserved",
    "no more connections allowed",
)
"""SQLSTATE 53300 as PostgreSQL words it (``InitProcess``, ``InitPostgres``) and as PgBouncer does.

libpq passes no SQLSTATE on for a connection that was refused, only the sentence. A server that speaks another language
is reported as one that does not answer, with its own sentence.
"""


def is_too_many_connections(error: psycopg.Error) -> bool:
    """Return whether the server runs and refused the connection because it has too many."""
    return error.sqlstate == "53300" or any(sentence in str(error) for sentence in _TOO_MANY_CONNECTIONS)


def find_server_error(url: str, error: psycopg.Error) -> CopydeskError | None:
    """Return the error to raise if the server is full or read-only; None if the cause is another one.

    A standby refuses ``BEGIN READ WRITE`` with SQLSTATE 0A000, other writes with 25006. PostgreSQL reports a full disk
    with 53100, and as plain text while it starts.
    """
    reason = " ".join(str(error).split()).rstrip(".?")
    if error.sqlstate == "53100" or "No space left on device" in reason:
        return DatabaseFull(
            f"The disk of PostgreSQL at {redact_url(url)} is full: {reason}.",
            "Free some disk space, then run it again; nothing that was saved is lost.",
        )
    if error.sqlstate == "25006" or (error.sqlstate == "0A000" and "read-write mode during recovery" in reason):
        return DatabaseReadOnly(
            f"PostgreSQL at {redact_url(url)} is read-only: {reason}.",
            "Connect to the primary server, or set default_transaction_read_only to off.",
        )
    return None


def make_connect_error(url: str, error: psycopg.Error) -> CopydeskError:
    """Return the error that says why the connection was not opened, and what to do."""
    reason = " ".join(str(error).split()).rstrip(".?")
    if (server_error := find_server_error(url, error)) is not None:
        return server_error
    if is_too_many_connections(error):
        return TooManyConnections(
            f"PostgreSQL at {redact_url(url)} has too many connections: {reason}.",
            "Close other clients, raise max_connections, or connect through PgBouncer.",
        )
    return DatabaseUnreachable(
        f"PostgreSQL at {redact_url(url)} does not answer: {reason}.",
        "Check COPYDESK_DATABASE_URL and that the server runs, or unset it to use the embedded one.",
    )


def redact_url(url: str) -> str:
    """Return where an address leads, without any secret that it may contain."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        return "the given address"
    user, port = parts.get("user"), parts.get("port")
    host = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"{f'{user} at ' if user else ''}{host}{f':{port}' if port else ''}/{parts.get('dbname', '')}"
