"""A batch of any size is written with the same number of statements, and as if its rows were written in order."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import Connection
from psycopg.pq import Trace

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.ids import make_page_id
from copydesk.pipeline.core.records import Article, ArticleKind, Outcome, Page
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import Row, connect
from copydesk.pipeline.runs.anomalies import Anomaly, WarningKind, save_warnings
from copydesk.pipeline.store.articles import ParseResult, save_parse_results
from copydesk.pipeline.store.ledger import read_ledger, save_counts
from copydesk.pipeline.store.pages import (
    FeedState,
    Fetch,
    FetchedPage,
    read_feed_states,
    record_fetches,
    save_feed_states,
    save_pages,
)
from copydesk.pipeline.store.staged_results import read_staged_results, stage_results
from copydesk.pipeline.store.states import LedgerStage
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import run_key_for

RUN = run_key_for("run")
TIME = datetime(2026, 3, 4, 10, tzinfo=UTC)

Write = Callable[[Connection[Row], int], object]


def make_page(number: int, body: bytes | None = None) -> FetchedPage:
    url = f"https://wire.example/{number}"
    page = Page(url=url, body=body or b"<p>%d</p>" % number, fetched_at=TIME, wire="w")
    return FetchedPage(page, url, hash_url(url))


def make_fetch(number: int, outcome: Outcome = Outcome.FAILED, reason: str = "", url: str = "") -> Fetch:
    address = f"https://wire.example/{number}"
    return Fetch(RUN, "w", hash_url(address), url or address, outcome, TIME, reason)


def make_result(
    number: int,
    result: Article | QuarantineError | None = None,
    *,
    url: str = "",
    at: datetime = TIME,
) -> ParseResult:
    article = Article(title=f"Title {number}", paragraphs=("Text",), tickers=("NYSE:A", 'B,"{}'), isins=())
    page = make_page(number)
    page_id = make_page_id(page.url_key, page.sha256)
    return ParseResult(page_id, "w", url or page.canonical_url, at, article if result is None else result)


def make_mixed_results(count: int) -> list[ParseResult]:
    others = (None, QuarantineError("broken", "It is broken."), Article(kind=ArticleKind.REFUSED, reason="index"))
    return [make_result(number, others[number % 3]) for number in range(count)]


def write_pages(connection: Connection[Row], count: int) -> None:
    save_pages(connection, RUN, [make_page(number) for number in range(count)])


def write_fetches(connection: Connection[Row], count: int) -> None:
    record_fetches(connection, [make_fetch(number) for number in range(count)])
    record_fetches(connection, [make_fetch(number, Outcome.REFUSED) for number in range(count)])


def write_feeds(connection: Connection[Row], count: int) -> None:
    states = [FeedState(f"https://wire.example/rss{number}", '"e"', None, b"\1" * 32, TIME) for number in range(count)]
    save_feed_states(connection, "w", states, TIME)


def write_results(connection: Connection[Row], count: int) -> None:
    save_parse_results(connection, RUN, "rules", make_mixed_results(count))


def write_staged(connection: Connection[Row], count: int) -> None:
    stage_results(connection, RUN, "rules", make_mixed_results(count))


def write_warnings(connection: Connection[Row], count: int) -> None:
    save_warnings(connection, RUN, [Anomaly(f"w{number}", WarningKind.LAYOUT, "seen") for number in range(count)])


def write_counts(connection: Connection[Row], count: int) -> None:
    save_counts(connection, RUN, "w", LedgerStage.CRAWL, {f"outcome{number}": number for number in range(count)})


@pytest.fixture
def connection(database: str) -> Iterator[Connection[Row]]:
    with connect(load_settings()) as opened:
        assert opened.autocommit
        opened.execute(
            "INSERT INTO copydesk.run (dag_id, run_id, run_key, kind, window_start, window_end, wires)"
            " VALUES ('dag', 'run', %s, 'manual', %s, %s, '{w}')",
            (RUN, TIME - timedelta(hours=1), TIME),
        )
        yield opened


def count_round_trips(connection: Connection[Row], write: Write, count: int) -> int:
    """Return the number of requests that the client waits for, according to libpq's trace; then roll back."""
    with tempfile.TemporaryFile("w+") as trace, connection.transaction(force_rollback=True):
        connection.pgconn.trace(trace.fileno())
        connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        write(connection, count)
        connection.pgconn.untrace()
        trace.seek(0)
        return len(re.findall(r"^F\t\d+\t(?:Query|Sync)\b", trace.read(), re.MULTILINE))


@pytest.mark.parametrize(
    "write",
    [write_pages, write_fetches, write_feeds, write_results, write_staged, write_warnings, write_counts],
)
def test_round_trips_do_not_depend_on_batch_size(connection: Connection[Row], write: Write) -> None:
    if write is write_results:
        save_pages(connection, RUN, [make_page(number) for number in range(300)])
    connection.prepare_threshold = None
    few, many = (count_round_trips(connection, write, count) for count in (3, 300))
    assert 0 < few == many


