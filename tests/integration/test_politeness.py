"""What a host has asked for holds for every crawl: pauses, budgets, robots.txt, the delay; and who is asking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.pipeline.core.errors import BadSettings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.core.strategy import WireStrategy
from tests.database_clock import DatabaseClock
from tests.mockserver import MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import news_sitemap, rss
from tests.mockserver.fixtures import fetch_rows, make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

HOUR = timedelta(hours=1)
NOW = datetime(2026, 3, 4, 21, 10, tzinfo=UTC)
START, END = NOW - HOUR, NOW
PAGES = [f"/{number}" for number in range(12)]


@pytest.fixture
def clock(database: str) -> DatabaseClock:
    clock = DatabaseClock.install(database)
    clock.set(NOW)
    return clock


def page(text: str) -> MockResponse:
    return MockResponse.page(f"<html><p>{text}</p></html>")


def set_up(site: MockSite, wire: MockWire, **politeness: object) -> None:
    """Set up a wire of twelve pages, in a feed and in a dated archive."""
    items = [(site.url + path, NOW - timedelta(minutes=5 + 2 * number)) for number, path in enumerate(PAGES)]
    site.paths = {path: page(path) for path in PAGES}
    site.paths["/feed"] = MockResponse.xml(rss(items))
    site.paths["/2026-03-04.xml"] = MockResponse.xml(news_sitemap(items))
    wire.write(
        discovery={"feeds": [f"{site.url}/feed"], "archive": f"{site.url}/{{%Y-%m-%d}}.xml"},
        politeness={"concurrency": 1, **politeness},
    )


def check(wire: MockWire, stats: CrawlStats) -> list[str]:
    """Check that a crawl succeeded; return its warnings."""
    assert stats.is_balanced
    return raise_for_crawl_result(stats, read_source(wire.folder / "mock.toml"))


def test_retry_after_of_two_hours_is_observed_by_all_crawls(
    site: MockSite, wire: MockWire, database: str, clock: DatabaseClock
) -> None:
    set_up(site, wire)
    site.paths["/6"] = bad_responses.busy_then(page("/6"), 1, "7200")  # the sixth: the last scheduled is the first
    first = wire.crawl("live", START, END)
    assert first.outcomes["stored"] == 5
    assert first.left_behind == {"host busy": 7}
    assert check(wire, first) == [
        "7 feeds and pages are left to a later run, because their host asked for a pause (Retry-After)."
    ]
    asked = len(site.requests)
    clock.set(NOW + 1.9 * HOUR)
    backfill = wire.make_process("backfill", NOW - 4 * HOUR, NOW - 3 * HOUR, strategy=WireStrategy.ARCHIVE)
    with ThreadPoolExecutor(1) as pool:
        stored = pool.submit(backfill.run)
        live = wire.crawl("next", END, END + HOUR, covered_until=START)
        for stats in (live, stored.result(60)):
            check(wire, stats)
            assert stats.left_behind == {"host busy": 1}
    dry = wire.crawl("check", START, END, dry_run=True)
    check(wire, dry)
    assert dry.left_behind == {"host busy": 1}
    assert len(site.requests) == asked
    clock.set(NOW + 2.1 * HOUR)
    last = wire.crawl("last", END + HOUR, END + 2 * HOUR, covered_until=START)
    assert last.outcomes["stored"] == 7
    assert check(wire, last) == []


def test_budget_of_a_day_holds_across_runs(site: MockSite, wire: MockWire, database: str, clock: DatabaseClock) -> None:
    set_up(site, wire, requests_per_day=9)
    first = wire.crawl("one", START, END)
    assert (first.outcomes["stored"], first.left_behind) == (7, {"over requests_per_day": 5})  # robots.txt, feed
    assert "5 feeds and pages exceed politeness.requests_per_day" in check(wire, first)[0]
    again = wire.crawl("two", END, END + HOUR, covered_until=START)
    check(wire, again)
    assert again.left_behind == {"over requests_per_day": 1}
    assert len(site.requests) == 9
    assert fetch_rows(database, "SELECT requests FROM copydesk.host_requests") == [(9,)]
    clock.set(NOW + 3 * HOUR)  # the next day
    assert wire.crawl("three", END + 2 * HOUR, END + 3 * HOUR, covered_until=START).outcomes["stored"] == 5
    assert len(site.requests) == 2 * 9  # the feed, five pages and, for the rest of the budget, revisits


def test_budget_of_a_run_leaves_the_rest_to_the_next_one(
    site: MockSite, wire: MockWire, database: str, clock: DatabaseClock
) -> None:
    set_up(site, wire, requests_per_run=6, concurrency=4)
    first = wire.crawl("one", START, END)
    check(wire, first)
    assert (first.outcomes["stored"], first.left_behind) == (4, {"over requests_per_run": 8})
    assert len(site.requests) == 6
    assert len(read_outcomes(database, site.url, "one")) == 4
    wire.crawl("two", END, END + HOUR, covered_until=START)
    assert len(site.requests) == 12
    assert fetch_rows(database, "SELECT count(DISTINCT url) FROM copydesk.page") == [(9,)]


def test_robots_file_is_used_for_a_day(site: MockSite, wire: MockWire, database: str, clock: DatabaseClock) -> None:
    set_up(site, wire)
    site.paths["/robots.txt"] = MockResponse(b"User-agent: *\nDisallow: /3\n", headers={"Content-Type": "text/plain"})
    wire.crawl("one", START, END)
    site.paths["/robots.txt"] = MockResponse(b"", 404)
    clock.set(NOW + 23 * HOUR)
    wire.crawl("two", START, END)
    assert read_outcomes(database, site.url, "two")["/3"] == ("refused", "robots")
    assert len(site.requests_for("/robots.txt")) == 1
    clock.set(NOW + 25 * HOUR)
    wire.crawl("three", START, END)
    assert read_outcomes(database, site.url, "three")["/3"] == ("stored", "")
    site.paths["/robots.txt"] = MockResponse(b"", 500)
    wire.crawl("four", START, END)  # that there is none is stored too
    assert len(site.requests_for("/robots.txt")) == 2
    clock.set(NOW + 50 * HOUR)
    assert wire.crawl("five", START, END).outcomes["stored"] == 0
    assert fetch_rows(database, "SELECT status FROM copydesk.robots_file") == [(500,)]


def test_delay_lies_between_crawls_too(site: MockSite, wire: MockWire, database: str) -> None:
    set_up(site, wire, delay=1.5, robots=False)
    site.paths["/feed"] = MockResponse.xml(rss([]))
    wire.crawl("one", START, END)
    wire.crawl("two", START, END)
    one, two = site.requests_for("/feed")
    assert two.at - one.at >= 1.45


def test_user_agent_has_product_version_and_contact(
    site: MockSite, wire: MockWire, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(site, wire)
    wire.crawl("one", START, END)
    assert {seen.headers["user-agent"].partition("/")[0] for seen in site.requests} == {"copydesk"}
    assert site.requests[0].headers["user-agent"].endswith(" (+tests@copydesk.example)")
    monkeypatch.setenv("COPYDESK_USER_AGENT", "deskbot/2 (+https://desk.example)")
    wire.crawl("two", START, END)
    assert site.requests[-1].headers["user-agent"] == "deskbot/2 (+https://desk.example)"


def test_public_wire_needs_a_contact(
    site: MockSite, wire: MockWire, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPYDESK_CONTACT")
    set_up(site, wire)
    assert wire.crawl("private", START, END).outcomes["stored"] == len(PAGES)
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, allow_private=False)
    asked = len(site.requests)
    for dry_run in (False, True):
        with pytest.raises(BadSettings, match="mock is a public wire") as caught:
            check(wire, wire.crawl("public", START, END, dry_run=dry_run))
        assert "COPYDESK_CONTACT" in caught.value.remedy
    assert len(site.requests) == asked
