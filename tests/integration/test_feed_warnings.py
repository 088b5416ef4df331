"""Feeds with problems that a crawl survives: each raises a warning with its reason, in the crawl and in the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from copydesk.crawler.accounting.crawl_result import list_feed_warnings, raise_for_crawl_result
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.runs.anomalies import list_feed_warnings as list_saved_warnings
from copydesk.pipeline.runs.stages import record_feed_warnings
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site, make_wire  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire
from tests.run_keys import run_key_for

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE = NOW - timedelta(minutes=30)
GOOD = MockResponse.page("<html><p>A page as it should be.</p></html>")
SOURCE = Source.model_validate(
    {"name": "mock", "title": "M", "home": "http://127.0.0.1", "discovery": {"feeds": ["http://127.0.0.1/f"]}}
)


def test_feed_that_suddenly_lists_nothing_raises_a_warning_once(site: MockSite, wire: MockWire) -> None:
    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": GOOD}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    assert wire.crawl("one", START, END).feeds[0].warnings == ()
    site.paths["/feed"] = MockResponse.xml(rss([]))
    stats = wire.crawl("two", START, END + timedelta(hours=1))
    (warning,) = raise_for_crawl_result(stats, SOURCE)
    assert "it lists nothing any more; when last read, it listed 1 URLs" in warning
    assert wire.crawl("three", START, END + timedelta(hours=2)).feeds[0].warnings == ()


def test_entries_that_cannot_be_distinguished_raise_a_warning(site: MockSite, wire: MockWire) -> None:
    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a?x={n}", INSIDE) for n in range(3)])), "/a?x=0": GOOD}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, identity={"strip_query": ["x"]})
    (warning,) = wire.crawl("run", START, END).feeds[0].warnings
    assert warning.startswith("2 entries count as one article")
    assert "identity.keep_query" in warning


def test_warnings_about_feeds_are_saved_once(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {"/feed": MockResponse.xml(rss([]).replace("</channel>", "<item><title>A</title></item></channel>"))}
    wire.write(discovery={"feeds": [f"{site.url}/feed", f"{site.url}/gone"]})
    warnings = list_feed_warnings(wire.crawl("run", START, END))
    assert sorted(warnings) == [
        f"feed {site.url}/feed: 1 of 1 entries have no usable URL.",
        f"feed {site.url}/gone could not be read: http 404.",
    ]
    key, settings = run_key_for("run"), load_settings()
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO copydesk.run (run_key, dag_id, run_id, kind, window_start, window_end, wires) "
            "VALUES (%s, 'newswire', 'run', 'manual', %s, %s, '{mock}')",
            (key, START, END),
        )
    for _ in range(2):
        record_feed_warnings(settings, key, "mock", warnings)
    with psycopg.connect(database) as connection:
        (saved,) = list_saved_warnings(connection, key)
    assert (saved.wire, saved.message) == ("mock", "; ".join(warnings))