def test_results_of_one_batch_are_saved_in_time_order(connection: Connection[Row], database: str) -> None:
    save_pages(connection, RUN, [make_page(number) for number in range(4)])
    url = "https://wire.example/story"
    first, second = (Article(title=title, paragraphs=("Text",), tickers=("N:A", 'B,"{}')) for title in ("One", "Two"))
    batch = [
        make_result(3, second, url=url, at=TIME + timedelta(hours=2)),
        make_result(2, first, url=url, at=TIME + timedelta(hours=1)),
        make_result(1, first, url=url),
    ]
    for _ in range(2):
        with connection.transaction():
            save_parse_results(connection, RUN, "rules", batch)
    pages = [result.page_id for result in batch]
    assert dict(fetch_rows(database, "SELECT page_id, outcome FROM copydesk.page_result")) == dict(
        zip(pages, ("article", "unchanged", "article"), strict=True)
    )
    versions = "SELECT title, fetched_at, page_id, tickers, isins FROM copydesk.article_version ORDER BY fetched_at"
    assert fetch_rows(database, versions) == [
        ("One", TIME, pages[2], ["N:A", 'B,"{}'], []),
        ("Two", TIME + timedelta(hours=2), pages[0], ["N:A", 'B,"{}'], []),
    ]
    assert fetch_rows(database, "SELECT title, published_at, published_given FROM copydesk.article") == [
        ("Two", TIME, False)
    ]


def test_quarantined_pages_are_listed_in_url_order(connection: Connection[Row], database: str) -> None:
    save_pages(connection, RUN, [make_page(number) for number in range(9)])
    broken = QuarantineError("broken", "It is broken.")
    save_parse_results(connection, RUN, "rules", [make_result(number, broken) for number in (5, 8, 1, 3)])
    save_parse_results(connection, RUN, "newer", [make_result(3), make_result(5, Article(kind=ArticleKind.REFUSED))])
    listed = "SELECT subject_id::uuid, state FROM copydesk.quarantine ORDER BY quarantine_id"
    states = {1: "quarantined", 3: "recovered", 5: "refused", 8: "quarantined"}
    assert fetch_rows(database, listed) == [(make_result(number).page_id, state) for number, state in states.items()]


def test_first_outcome_in_a_batch_wins_unless_it_failed(connection: Connection[Row], database: str) -> None:
    record_fetches(
        connection,
        [
            make_fetch(1, Outcome.FAILED, "timeout", url="https://wire.example/1?a"),
            make_fetch(1, Outcome.FAILED, "dns"),
            make_fetch(1, Outcome.REFUSED, "robots"),
            make_fetch(1, Outcome.QUARANTINED, "size"),
            make_fetch(2, Outcome.REFUSED, "robots"),
            make_fetch(2, Outcome.QUARANTINED, "size"),
            make_fetch(3, Outcome.FAILED, "timeout"),
        ],
    )
    record_fetches(connection, [make_fetch(number, Outcome.QUARANTINED, "late") for number in (2, 3, 4)])
    assert fetch_rows(database, "SELECT url, reason FROM copydesk.fetch ORDER BY url") == [
        ("https://wire.example/1?a", "robots"),
        ("https://wire.example/2", "robots"),
        ("https://wire.example/3", "late"),
        ("https://wire.example/4", "late"),
    ]


def test_new_page_that_occurs_twice_in_a_batch_is_stored(connection: Connection[Row]) -> None:
    fetches = save_pages(connection, RUN, [make_page(1), make_page(1)])
    assert [fetch.outcome for fetch in fetches] == [Outcome.STORED, Outcome.STORED]


def test_last_state_of_a_feed_is_saved(connection: Connection[Row]) -> None:
    states = [FeedState("https://wire.example/rss", etag, None, None, TIME) for etag in ('"1"', '"2"')]
    save_feed_states(connection, "w", states, TIME + timedelta(hours=1))
    assert read_feed_states(connection, "w") == {states[1].url: states[1]}


def test_only_new_warnings_are_returned_in_order(connection: Connection[Row]) -> None:
    one, two, three = (Anomaly(wire, WarningKind.LAYOUT, f"{wire} changed") for wire in ("z", "m", "a"))
    assert save_warnings(connection, RUN, [two]) == [two]
    assert save_warnings(connection, RUN, [one, two, three, Anomaly("a", WarningKind.LAYOUT, "again")]) == [one, three]
    assert save_warnings(connection, RUN, []) == []


def test_counts_replace_earlier_counts(connection: Connection[Row]) -> None:
    save_counts(connection, RUN, "w", LedgerStage.CRAWL, {"stored": 1, "failed": 2})
    save_counts(connection, RUN, "w", LedgerStage.CRAWL, {"stored": 3, "refused": 0})
    assert read_ledger(connection, RUN).counts == {"w": {"crawl": {"stored": 3, "refused": 0}}}
    save_counts(connection, RUN, "w", LedgerStage.CRAWL, {})
    assert read_ledger(connection, RUN).counts == {}


def test_staged_results_round_trip(connection: Connection[Row]) -> None:
    batch = make_mixed_results(6)
    for _ in range(2):
        stage_results(connection, RUN, "rules", batch)
    with connection.transaction():
        (read,) = read_staged_results(connection, RUN, "w", "rules")
    assert {parsed.page_id: repr(parsed.result) for parsed in read} == {
        parsed.page_id: repr(parsed.result) for parsed in batch
    }
