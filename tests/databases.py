"""Databases for tests: clones of a migrated template, emptied and used again while nothing but their rows has changed.

To clone and drop a database takes PostgreSQL a hundred times as long as to empty one.
"""

from __future__ import annotations

import time
import uuid

import psycopg
from psycopg import sql

from copydesk.pipeline.db import embedded

MAX_USES = 25
"""How often a database is used: what is deleted remains as dead rows until PostgreSQL cleans up."""

CLOSING_SECONDS = 0.5
"""How long the server may take to notice that a test's connections have been closed."""

_CATALOGS = ("class", "attribute", "constraint", "index", "namespace", "proc", "trigger", "type", "extension")
"""What changes if the schema does. Each row has the transaction that wrote it, which a clone keeps."""


class Databases:
    """The databases of one worker on one server."""

    def __init__(self, server: embedded.EmbeddedServer, template: str, max_uses: int = MAX_USES) -> None:
        """Start without a database.

        Args:
            server: where they are.
            template: the database that they are clones of. If its tables have numbered rows, a used database can't be
                emptied to be like it.
            max_uses: how often a database is used.
        """
        self._server = server
        self._max_uses = max_uses
        self._template = template
        self._uses: dict[str, int] = {}
        self._free: list[str] = []
        with psycopg.connect(server.url(template), autocommit=True) as connection:
            tables = sorted(_list_tables(connection))
            self._kept = [
                name for name in tables if connection.execute(f"SELECT FROM {name} LIMIT 1".encode()).rowcount
            ]
            self._emptied = [name for name in tables if name not in self._kept]
            self._schema = self._digest_schema(connection)

    def take(self) -> str:
        """Return the name of a database like the template."""
        name = self._free.pop() if self._free else ""
        if not name:
            name = f"t{uuid.uuid4().hex[:12]}"
            create_database(self._server, name, self._template)
        self._uses[name] = self._uses.get(name, 0) + 1
        return name

    def give_back(self, name: str) -> None:
        """Empty the database for the next test, or drop it if more than its rows has changed or a session uses it."""
        if self._uses[name] < self._max_uses and self._reset(name):
            self._free.append(name)
        else:
            drop_database(self._server, name)

    def _reset(self, name: str) -> bool:
        try:
            connection = psycopg.connect(self._server.url(name), autocommit=True)
        except psycopg.Error:  # the test has dropped or renamed it
            return False
        with connection:
            if not _is_unused(connection) or self._digest_schema(connection) != self._schema:
                return False
            # As a replica: neither triggers nor foreign keys are asked.
            deletions = [f"DELETE FROM ONLY {table};" for table in self._emptied]
            restarts = [f"SELECT setval('{sequence}', 1, false);" for sequence in _list_sequences(connection)]
            connection.execute("".join(["SET session_replication_role = replica;", *deletions, *restarts]).encode())
        return True

    def _digest_schema(self, connection: psycopg.Connection) -> list[tuple[object, ...]]:
        """Return counts and sums that differ if the schema, the settings or the rows that remain are others."""
        parts = [f"SELECT count(*), sum(xmin::text::bigint) FROM {name}" for name in self._kept]
        parts += [f"SELECT count(*), sum(xmin::text::bigint) FROM pg_{name}" for name in _CATALOGS]
        own = "(SELECT oid FROM pg_database WHERE datname = current_database())"
        parts.append(f"SELECT count(*), 0 FROM pg_db_role_setting WHERE setdatabase = {own}")
        return connection.execute(" UNION ALL ".join(parts).encode()).fetchall()


def create_database(server: embedded.EmbeddedServer, name: str, template: str) -> None:
    """Create a database as a copy of the template."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def drop_database(server: embedded.EmbeddedServer, name: str) -> None:
    """Drop a database if it exists, and end the sessions that use it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _list_tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'copydesk'::regnamespace"
    )
    return [str(name) for (name,) in rows]


def _list_sequences(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relnamespace = 'copydesk'::regnamespace"
    )
    return [str(name) for (name,) in rows]


def _is_unused(connection: psycopg.Connection) -> bool:
    """Return whether this is the only session in its database, and no prepared transaction is left."""
    deadline = time.monotonic() + CLOSING_SECONDS
    while True:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
            " + (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())"
        ).fetchone()
        if row == (1,):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)  # PostgreSQL has no event for the end of another session
