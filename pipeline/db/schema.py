"""Migrations: SQL files in the order of their names, each in one transaction that begins with a lock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import MigrationFailed, SchemaIncompatible, SchemaOutdated
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import queries
from copydesk.pipeline.db.connect_errors import find_server_error
from copydesk.pipeline.db.connection import begin, connect, describe_database, read_transaction
from copydesk.pipeline.db.pool import Row
from copydesk.pipeline.db.rows import fetch_all, fetch_value

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. Its name gives the order; its checksum shows whether it was changed after it was applied."""

    name: str
    sql: LiteralString

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _AppliedMigration:
    name: str
    checksum: str


def read_migrations(folder: Path = MIGRATIONS_FOLDER) -> list[Migration]:
    """Return all migrations, ordered by name."""
    return [Migration(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.sql"))]


def migrate(connection: Connection[Row], folder: Path = MIGRATIONS_FOLDER) -> list[str]:
    """Apply the missing migrations and return the names of those that this call applied.

    Each is applied in a transaction of its own, under a lock that ends with it: callers at once wait for one another,
    and find applied what the other was faster with.

    Args:
        connection: In autocommit mode.
        folder: The folder of the SQL files.

    Raises:
        MigrationFailed: A file failed; the database is as it was before that file.
        SchemaIncompatible: A different development version created the schema.
    """
    return [
        migration.name for migration in _list_pending(connection, folder) if _apply_migration(connection, migration)
    ]


def list_pending_migrations(connection: Connection[Row], folder: Path = MIGRATIONS_FOLDER) -> list[str]:
    """Return the names of the migrations that have not been applied yet.

    Raises:
        SchemaIncompatible: A different development version created the schema.
    """
    return [migration.name for migration in _list_pending(connection, folder)]


def ensure_schema(settings: Settings) -> None:
    """Make sure that the schema is up to date: migrate the embedded database, refuse any other that is not.

    Raises:
        MigrationFailed: The embedded database can't be migrated.
        SchemaIncompatible: A different development version created the schema.
        SchemaOutdated: Another database has pending migrations; applying them is up to whoever operates it.
    """
    with read_transaction(settings) as connection:
        missing = list_pending_migrations(connection)
    if missing and settings.database_url is not None:
        raise make_schema_outdated_error(settings, missing)
    if missing:
        with closing(connect(settings)) as connection:
            migrate(connection)


def make_schema_outdated_error(settings: Settings, missing: Sequence[str]) -> SchemaOutdated:
    """Return the error that says which migrations of which database are missing."""
    address = " with COPYDESK_DATABASE_URL set to its address" if settings.database_url else ""
    message = f"{', '.join(missing)} not applied to {describe_database(settings)}."
    return SchemaOutdated(message, f"Run `copydesk db migrate`{address}.")


def _list_pending(connection: Connection[Row], folder: Path) -> list[Migration]:
    """Return the migrations that have not been applied, after a check of those that have."""
    applied = _read_applied(connection)
    migrations = read_migrations(folder)
    shipped = {migration.name: migration.checksum for migration in migrations}
    if any(shipped.get(name) != checksum for name, checksum in applied.items()):
        raise SchemaIncompatible(
            "This database was created by a different development version of Copydesk.",
            "Copydesk is unreleased and does not migrate between development versions: export what you need with that "
            "version, then drop the schema `copydesk`, or set another database.",
        )
    return [migration for migration in migrations if migration.name not in applied]


def _read_applied(connection: Connection[Row]) -> dict[str, str]:
    """Return the checksums of the applied migrations by name."""
    if not fetch_value(connection, bool, queries.migrate.has_migration_table):
        return {}
    return {row.name: row.checksum for row in fetch_all(connection, _AppliedMigration, queries.migrate.list_applied)}


def _apply_migration(connection: Connection[Row], migration: Migration) -> bool:
    """Apply one migration and return True, or False if another caller has applied it meanwhile."""
    try:
        with begin(connection):
            connection.execute(queries.migrate.lock)
            connection.execute(queries.migrate.create_schema)
            if migration.name in _read_applied(connection):
                return False
            connection.execute(migration.sql)
            connection.execute(queries.migrate.record_migration, (migration.name, migration.checksum))
    except psycopg.Error as error:
        if (server_error := find_server_error(connection.info.dsn, error)) is not None:
            raise server_error from error
        reason = " ".join(str(error).split())
        raise MigrationFailed(
            f"Migration {migration.name} failed and was rolled back: {reason.removesuffix('.')}.",
            "Fix the cause and run `copydesk db migrate` again.",
        ) from error
    return True
