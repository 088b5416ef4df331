"""Why no connection can be opened, in one sentence without secrets."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from copydesk.pipeline.core.errors import DatabaseUnreachable, TooManyConnections

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


def make_connect_error(url: str, error: psycopg.Error) -> DatabaseUnreachable:
    """Return the error that says why the connection was not opened, and what to do."""
    reason = " ".join(str(error).split()).rstrip(".?")
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
