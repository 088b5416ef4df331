"""The page store: each content once and one outcome per URL, even after repeated, concurrent or interrupted work."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import connect
from copydesk.pipeline.db.sanitize import sanitize_for_postgres
from copydesk.pipeline.store.pages import (
    FeedState,
    Fetch,
    FetchedPage,
    count_outcomes,
    list_latest_pages,
    read_feed_states,
    record_fetches,
    save_feed_states,
    save_pages,
)
from copydesk.pipeline.store.stored_pages import StoredPage, read_pages
from tests.mockserver.fixtures import fetch_rows, snapshot_tables
from tests.run_keys import run_key_for

TIME = datetime(2026, 3, 4, 10, tzinfo=UTC)


def make_page(number: int, body: bytes | None = None, at: datetime = TIME, **more: object) -> FetchedPage:
    url = f"https://wire.example/{number}"
    page = Page(url=url, body=body or b"<p>%d</p>" % number, fetched_at=at, wire="w", **more)  # type: ignore[arg-type]
    return FetchedPage(page, url, hash_url(url))


def make_fetch(outcome: Outcome, reason: str = "") -> Fetch:
    return Fetch(run_key_for("run"), "w", hash_url("x"), "https://wire.example/x", outcome, TIME, reason)


def test_batch_is_stored_once_and_returned_in_order(database: str) -> None:
    batch = [make_page(number, b"same" if number % 2 else None) for number in range(9, -1, -1)]
    with connect(load_settings()) as connection:
        first = save_pages(connection, run_key_for("run"), batch)
        before = snapshot_tables(database)
        second = save_pages(connection, run_key_for("run"), batch)
        again = save_pages(connection, run_key_for("later"), batch)
    assert [fetch.url for fetch in first] == [one.page.url for one in batch]
    assert {fetch.outcome for fetch in first} == {Outcome.STORED}
    assert {fetch.outcome for fetch in [*second, *again]} == {Outcome.UNCHANGED}
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(6,)]
    assert fetch_rows(
        database, f"SELECT outcome, count(*) FROM copydesk.fetch WHERE run_key = '{run_key_for('run')}' GROUP BY 1"
    ) == [("stored", 10)]
    assert [row for row in snapshot_tables(database) if str(run_key_for("later")) not in row[2]] == before


def test_pages_are_read_in_batches(database: str) -> None:
    batch = [make_page(number, charset="utf-8", etag='"e"') for number in range(25)]
    with connect(load_settings()) as connection:
        save_pages(connection, run_key_for("run"), batch)
        ids = [make_page_id(one.url_key, one.sha256) for one in batch]
        found = {
            stored.page_id: stored
            for stored in read_pages(connection, [*ids, *ids], "", batch_size=7)
            if isinstance(stored, StoredPage)
        }
    assert set(found) == set(ids)
    for one, page_id in zip(batch, ids, strict=True):
        assert found[page_id].page == replace(one.page, final_url=one.page.url)


def test_failed_batch_stores_nothing(database: str) -> None:
    with connect(load_settings()) as connection:
        with pytest.raises(psycopg.Error):
            save_pages(connection, run_key_for("run"), [make_page(1), make_page(2, status=1 << 40)])
        assert count_outcomes(connection, run_key_for("run"), "w")[Outcome.STORED] == 0
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_content") == [(0,)]


def test_concurrent_batches_do_not_deadlock(database: str) -> None:
    pages = [make_page(number, b"<p>%d</p>" % (number // 2)) for number in range(40)]

    def save_shuffled(seed: int) -> int:
        mixed = random.Random(seed).sample(pages, len(pages))
        with connect(load_settings()) as connection:
            return sum(
                fetch.outcome is Outcome.STORED
                for fetch in save_pages(connection, run_key_for(f"run{seed % 2}"), mixed)
            )

    with ThreadPoolExecutor(8) as pool:
        stored = sum(pool.map(save_shuffled, range(24)))
    assert stored == len(pages)  # each page was new exactly once
    assert dict(fetch_rows(database, "SELECT run_key, count(*) FROM copydesk.fetch GROUP BY 1")) == {
        run_key_for("run0"): 40, run_key_for("run1"): 40,
    }  # fmt: skip
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(20,)]


def test_only_a_failed_outcome_is_replaced(database: str) -> None:
    steps = [
        (Outcome.FAILED, "timeout", "timeout"),
        (Outcome.FAILED, "dns", "timeout"),
        (Outcome.REFUSED, "robots", "robots"),
        (Outcome.FAILED, "dns", "robots"),
        (Outcome.STORED, "", "robots"),
    ]
    with connect(load_settings()) as connection:
        for outcome, reason, expected in steps:
            record_fetches(connection, [make_fetch(outcome, reason)])
            assert fetch_rows(database, "SELECT reason FROM copydesk.fetch") == [(expected,)]


def test_text_that_postgresql_rejects_is_sanitized(database: str) -> None:
    assert sanitize_for_postgres("a\0b\ud800c") == "a\ufffdb\ufffdc"
    with connect(load_settings()) as connection:
        save_pages(
            connection, run_key_for("run"), [make_page(1, etag='"\0\n\udc80"' + "x" * 5000, content_type="text/\0html")]
        )
        known = list_latest_pages(connection, [make_page(1).url_key, b"unknown"])
    (one,) = known.values()
    assert one.etag is not None
    assert len(one.etag) == 1000
    assert "\n" not in one.etag


def test_latest_page_of_a_url_is_listed(database: str) -> None:
    newer = make_page(1, b"second", TIME + timedelta(hours=1), etag='"2"')
    with connect(load_settings()) as connection:
        save_pages(connection, run_key_for("b"), [newer])
        save_pages(connection, run_key_for("a"), [make_page(1, b"first", etag='"1"')])
        save_pages(connection, run_key_for("c"), [make_page(1, b"second", TIME + timedelta(hours=5), etag='"2"')])
        (known,) = list_latest_pages(connection, [newer.url_key]).values()
    assert (known.etag, known.sha256) == ('"2"', newer.sha256)
    assert known.fetched_at == TIME + timedelta(hours=5)


def test_unchanged_feed_after_the_window_writes_nothing(database: str) -> None:
    end = TIME + timedelta(hours=1)
    state = FeedState("https://wire.example/rss", '"e"', None, b"\1" * 32, end + timedelta(minutes=5))
    with connect(load_settings()) as connection:
        save_feed_states(connection, "w", [state], end)
        later = replace(state, checked_at=state.checked_at + timedelta(minutes=9))
        save_feed_states(connection, "w", [later], end)
        assert read_feed_states(connection, "w") == {state.url: state}
        save_feed_states(connection, "w", [later], end + timedelta(hours=1))
        assert read_feed_states(connection, "w") == {state.url: later}
