"""One crawl of a host at a time, whatever started it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest

from pipeline.config import load
from pipeline.db.locks import hold_host
from pipeline.errors import HostBusy


def test_a_second_crawl_of_a_host_waits_and_then_says_so(database: str) -> None:
    told = pytest.raises(HostBusy, match=r"north\.example is being crawled")
    with hold_host(load(), "north.example"), told, hold_host(load(), "north.example", seconds=0.05):
        pytest.fail("two held one host")


def test_it_goes_on_when_the_first_ends(database: str) -> None:
    held, go = Event(), Event()

    def first() -> None:
        with hold_host(load(), "north.example"):
            held.set()
            go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(first)
        assert held.wait(60)
        with hold_host(load(), "south.example", seconds=1):
            go.set()
        with hold_host(load(), "north.example", seconds=10):
            assert done.done() or done.exception(10) is None


def test_a_database_that_went_away_meanwhile_is_no_trouble_of_the_lock(database: str) -> None:
    with hold_host(load(), "north.example"), psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
