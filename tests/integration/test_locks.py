"""One crawl of a host at a time, whatever started it; and whoever waits sees what the other has done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from psycopg import sql

from copydesk.pipeline.core.errors import HostBusy
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.db.locks import host_lock


def test_a_second_crawl_of_a_host_waits_and_then_says_so(database: str) -> None:
    told = pytest.raises(HostBusy, match=r"north\.example is being crawled")
    with host_lock(load_settings(), "north.example"), told, host_lock(load_settings(), "north.example", seconds=0.05):
        pytest.fail("two held one host")


def test_it_goes_on_when_the_first_ends(database: str) -> None:
    held, go = Event(), Event()

    def first() -> None:
        with host_lock(load_settings(), "north.example"):
            held.set()
            go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(first)
        assert held.wait(60)
        with host_lock(load_settings(), "south.example", seconds=1):
            go.set()
        with host_lock(load_settings(), "north.example", seconds=10):
            assert done.done() or done.exception(10) is None


def test_a_database_that_went_away_meanwhile_is_no_trouble_of_the_lock(database: str) -> None:
    with host_lock(load_settings(), "north.example"), psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")


def test_what_was_waited_for_is_seen_whatever_the_servers_default_is(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'serializable'").format(name))
    with transaction(load_settings()) as connection:
        row = connection.execute("SELECT current_setting('transaction_isolation')").fetchone()
    assert row == ("read committed",)
