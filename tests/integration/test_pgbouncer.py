"""Everything behind PgBouncer in transaction mode, where each transaction may get another server connection."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.db import connect, embedded, migrate, schema, transaction
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import clean_wire, fold_run, match_run, record_crawl_counts, sign_run
from copydesk.pipeline.runs.wire_run import open_wire_run
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.pgbouncer import running_pgbouncer
from tests.run_keys import run_key_for

NOW = datetime.now(UTC).replace(microsecond=0)
RUN = run_key_for("run")
WINDOW = Window(NOW - timedelta(hours=1), NOW)
TEXT = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
LOCK_TEN_TIMES = """
import psycopg, sys
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db.locks import host_lock

with psycopg.connect(sys.argv[1], autocommit=True) as direct:
    for _ in range(10):
        with host_lock(load_settings(), "north.example", 60):
            direct.execute("INSERT INTO inside VALUES (1)")  # its only value: a second one at once is refused
            direct.execute("UPDATE entered SET times = times + 1")
            direct.execute("DELETE FROM inside")
"""


@pytest.fixture(scope="module")
def port(server: embedded.EmbeddedServer) -> Iterator[int]:
    with running_pgbouncer(server) as port:
        yield port


@pytest.fixture
def direct_database(database: str) -> str:
    """Return the URL of the database without PgBouncer."""
    return database


@pytest.fixture
def settings(port: int, direct_database: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings for the same database behind PgBouncer; the environment matches."""
    pooled = make_conninfo(
        host="127.0.0.1", port=port, user="postgres", dbname=conninfo_to_dict(direct_database)["dbname"]
    )
    monkeypatch.setenv("COPYDESK_DATABASE_URL", pooled)
    load_settings.cache_clear()
    return load_settings()


def run_concurrently(number: int, command: list[str]) -> list[subprocess.CompletedProcess[str]]:
    def run(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_concurrent_migrations_are_applied_once(
    server: embedded.EmbeddedServer, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE pooled")
    monkeypatch.setenv("COPYDESK_DATABASE_URL", f"postgresql://postgres@127.0.0.1:{port}/pooled")
    done = run_concurrently(2, [sys.executable, "-m", "copydesk.pipeline.cli.main", "db", "migrate"])
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    names = [one.name for one in schema.read_migrations()]
    assert sorted(name for name in names for one in done if name in one.stdout) == names
    with connect(load_settings()) as connection:
        assert migrate(connection) == []
    assert fetch_rows(server.url("pooled"), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


def test_processes_never_lock_a_host_at_the_same_time(settings: Settings, direct_database: str) -> None:
    with psycopg.connect(direct_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE inside (one int PRIMARY KEY)")
        connection.execute("CREATE TABLE entered AS SELECT 0 AS times")
    done = run_concurrently(2, [sys.executable, "-c", LOCK_TEN_TIMES, direct_database])
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    assert fetch_rows(direct_database, "SELECT times FROM entered") == [(20,)]
    assert fetch_rows(direct_database, "SELECT count(*) FROM copydesk.host_lease") == [(0,)]
    assert fetch_rows(direct_database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


def test_transaction_settings_apply_behind_pgbouncer(settings: Settings, direct_database: str) -> None:
    with psycopg.connect(direct_database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        for default in ("timezone = 'Asia/Tokyo'", "default_transaction_isolation = 'repeatable read'"):
            connection.execute(sql.SQL("ALTER DATABASE {} SET {}").format(name, sql.SQL(default)))

    def read(number: int) -> tuple[object, ...] | None:
        with transaction(settings) as connection:
            for _ in range(10):  # a driver that prepares statements does so after fewer executions
                row = connection.execute(
                    "SELECT current_setting('transaction_isolation'), to_timestamp(%s)", (number,)
                ).fetchone()
        return row

    with ThreadPoolExecutor(4) as pool:
        for number, row in enumerate(pool.map(read, range(40))):
            assert row is not None
            assert row[0] == "read committed"
            assert isinstance(row[1], datetime)
            assert (row[1].tzname(), row[1].timestamp()) == ("UTC", number)
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as fresh:  # type: ignore[union-attr]
        assert fresh.execute("SELECT current_setting('timezone')").fetchone() == ("Asia/Tokyo",)


def test_wire_is_crawled_cleaned_and_folded(
    site: MockSite, wire: MockWire, settings: Settings, direct_database: str
) -> None:
    page = MockResponse.page(f"<html><h1>The ferry sails again</h1><article><p>{TEXT}</p></article></html>")
    site.paths = dict.fromkeys(("/1", "/2", "/3"), page)
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, NOW - timedelta(minutes=30)) for path in site.paths]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    source = read_source(wire.folder / "mock.toml")
    with transaction(settings) as connection:
        plan_run(
            connection, {source.name: source}, run_id="run", dag_id="newswire", kind="manual", window=WINDOW,
            mode=RunMode.AUTO, wires=[source.name], now=NOW,
        )  # fmt: skip
    stats = wire.make_process("run", WINDOW.start, WINDOW.end).run()
    assert (stats.finish_reason, stats.error) == ("finished", None)
    assert set(read_outcomes(direct_database, site.url).values()) == {("stored", "")}
    record_crawl_counts(settings, RUN, source.name, stats.total_scheduled)
    assert clean_wire(settings, open_wire_run(settings, RUN, "live", source))["article"] == 3
    sign_run(settings, RUN)
    match_run(settings, RUN)
    fold_run(settings, RUN)
    summary = report_run(settings, RUN).summary
    assert (summary["stored"], summary["articles"], summary["stories"]) == (3, 3, 1)
    assert fetch_rows(direct_database, "SELECT count(*) FROM copydesk.host_lease") == [(0,)]
