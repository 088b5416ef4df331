"""A clock of a test's database that the test sets, so that days pass at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

INSTALL = """
CREATE SCHEMA clock;
CREATE TABLE clock.shift (by interval NOT NULL);
INSERT INTO clock.shift VALUES ('0');
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + by FROM clock.shift';
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = 'copydesk' AND column_default = 'now()' LOOP
        EXECUTE format('ALTER TABLE copydesk.%I ALTER COLUMN %I SET DEFAULT clock.now()',
                       found.table_name, found.column_name);
    END LOOP;
END $$;
"""
"""PostgreSQL's own functions come first, unless the search path names their schema elsewhere."""


@dataclass(frozen=True)
class DatabaseClock:
    """The clock of one database: ``now()`` in every query of later connections, and in the defaults of columns."""

    database: str

    @classmethod
    def install(cls, database: str) -> DatabaseClock:
        """Replace ``now()``, before the program under test connects to the database."""
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(INSTALL)
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET search_path = clock, pg_catalog, public").format(
                    sql.Identifier(connection.info.dbname)
                )
            )
        return cls(database)

    def set(self, now: datetime) -> timedelta:
        """Set the time; it goes on from there.

        Returns:
            By how much it is ahead of the machine's.
        """
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute("UPDATE clock.shift SET by = %s - pg_catalog.now()", (now,))
            (shift,) = connection.execute("SELECT by FROM clock.shift").fetchone() or ()
        assert isinstance(shift, timedelta)
        return shift
