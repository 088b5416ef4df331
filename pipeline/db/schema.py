"""Bringing a database's schema up to date: SQL files in order, each in one transaction, under one advisory lock."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import Connection

from copydesk.pipeline.core.errors import MigrationFailed, SchemaOutdated
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db.connection import Row, connect, describe_database
from copydesk.pipeline.db.queries import load_queries

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; its name orders it, its digest tells whether it was changed after it was applied."""

    name: str
    sql: LiteralString

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS_FOLDER) -> list[Migration]:
    """All migrations, in order of their names."""
    return [Migration(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.sql"))]


def migrate(connection: Connection[Row], folder: Path = MIGRATIONS_FOLDER) -> list[str]:
    """Apply what is missing and return the names applied; callers at once wait for one another.

    ``connection`` must be in autocommit mode.

    Raises:
        MigrationFailed: a file failed (the database is as it was before that file), or one that was applied has been
            changed since.
    """
    queries = load_queries("migrate")
    connection.execute(queries["lock"])
    try:
        connection.execute(queries["create_schema"])
        applied: dict[str, str] = dict(connection.execute(queries["list_applied"]).fetchall())
        done: list[str] = []
        for migration in read_migrations(folder):
            if migration.name in applied:
                if applied[migration.name] != migration.checksum:
                    raise MigrationFailed(
                        f"Migration {migration.name} was changed after it had been applied.",
                        "Restore the file, and put the change into a new migration.",
                    )
                continue
            _apply_migration(connection, migration)
            done.append(migration.name)
        return done
    finally:
        if not connection.closed:
            connection.execute(queries["unlock"])


def list_pending_migrations(connection: Connection[Row], folder: Path = MIGRATIONS_FOLDER) -> list[str]:
    """The names of the migrations that have not been applied yet."""
    queries = load_queries("migrate")
    known = connection.execute(queries["has_migration_table"]).fetchone()
    applied = {row[0] for row in connection.execute(queries["list_applied"])} if known and known[0] else set()
    return [migration.name for migration in read_migrations(folder) if migration.name not in applied]


def ensure_schema(settings: Settings) -> None:
    """Make sure that the schema is up to date: in the embedded database by migrating it, elsewhere by asking for it.

    Raises:
        MigrationFailed: it could not be migrated.
        SchemaOutdated: another's database lacks migrations; that is for its keeper to decide.
    """
    with connect(settings, autocommit=True) as connection:
        missing = list_pending_migrations(connection)
        if missing and settings.database_url is None:
            migrate(connection)
        elif missing:
            raise make_schema_outdated_error(settings, missing)


def make_schema_outdated_error(settings: Settings, missing: Sequence[str]) -> SchemaOutdated:
    """The error that names the database and what it lacks."""
    address = " with COPYDESK_DATABASE_URL set to its address" if settings.database_url else ""
    told = f"{', '.join(missing)} not applied to {describe_database(settings)}."
    return SchemaOutdated(told, f"Run `copydesk db migrate`{address}.")


def _apply_migration(connection: Connection[Row], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(load_queries("migrate")["record_migration"], (migration.name, migration.checksum))
    except psycopg.Error as error:
        told = " ".join(str(error).split())
        raise MigrationFailed(
            f"Migration {migration.name} failed and left nothing behind: {told.removesuffix('.')}.",
            "Mend its cause and run `copydesk db migrate` again.",
        ) from error
