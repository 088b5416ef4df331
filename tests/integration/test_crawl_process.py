"""The spider as a process: terminated, killed, or without its database, it loses nothing and leaves no orphan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psutil
import psycopg
import pytest

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.accounting.shutdown import LEASE_LOST, MAX_CONSECUTIVE_TIMEOUTS, NO_RESPONSES
from copydesk.crawler.process.spider_process import SpiderProcess
from copydesk.pipeline.core.errors import BadSource, DatabaseUnreachable, HostLeaseLost, NotFound, Transient
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.db import embedded
from copydesk.pipeline.db.locks import host_lock
from copydesk.pipeline.runs.stages import record_crawl_result
from tests.mockserver import MockRequest, MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.run_keys import run_key_for

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)
GOOD = MockResponse.page("<html><p>A page as it should be.</p></html>")
PAGES = [f"/{number}" for number in range(8)]


@pytest.fixture
def hanging(site: MockSite, wire: MockWire) -> threading.Event:
    """Set up a wire of eight pages that hang when requested; the event is set at the first request."""
    asked = threading.Event()

    def hang(_: MockRequest) -> MockResponse:
        asked.set()
        return bad_responses.endless_body(site.closing)

    site.paths = dict.fromkeys(PAGES, hang)
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, INSIDE) for path in PAGES]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 2, "timeout": 60})
    return asked


def run_in_thread(child: SpiderProcess) -> Callable[[], CrawlStats]:
    """Run the child in a thread; return a function that waits for its stats."""
    found: list[CrawlStats] = []
    thread = threading.Thread(target=lambda: found.append(child.run()))
    thread.start()

    def wait() -> CrawlStats:
        thread.join(30)
        return found[0]

    return wait


def test_terminated_spider_records_unfinished_urls(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    child = wire.make_process("run", START, END)
    wait = run_in_thread(child)
    assert hanging.wait(120)
    began = time.monotonic()
    child.terminate()
    assert time.monotonic() - began < 3.5
    stats = wait()
    assert stats.finish_reason == "interrupted"
    assert stats.is_balanced
    assert set(read_outcomes(database, site.url).values()) == {("failed", "interrupted")}
    assert len(read_outcomes(database, site.url)) == len(PAGES)
    with pytest.raises(Transient, match="cut short"):
        raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml"))


def test_spider_stops_at_its_time_limit(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    stats = wire.crawl("run", START, END, timeout_seconds=1.5)
    assert stats.finish_reason == "timeout"
    assert stats.is_balanced
    assert stats.seconds < 10
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.feed_state") == [(0,)]


def test_retry_fetches_only_remaining_urls(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    site.paths |= dict.fromkeys(PAGES[:5], GOOD)
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": len(PAGES), "timeout": 60})
    assert wire.crawl("run", START, END, timeout_seconds=3).finish_reason == "timeout"
    record_crawl_result(load_settings(), run_key_for("run"), "mock", succeeded=False)
    site.paths |= dict.fromkeys(PAGES, GOOD)
    site.requests.clear()
    stats = wire.crawl("run", START, END)
    assert sorted(seen.path for seen in site.requests if seen.path in PAGES) == PAGES[5:]
    assert (stats.scheduled, stats.total_scheduled, stats.recorded["stored"]) == (3, len(PAGES), len(PAGES))
    assert raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml")) == []
    # A crawl that succeeded and is run again requests everything.
    record_crawl_result(load_settings(), run_key_for("run"), "mock", succeeded=True)
    assert wire.crawl("run", START, END).scheduled == len(PAGES)


def test_crawl_stops_when_no_request_is_answered(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    paths = [f"/many/{number}" for number in range(40)]
    site.paths |= dict.fromkeys(paths, bad_responses.endless_body(site.closing))
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, INSIDE) for path in paths]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 2, "timeout": 0.3})
    stats = wire.crawl("run", START, END)
    assert stats.finish_reason == NO_RESPONSES
    assert stats.reasons["failed: timeout"] == MAX_CONSECUTIVE_TIMEOUTS
    assert stats.is_balanced
    with pytest.raises(Transient, match="cut short"):
        raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml"))


def test_time_limit_includes_waiting_for_the_host(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    host = read_source(wire.folder / "mock.toml").host
    with host_lock(load_settings(), host):
        stats = wire.crawl("run", START, END, timeout_seconds=0.5)
    assert not hanging.is_set()
    assert stats.error is not None
    assert stats.error.error_class == "HostBusy"


def test_killed_spider_is_an_error_and_the_retry_completes(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    child = wire.make_process("run", START, END)
    wait = run_in_thread(child)
    assert hanging.wait(120)
    assert child._process is not None
    os.kill(child._process.pid, signal.SIGKILL)
    with pytest.raises(Transient, match="by signal 9"):
        raise_for_crawl_result(wait(), read_source(wire.folder / "mock.toml"))
    # Its host is free when the lease ends; the test does not wait for that.
    expire = "UPDATE copydesk.host_lease SET acquired_at = to_timestamp(0), expires_at = to_timestamp(1) RETURNING 1"
    assert fetch_rows(database, expire) == [(1,)]
    site.paths |= dict.fromkeys(PAGES, GOOD)
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    assert wire.crawl("run", START, END).recorded["stored"] == len(PAGES)


def test_spider_stops_when_its_lease_is_taken_over(
    site: MockSite, wire: MockWire, hanging: threading.Event, database: str
) -> None:
    wait = run_in_thread(wire.make_process("run", START, END))
    assert hanging.wait(120)
    assert fetch_rows(database, "UPDATE copydesk.host_lease SET holder = 'another' RETURNING 1") == [(1,)]
    stats = wait()
    assert stats.finish_reason == LEASE_LOST
    with pytest.raises(HostLeaseLost, match="Another run has taken over"):
        raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml"))
    assert fetch_rows(database, "SELECT holder FROM copydesk.host_lease") == [("another",)]


def test_spider_ends_when_its_parent_is_killed(wire: MockWire, hanging: threading.Event, database: str) -> None:
    code = (
        "import sys; from datetime import datetime; from copydesk.crawler.process.spider_process import run_spider\n"
        "run_spider('mock', 'newswire', 'run', *map(datetime.fromisoformat, sys.argv[1:]))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, START.isoformat(), END.isoformat()])
    assert hanging.wait(120)
    spiders = psutil.Process(parent.pid).children()
    assert spiders
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(spiders, timeout=10)
    assert alive == []


@pytest.mark.unsound
def test_lost_database_is_reported(
    site: MockSite, wire: MockWire, database: str, server: embedded.EmbeddedServer
) -> None:
    def close_connections(_: MockRequest) -> MockResponse:
        with psycopg.connect(database) as connection:
            name = connection.info.dbname
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            shut = psycopg.sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false")
            connection.execute(shut.format(psycopg.sql.Identifier(name)))
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        return GOOD

    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": close_connections}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    stats = wire.crawl("run", START, END)
    assert stats.finish_reason == "database"
    with pytest.raises(DatabaseUnreachable, match="connection to the database failed"):
        raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml"))


def test_broken_connection_is_reopened(site: MockSite, wire: MockWire, database: str) -> None:
    def close_connections(_: MockRequest) -> MockResponse:
        with psycopg.connect(database) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return GOOD

    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": close_connections}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    assert wire.crawl("run", START, END).outcomes["stored"] == 1


def test_start_failure_is_reported_by_its_own_error(wire: MockWire, database: str) -> None:
    source = read_source
    with pytest.raises(NotFound, match="No wire named 'mock'"):
        raise_for_crawl_result(wire.crawl("run", START, END), source)  # type: ignore[arg-type]
    (wire.folder / "mock.toml").write_text("name = ")
    with pytest.raises(BadSource, match="invalid TOML"):
        raise_for_crawl_result(wire.crawl("run", START, END), source)  # type: ignore[arg-type]
    wire.write(discovery={"feeds": [f"{wire.home}/feed"]})
    child = wire.make_process("run", START, END)
    child.env = dict(os.environ) | {"COPYDESK_DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}
    lines: list[str] = []
    stats = child.run(on_line=lambda _, line: lines.append(line))
    assert "secret" not in "\n".join([*lines, *child._build_arguments(wire.folder)])
    with pytest.raises(DatabaseUnreachable):
        raise_for_crawl_result(stats, source)  # type: ignore[arg-type]
