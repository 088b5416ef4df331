"""What a live crawl fetches of everything that feeds and sitemaps still list, and what it reports as left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from copydesk.pipeline.core.strategy import WireStrategy
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import news_sitemap, rss, sitemap_index
from tests.mockserver.fixtures import make_site, make_wire, read_outcomes  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - HOUR, NOW


def page(text: str) -> MockResponse:
    return MockResponse.page(f"<html><p>{text}</p></html>")


def test_new_wire_fetches_everything_that_its_feeds_list_the_latest_first(
    site: MockSite, wire: MockWire, database: str
) -> None:
    ages = {"/week": 24 * 7, "/day": 24, "/now": 0.5, "/year": 24 * 365, "/hours": 5}
    site.paths = {path: page(path) for path in ages}
    site.paths["/feed"] = MockResponse.xml(rss((site.url + path, NOW - age * HOUR) for path, age in ages.items()))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"concurrency": 1})
    stats = wire.crawl("one", START, END, listed_since=START - 48 * HOUR)
    assert stats.outcomes["stored"] == len(ages)
    assert stats.left_behind == {}
    asked = [seen.path for seen in site.requests if seen.path in ages]
    assert asked == ["/now", "/hours", "/day", "/week", "/year"]


def test_new_wire_with_a_sitemap_of_the_whole_site_reports_what_it_leaves_out(
    site: MockSite, wire: MockWire, database: str
) -> None:
    ages = {"/now": 0.5, "/yesterday": 30, "/month": 24 * 30, "/year": 24 * 365}
    site.paths = {path: page(path) for path in ages}
    site.paths["/map"] = MockResponse.xml(
        news_sitemap((site.url + path, NOW - age * HOUR) for path, age in ages.items())
    )
    wire.write(discovery={"sitemaps": [f"{site.url}/map"]})
    stats = wire.crawl("one", START, END, listed_since=START - 48 * HOUR)
    assert set(read_outcomes(database, site.url, "one")) == {"/now", "/yesterday"}
    assert stats.left_behind == {"before first crawl": 2}
    # The next runs of the same wire do not repeat it.
    again = wire.crawl("two", START, END + HOUR, listed_since=START - 2 * HOUR, covered_until=END)
    assert again.left_behind == {}


def test_after_an_outage_sitemaps_are_searched_back_to_its_start(site: MockSite, wire: MockWire, database: str) -> None:
    outage = NOW - 24 * 5 * HOUR
    site.paths = {
        "/index": MockResponse.xml(
            sitemap_index([f"{site.url}/old", f"{site.url}/new"]).replace(
                "/old</loc>", f"/old</loc><lastmod>{(outage + HOUR).isoformat()}</lastmod>"
            )
        ),
        "/old": MockResponse.xml(
            news_sitemap([(f"{site.url}/missed", outage + HOUR), (f"{site.url}/before", outage - HOUR)])
        ),
        "/new": MockResponse.xml(news_sitemap([(f"{site.url}/now", NOW - HOUR / 2)])),
        "/missed": page("missed"), "/now": page("now"), "/before": page("before"),
    }  # fmt: skip
    wire.write(discovery={"sitemaps": [f"{site.url}/index"]})
    wire.crawl("one", START, END, listed_since=outage, covered_until=outage)
    assert set(read_outcomes(database, site.url, "one")) == {"/missed", "/now"}


def test_wire_with_an_archive_alone_catches_up_from_the_archive(site: MockSite, wire: MockWire, database: str) -> None:
    outage = NOW - 24 * 3 * HOUR
    listed = [(f"{site.url}/{days}", NOW - days * 24 * HOUR - HOUR / 2) for days in range(5)]
    site.paths = {f"/{days}": page(str(days)) for days in range(5)}
    for _, time in listed:
        day = [(url, other) for url, other in listed if other.date() == time.date()]
        site.paths[f"/{time:%Y-%m-%d}.xml"] = MockResponse.xml(news_sitemap(day))
    wire.write(discovery={"archive": f"{site.url}/{{%Y-%m-%d}}.xml"})
    wire.crawl("one", START, END, strategy=WireStrategy.ARCHIVE, listed_since=outage, covered_until=outage)
    assert set(read_outcomes(database, site.url, "one")) == {"/0", "/1", "/2"}


def test_outage_longer_than_the_feed_is_reported(site: MockSite, wire: MockWire, database: str) -> None:
    # 20 items in the last 95 minutes; nothing is known of the eight hours before.
    items = [(f"{site.url}/{number}", NOW - timedelta(minutes=5 * number)) for number in range(20)]
    site.paths = {f"/{number}": page(str(number)) for number in range(20)}
    site.paths["/feed"] = MockResponse.xml(rss(items))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    stats = wire.crawl("one", START, END, covered_until=NOW - timedelta(minutes=95) - 8 * HOUR)
    assert stats.left_behind == {"no longer listed": 96}
    # A feed that still lists something known has no gap.
    again = wire.crawl("two", START, END + HOUR, covered_until=NOW - 8 * HOUR)
    assert again.left_behind == {}


def test_url_that_keeps_failing_is_tried_at_growing_intervals(site: MockSite, wire: MockWire, database: str) -> None:
    old = NOW - 9 * HOUR
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/gone", old), (f"{site.url}/fine", old)])),
        "/gone": MockResponse(b"", 500), "/fine": page("fine"),
    }  # fmt: skip
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"retries": 0})
    wire.crawl("one", START, END)
    assert wire.crawl("two", START, END).scheduled == 1
    with psycopg.connect(database) as connection:  # the first attempt was hours before the second, which was just now
        connection.execute(
            "UPDATE copydesk.fetch SET fetched_at = fetched_at - interval '3 hours' WHERE fetched_at = "
            "(SELECT min(fetched_at) FROM copydesk.fetch WHERE outcome = 'failed')"
        )
    postponed = wire.crawl("three", START, END + HOUR)
    assert postponed.scheduled == 0
    assert [feed.unchanged for feed in postponed.feeds] == [False]
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE copydesk.fetch SET fetched_at = fetched_at - interval '181 minutes'")
    site.paths["/gone"] = page("back")
    # The feed has not changed, but it was not saved as finished while a URL was postponed.
    assert wire.crawl("four", START, END + HOUR).outcomes["stored"] == 1
