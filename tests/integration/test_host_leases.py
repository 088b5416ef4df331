"""One crawl of a host at a time, and a lease that is not renewed frees its host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from queue import SimpleQueue
from threading import Event

import psycopg
import pytest
from psycopg import sql

from copydesk.pipeline.core.errors import CopydeskError, HostBusy, HostLeaseLost, Permanent
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.db import embedded
from copydesk.pipeline.db.locks import host_lock
from tests.mockserver.fixtures import fetch_rows

HOST = "north.example"
LOCK_HOST = """
import sys, time
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db.locks import host_lock

with host_lock(load_settings(), "north.example", lease_seconds=float(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def lock_in_process(lease_seconds: float) -> subprocess.Popen[str]:
    """Start a process that has the host's lease until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCK_HOST, str(lease_seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


def count_leases(database: str) -> int:
    return int(fetch_rows(database, "SELECT count(*) FROM copydesk.host_lease")[0][0])


def test_second_crawl_of_a_host_times_out(database: str) -> None:
    is_busy = pytest.raises(HostBusy, match=r"north\.example has been crawled")
    with host_lock(load_settings(), HOST), is_busy, host_lock(load_settings(), HOST, 0.05):
        pytest.fail("two crawls locked one host")
    assert count_leases(database) == 0


def test_waiting_crawl_starts_when_the_first_ends(database: str) -> None:
    locked, go = Event(), Event()

    def first() -> None:
        with host_lock(load_settings(), HOST):
            locked.set()
            go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(first)
        assert locked.wait(60)
        with host_lock(load_settings(), "south.example", 1):
            go.set()
        with host_lock(load_settings(), HOST, 10):
            assert done.done() or done.exception(10) is None


def test_waiting_crawls_run_one_at_a_time(database: str) -> None:
    inside: SimpleQueue[int] = SimpleQueue()
    order: list[int] = []

    def crawl(number: int) -> None:
        with host_lock(load_settings(), HOST, 60):
            inside.put(number)
            assert inside.qsize() == 1
            order.append(number)
            time.sleep(0.05)  # a crawl; the others try meanwhile
            assert inside.get() == number

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(crawl, range(3)))
    assert sorted(order) == [0, 1, 2]


def test_killed_crawl_frees_its_host_when_the_lease_ends(database: str) -> None:
    killed = lock_in_process(lease_seconds=3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with pytest.raises(HostBusy), host_lock(load_settings(), HOST, 0.1):
        pytest.fail("the lease was not waited for")
    began = time.monotonic()
    with host_lock(load_settings(), HOST, 60):
        assert time.monotonic() - began < 10
        assert fetch_rows(database, "SELECT split_part(holder, ' ', 2) FROM copydesk.host_lease") == [
            (str(os.getpid()),)
        ]


def test_only_one_waiter_takes_over_from_a_killed_crawl(database: str) -> None:
    killed = lock_in_process(lease_seconds=1)
    waiting = [
        subprocess.Popen(
            [sys.executable, "-c", LOCK_HOST, "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    with ThreadPoolExecutor(2) as pool:
        first_lines = {pool.submit(process.stdout.readline): process for process in waiting if process.stdout}
        first = first_lines[next(as_completed(first_lines, timeout=60))]
        (second,) = [process for process in waiting if process is not first]
        assert fetch_rows(database, "SELECT split_part(holder, ' ', 2) FROM copydesk.host_lease") == [(str(first.pid),)]
        first.communicate("")
        (line,) = [line for line, process in first_lines.items() if process is second]
        assert line.result(60) == "locked\n"
        second.communicate("")
    assert [first.returncode, second.returncode] == [0, 0]
    assert count_leases(database) == 0


def test_lease_is_renewed_during_the_crawl(database: str) -> None:
    lost = Event()
    with host_lock(load_settings(), HOST, lease_seconds=1) as lease:
        lease.on_lost(lambda _: lost.set())
        ends = fetch_rows(database, "SELECT expires_at FROM copydesk.host_lease")[0][0]
        assert not lost.wait(2)
        assert fetch_rows(database, "SELECT expires_at FROM copydesk.host_lease")[0][0] > ends + timedelta(seconds=1)


def test_lease_taken_over_is_reported_and_kept_by_the_other(database: str) -> None:
    errors: SimpleQueue[CopydeskError] = SimpleQueue()
    with host_lock(load_settings(), HOST, lease_seconds=1) as lease:
        with psycopg.connect(database) as connection:
            connection.execute("UPDATE copydesk.host_lease SET holder = 'another'")
        lease.on_lost(errors.put)
        error = errors.get(timeout=30)
    assert isinstance(error, HostLeaseLost)
    assert "Another run has taken over north.example" in error.message
    assert fetch_rows(database, "SELECT holder FROM copydesk.host_lease") == [("another",)]


@pytest.mark.unsound
def test_failed_renewal_is_reported_before_the_lease_ends(database: str, server: embedded.EmbeddedServer) -> None:
    errors: SimpleQueue[CopydeskError] = SimpleQueue()
    with host_lock(load_settings(), HOST, lease_seconds=4) as lease:
        acquired = time.monotonic()
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
            connection.execute(
                sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(str(name)))
            )
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        lease.on_lost(errors.put)
        error = errors.get(timeout=30)
        assert time.monotonic() - acquired < 4
    assert isinstance(error, HostLeaseLost)
    assert "could not be renewed" in error.message
    assert "does not answer" in error.message
    late: SimpleQueue[CopydeskError] = SimpleQueue()
    lease.on_lost(late.put)
    assert late.get(timeout=1) is error


def test_failed_renewal_is_retried(database: str) -> None:
    lost = Event()
    with host_lock(load_settings(), HOST, lease_seconds=2) as lease:
        lease.on_lost(lambda _: lost.set())
        for _ in range(3):
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert not lost.wait(1)


def test_missing_lease_table_is_reported_with_the_remedy(server: embedded.EmbeddedServer) -> None:
    settings = Settings(database_url=server.url("postgres"))
    with pytest.raises(Permanent, match=r"copydesk db migrate"), host_lock(settings, HOST):
        pytest.fail("the lock was acquired without its table")
