"""Transactions and their connection pool: few connections, none shared with a fork, and broken ones are replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import Connection, sql

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import Row, connect, embedded, pool, read_transaction, transaction
from tests.mockserver.fixtures import fetch_rows


def get_backend(connection: Connection[Row]) -> int:
    """Return the process ID of the server process of the connection."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def read_backend_in_fork() -> int:
    """Return the process ID of the server process of a fork's own connection."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with transaction(load_settings()) as connection:
                os.write(write, str(get_backend(connection)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as output:
        answer = output.read()
    assert os.waitpid(child, 0)[1] == 0
    return int(answer)


def list_backends(database: str) -> set[int]:
    """Return the process IDs of the server processes of Copydesk's connections."""
    return {
        row[0]
        for row in fetch_rows(
            database,
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'copydesk'",
        )
    }


def set_default(database: str, name: str, value: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        which = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET {} = {}").format(which, sql.Identifier(name), sql.Literal(value))
        )


def test_thousand_transactions_use_one_connection(database: str) -> None:
    settings = load_settings()
    backends = set()
    for _ in range(1000):
        with transaction(settings) as connection:
            backends.add(get_backend(connection))
    assert len(backends) == 1
    assert pool.get_pool(database).get_stats()["connections_num"] == 1
    assert list_backends(database) == backends


def test_exception_rolls_back_and_keeps_the_connection(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        first = get_backend(connection)
    with pytest.raises(psycopg.errors.DivisionByZero), transaction(settings) as connection:
        connection.execute("INSERT INTO kept VALUES (1)").connection.execute("SELECT 1 / 0")
    with pytest.raises(psycopg.errors.UndefinedTable), transaction(settings) as connection:
        connection.execute("SELECT FROM nowhere")
    with transaction(settings) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert get_backend(connection) == first


@pytest.mark.parametrize("begin", [transaction, read_transaction])
def test_transaction_settings_do_not_depend_on_server_defaults(database: str, begin: object) -> None:
    set_default(database, "default_transaction_isolation", "serializable")
    set_default(database, "timezone", "Asia/Tokyo")
    with begin(load_settings()) as connection:  # type: ignore[operator]
        row = connection.execute(
            "SELECT current_setting('transaction_isolation'), current_setting('timezone'), to_timestamp(0)"
        ).fetchone()
        assert row == ("read committed", "UTC", datetime(1970, 1, 1, tzinfo=UTC))
        assert row[2].tzname() == "UTC"
    with psycopg.connect(database) as plain:
        assert plain.execute("SELECT current_setting('timezone')").fetchone() == ("Asia/Tokyo",)


def test_session_keeps_no_state_of_a_transaction(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as connection:
        for number in range(20):  # a driver that prepares statements does so after fewer executions
            connection.execute("SELECT %s::int", (number,))
        backend = get_backend(connection)
    with connect(settings) as connection:
        assert connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)
    idle = pool.get_pool(database).getconn()
    try:
        assert get_backend(idle) == backend
        assert idle.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
        changed = "SELECT count(*) FROM pg_settings WHERE source = 'session'"
        assert idle.execute(changed).fetchone() == (0,)
    finally:
        pool.get_pool(database).putconn(idle)


def test_read_transaction_cannot_write(database: str) -> None:
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        read_transaction(load_settings()) as connection,
    ):
        connection.execute("CREATE TABLE kept (id int)")


def test_snapshot_does_not_see_later_writes(database: str) -> None:
    with read_transaction(load_settings(), snapshot=True) as connection:
        assert connection.execute("SELECT count(*) FROM copydesk.run").fetchone() == (0,)
        with psycopg.connect(database) as other:
            other.execute("DROP VIEW copydesk.v_warnings")
            other.execute("INSERT INTO copydesk.host_lease VALUES ('a', 'b', now(), now() + interval '1 s')")
        assert connection.execute("SELECT count(*) FROM copydesk.host_lease").fetchone() == (0,)


def test_connections_broken_while_idle_are_replaced(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as one, transaction(settings) as two:
        before = {get_backend(one), get_backend(two)}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", (list(before),))
    for _ in range(3):
        with transaction(settings) as connection:
            assert get_backend(connection) not in before


def test_connection_lost_in_a_transaction_is_a_transient_error(database: str) -> None:
    settings = load_settings()
    with pytest.raises(Transient, match="The database transaction failed: "), transaction(settings) as connection:
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with transaction(settings) as connection:
        get_backend(connection)


def test_changed_url_gets_a_new_pool_and_closes_the_old(database: str, server: embedded.EmbeddedServer) -> None:
    with transaction(load_settings()) as connection:
        get_backend(connection)
    old = pool.get_pool(database)
    rotated = load_settings().model_copy(
        update={"database_url": Settings(database_url=f"{database}&keepalives=1").database_url}
    )
    with transaction(load_settings()) as outer, transaction(rotated) as connection:
        assert get_backend(connection) != get_backend(outer)
        assert old.closed
        outer.execute("SELECT 1")  # a connection in use keeps working


def test_exhausted_pool_waits_and_reports(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "BUSY_TIMEOUT_SECONDS", 0.2)
    settings = load_settings()
    all_begun, go = threading.Barrier(pool.MAX_CONNECTIONS + 1, timeout=60), threading.Event()

    def occupy() -> None:
        with transaction(settings):
            all_begun.wait()
            go.wait(60)

    with ThreadPoolExecutor(pool.MAX_CONNECTIONS) as threads:
        done = [threads.submit(occupy) for _ in range(pool.MAX_CONNECTIONS)]
        all_begun.wait()
        try:
            with pytest.raises(Transient, match="All 4 database connections of this process"), transaction(settings):
                pytest.fail("a fifth connection was opened")
        finally:
            go.set()
        for one in done:
            one.result(60)
    with transaction(settings):
        assert len(list_backends(database)) == pool.MAX_CONNECTIONS


def test_fork_opens_its_own_connections(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as connection:
        ours = get_backend(connection)
    theirs = read_backend_in_fork()
    assert theirs != ours
    with transaction(settings) as connection:
        assert get_backend(connection) not in {ours, theirs}, "the pool is closed before a fork"


def test_fork_does_not_touch_the_parents_transaction(database: str) -> None:
    settings = load_settings()
    with transaction(settings) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
        assert read_backend_in_fork() != get_backend(connection)
        connection.execute("INSERT INTO kept VALUES (2)")
    with transaction(settings) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)


FORK_AFTER_USE = """
import threading
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import pool, transaction
from copydesk.pipeline.process import fork

def use() -> int:
    with transaction(load_settings()) as connection:
        return connection.execute("SELECT pg_backend_pid()").fetchone()[0]

fork.mark_preloaded("work")
assert threading.active_count() == 1, "importing starts no thread"
ours = use()
assert threading.active_count() > 1
assert fork.can_fork("work")
def check_fork() -> int:
    return 0 if use() != ours else 1
assert fork.ForkedProcess(check_fork, "work", piped=frozenset(), inherited=frozenset({2})).wait(60) == 0
assert use() != ours
"""


def test_process_that_used_its_pool_can_fork(database: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", FORK_AFTER_USE],
        check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


def test_process_exits_without_pool_warnings(database: str) -> None:
    code = "from copydesk.pipeline.core.settings import load_settings; from copydesk.pipeline.db import transaction\n"
    code += "with transaction(load_settings()) as connection: connection.execute('SELECT 1')"
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
