"""A database server that is read-only or full: one sentence that says so, and a remedy that fits."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from copydesk.pipeline.core.errors import DatabaseFull, DatabaseReadOnly, Permanent, Transient
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect, read_transaction, transaction
from copydesk.pipeline.db.connect_errors import find_server_error, make_connect_error

URL = "postgresql://desk:secret@db.example/copydesk"


def test_write_to_a_read_only_server_says_so_and_how_to_change_it(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        # Our transactions ask for READ WRITE, so that this setting does not stop them.
        with transaction(load_settings()) as own:
            own.execute("INSERT INTO copydesk.wire_state VALUES ('x', '', '', '')")
        with pytest.raises(DatabaseReadOnly) as caught, transaction(load_settings()) as own:
            own.execute("SET TRANSACTION READ ONLY; DELETE FROM copydesk.wire_state")
        connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
    assert "is read-only: cannot execute DELETE in a read-only transaction." in caught.value.message
    assert caught.value.remedy.startswith("Connect to the primary server")
    assert isinstance(caught.value, Permanent)
    assert caught.value.exit_code == 69
    with read_transaction(load_settings()) as own:
        own.execute("SELECT 1")
    connect(load_settings()).close()


def make_error(state: str | None, text: str) -> psycopg.Error:
    """Return an error as the server sends it; a disk cannot be filled here."""
    error = psycopg.OperationalError(text)
    error.sqlstate = state
    return error


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("53100", 'could not extend file "base/16385/16460": No space left on device\nHINT:  Check free disk space.'),
        ("53100", "Speicherplatz ist erschöpft"),
        (None, "connection failed: FATAL:  could not write init file: No space left on device"),
        ("58030", "could not write to file: No space left on device"),
    ],
)
def test_full_disk_is_reported_as_full(state: str | None, text: str) -> None:
    for error in (find_server_error(URL, make_error(state, text)), make_connect_error(URL, make_error(state, text))):
        assert isinstance(error, DatabaseFull)
        assert isinstance(error, Transient)
        assert error.message.startswith("The disk of PostgreSQL at desk at db.example/copydesk is full: ")
        assert error.remedy.startswith("Free some disk space")
        assert "COPYDESK_DATABASE_URL" not in str(error)
        assert "secret" not in str(error)
        assert "\n" not in str(error)


def test_standby_is_read_only() -> None:
    error = make_error("0A000", "cannot set transaction read-write mode during recovery")
    assert isinstance(find_server_error(URL, error), DatabaseReadOnly)


@pytest.mark.parametrize(("state", "text"), [("40P01", "deadlock detected"), ("0A000", "not supported"), (None, "x")])
def test_other_errors_keep_their_own_reason(state: str | None, text: str) -> None:
    assert find_server_error(URL, make_error(state, text)) is None
