"""Pages of young stories are fetched again: changes become versions, an unchanged page costs one row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.db import transaction
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, record_crawl_result, sign_run
from copydesk.pipeline.store.runs import open_run
from tests.database_clock import DatabaseClock
from tests.fork_server import clean_wire
from tests.mockserver import MockRequest, MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.run_keys import DAG_ID

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TEXT = "The harbour board has approved the new breakwater after two years of talks with the fishing cooperative. "


@pytest.fixture
def clock(database: str) -> DatabaseClock:
    clock = DatabaseClock.install(database)
    clock.set(NOW)
    return clock


def make_article(text: str, title: str = "Board approves breakwater") -> MockResponse:
    """Return a page that answers conditional requests."""
    body = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>" + "".join(
        f"<p>{text} {part}</p>" for part in ("", TEXT, TEXT.upper())
    )
    return MockResponse.page(body + "</article></body></html>")


def conditional(response: MockResponse):  # type: ignore[no-untyped-def]
    def serve(request: MockRequest) -> MockResponse:
        etag = f'"{hash(response.body)}"'
        if request.headers.get("if-none-match") == etag:
            return MockResponse(b"", 304)
        return MockResponse(response.body, headers={**response.headers, "ETag": etag})

    return serve


def set_up(site: MockSite, wire: MockWire, **keys: object) -> None:
    site.paths = {path: conditional(make_article(f"{path} {TEXT}")) for path in ("/a", "/b")}
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, NOW - HOUR / 2) for path in ("/a", "/b")]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, **keys)  # type: ignore[arg-type]


def process(wire: MockWire, clock: DatabaseClock, hours: float) -> tuple[CrawlStats, dict[str, int]]:
    """Crawl, clean, fold and report a run so many hours after the first one; return its stats and its summary."""
    end = NOW + hours * HOUR
    clock.set(end)
    run_id, settings = f"run {hours}", load_settings()
    with transaction(settings) as connection:
        window = Window(end - HOUR, end)
        key = open_run(connection, DAG_ID, run_id, kind="manual", mode="auto", window=window, wires=["mock"])
    stats = wire.crawl(run_id, end - HOUR, end, listed_since=end - 2 * HOUR)
    record_crawl_counts(settings, key, "mock", stats.total_scheduled)
    record_crawl_result(settings, key, "mock", succeeded=True, left_behind=stats.left_behind)
    clean_wire(settings, key, "live", read_source(wire.folder / "mock.toml"))
    sign_run(settings, key)
    match_run(settings, key)
    fold_run(settings, key)
    report = report_run(settings, key)
    report.raise_for_error()
    return stats, dict(report.summary)


def test_changed_page_becomes_a_version_and_an_unchanged_one_a_row(
    site: MockSite, wire: MockWire, database: str, clock: DatabaseClock
) -> None:
    set_up(site, wire)
    assert process(wire, clock, 0)[0].revisits == {}
    assert process(wire, clock, 0.5)[0].scheduled == 0
    pages = fetch_rows(database, "SELECT count(*) FROM copydesk.page")
    site.paths["/a"] = conditional(make_article("CORRECTED: the board has rejected it."))
    stats, summary = process(wire, clock, 1)
    assert stats.revisits == {"stored": 1, "unchanged": 1}
    assert (summary["scheduled"], summary["revisited"], summary["stored"]) == (2, 2, 1)
    assert stats.total_discovered == 0
    assert read_outcomes(database, site.url, "run 1") == {"/a": ("stored", ""), "/b": ("unchanged", "http 304")}
    versions = (
        "SELECT count(*) FROM copydesk.article_version v JOIN copydesk.page p USING (page_id) WHERE p.url LIKE '%a'"
    )
    assert fetch_rows(database, versions) == [(2,)]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page") == [(pages[0][0] + 1,)]
    # No row but that of its outcome: the run has no page of it.
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.run_page r JOIN copydesk.run USING (run_key)"
                                " WHERE run_id = 'run 1'") == [(1,)]  # fmt: skip


def test_schedule_ends_after_its_last_step(site: MockSite, wire: MockWire, database: str, clock: DatabaseClock) -> None:
    set_up(site, wire)
    wire.crawl("first", NOW - HOUR, NOW)
    visited = []
    for hour in (*range(1, 30), 70, 71, 72, 73, 90, 100, 130):
        clock.set(NOW + hour * HOUR)
        if wire.crawl(f"run {hour}", NOW + (hour - 1) * HOUR, NOW + hour * HOUR).revisits:
            visited.append(hour)
    assert visited == [1, 3, 8, 22, 70]  # up to a tenth earlier than 24 and 72
    assert len(site.requests_for("/a")) == 6


def test_page_that_was_taken_down_is_recorded_as_gone(
    site: MockSite, wire: MockWire, database: str, clock: DatabaseClock
) -> None:
    set_up(site, wire)
    process(wire, clock, 0)
    del site.paths["/a"]
    stats, _ = process(wire, clock, 1)
    assert stats.revisits == {"unchanged": 1, "refused": 1}
    assert read_outcomes(database, site.url, "run 1")["/a"] == ("refused", "gone")
    # It can come back.
    site.paths["/a"] = conditional(make_article("It is back."))
    assert process(wire, clock, 3)[0].revisits == {"stored": 1, "unchanged": 1}


def test_revisits_can_be_switched_off(site: MockSite, wire: MockWire, database: str, clock: DatabaseClock) -> None:
    set_up(site, wire)
    path = wire.folder / "mock.toml"
    path.write_text("revisit = []\n" + path.read_text())
    process(wire, clock, 0)
    assert process(wire, clock, 1)[0].scheduled == 0
    path.write_text(path.read_text().replace("revisit = []", 'revisit = ["2h"]'))
    assert process(wire, clock, 1.5)[0].scheduled == 0
    assert process(wire, clock, 2)[0].revisits == {"unchanged": 2}
