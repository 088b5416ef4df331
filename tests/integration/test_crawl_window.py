"""A crawled window in PostgreSQL: scheduled URLs, their outcomes, and reruns that change nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import psycopg

from copydesk.pipeline.core.urls import canonicalize, hash_url
from copydesk.pipeline.store.pages import list_latest_pages
from copydesk.pipeline.store.stored_pages import read_page
from tests.mockserver import MockRequest, MockResponse, MockSite, bad_responses
from tests.mockserver.feeds import news_sitemap, rss, sitemap_index
from tests.mockserver.fixtures import fetch_rows, get_feed_errors, make_site, make_wire, read_outcomes, snapshot_tables  # noqa: F401 - fixtures
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW
INSIDE, LATE = NOW - timedelta(minutes=30), NOW - timedelta(hours=5)
NEXT = NOW + timedelta(hours=1)


def page(text: str) -> MockResponse:
    return MockResponse.page(f"<html><p>{text}</p></html>")


def test_feed_is_stored_and_rerun_changes_nothing(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(
            rss(
                [
                    (f"{site.url}/a?utm_source=rss", INSIDE),
                    (f"{site.url}/a", INSIDE),
                    (f"{site.url}/late", LATE),
                    (f"{site.url}/undated", None),
                ]
            )
        ),
        "/a?utm_source=rss": MockResponse.page("<p>A</p>", ETag='"v1"'),
        "/late": page("late"),
        "/undated": page("undated"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})

    first = wire.crawl("run", START, END)
    assert first.finish_reason == "finished"
    assert first.outcomes == {"stored": 3, "unchanged": 0, "refused": 0, "quarantined": 0, "failed": 0}
    assert first.scheduled == 3

    before = snapshot_tables(database)
    again = wire.crawl("run", START, END)
    # URLs in the window are requested again; the late and the undated one are known by now.
    assert again.outcomes["unchanged"] == again.scheduled == 1
    assert again.recorded == first.outcomes
    assert snapshot_tables(database) == before


def test_page_is_read_back_as_fetched(site: MockSite, wire: MockWire, database: str) -> None:
    body = "<p>Straße</p>".encode("latin-1")
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE), (f"{site.url}/b", INSIDE)])),
        "/a": MockResponse(body, headers={"Content-Type": "text/html; charset=ISO-8859-1", "ETag": '"\x01v1"'}),
        "/b": MockResponse(body, headers={"Content-Type": "text/html"}),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("run", START, END)
    key = hash_url(canonicalize(f"{site.url}/a"))
    with psycopg.connect(database) as connection:
        known = list_latest_pages(connection, [key])[key]
        stored = read_page(connection, known.page_id, "")
    assert stored is not None
    assert (stored.page.body, stored.page.charset, stored.page.content_type) == (body, "cp1252", "text/html")
    assert (stored.page.published_hint, stored.canonical_url) == (INSIDE, f"{site.url}/a")
    assert known.etag == '"v1"'
    # Two URLs with one content: two pages, stored once.
    assert fetch_rows(database, "SELECT count(*), count(DISTINCT content_sha256) FROM copydesk.page") == [(2, 1)]
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.page_body") == [(1,)]


def test_page_keeps_the_source_that_its_feed_names(site: MockSite, wire: MockWire, database: str) -> None:
    named = "</link><source url='https://hill.example/rss'>Hillwire</source>"
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)]).replace("</link>", named)),
        "/a": MockResponse.page("<p>Text</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("run", START, END)
    assert fetch_rows(database, "SELECT url, feed_source FROM copydesk.page") == [(f"{site.url}/a", "Hillwire")]


def test_known_page_is_requested_conditionally(site: MockSite, wire: MockWire, database: str) -> None:
    def serve(seen: MockRequest) -> MockResponse:
        headers = {"ETag": '"v1"', "Last-Modified": "Wed, 04 Mar 2026 10:30:00 GMT"} | bad_responses.HTML
        return (
            MockResponse(b"", 304, headers)
            if seen.headers.get("if-none-match") == '"v1"'
            else MockResponse(b"<p>A</p>", 200, headers)
        )

    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": serve}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    wire.crawl("one", START, END)
    wire.crawl("two", START, END)
    assert read_outcomes(database, site.url, "two") == {"/a": ("unchanged", "http 304")}
    assert site.requests_for("/a")[1].headers["if-modified-since"] == "Wed, 04 Mar 2026 10:30:00 GMT"
    assert fetch_rows(database, "SELECT count(DISTINCT page_id), count(page_id) FROM copydesk.fetch") == [(1, 2)]


def test_changed_page_is_stored_as_second_page_of_its_url(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/map": MockResponse.xml(news_sitemap([(f"{site.url}/a", LATE)], LATE)),
        "/a": page("first lead"),
    }
    wire.write(discovery={"sitemaps": [f"{site.url}/map"]})
    assert wire.crawl("one", START, END).outcomes["stored"] == 1
    site.paths["/a"] = page("second lead")
    assert wire.crawl("two", START, END).scheduled == 0  # the sitemap shows no change
    site.paths["/map"] = MockResponse.xml(news_sitemap([(f"{site.url}/a", LATE)], datetime.now(UTC)))
    assert wire.crawl("three", START, NEXT).outcomes["stored"] == 1
    assert fetch_rows(database, "SELECT count(*), count(DISTINCT url_key) FROM copydesk.page") == [(2, 1)]


def test_failed_url_is_retried_and_its_outcome_replaced(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE), (f"{site.url}/b", LATE)])),
        "/a": MockResponse(b"", 500),
        "/b": page("b"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"retries": 0})
    wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/a": ("failed", "http 500"), "/b": ("stored", "")}
    site.paths["/a"] = page("a")
    assert wire.crawl("run", START, END).recorded["stored"] == 2
    assert read_outcomes(database, site.url) == {"/a": ("stored", ""), "/b": ("stored", "")}


def test_unchanged_feed_is_skipped_unless_a_url_failed(site: MockSite, wire: MockWire, database: str) -> None:
    text = rss([(f"{site.url}/a", INSIDE)])

    def serve(seen: MockRequest) -> MockResponse:
        same = seen.headers.get("if-none-match") == '"f1"'
        return MockResponse(b"", 304) if same else MockResponse.xml(text, ETag='"f1"')

    site.paths = {"/feed": serve, "/a": MockResponse(b"", 500)}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"retries": 0})
    assert wire.crawl("one", START, END + timedelta(minutes=1)).outcomes["failed"] == 1
    site.paths["/a"] = page("a")
    second = wire.crawl("two", START, NEXT)
    assert second.outcomes["stored"] == 1  # not remembered because a URL of it had failed
    third = wire.crawl("three", START, NEXT)
    assert [feed.unchanged for feed in third.feeds] == [True]
    assert third.scheduled == 0
    assert site.requests_for("/feed")[-1].headers["if-none-match"] == '"f1"'


def test_archive_gives_exactly_the_past_window(site: MockSite, wire: MockWire, database: str) -> None:
    day = datetime(2026, 3, 4, tzinfo=UTC)
    hours = {f"/{hour}": day + timedelta(hours=hour) for hour in range(24)}
    site.paths = {
        **{path: page(path) for path in hours},
        "/2026-03-04.xml": MockResponse.xml(news_sitemap([(site.url + path, time) for path, time in hours.items()])),
        "/feed": MockResponse.xml(rss([])),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"], "archive": f"{site.url}/{{%Y-%m-%d}}.xml"})
    stats = wire.crawl("run", day + timedelta(hours=3), day + timedelta(hours=6), strategy=None)
    assert stats.strategy == "archive"
    assert set(read_outcomes(database, site.url)) == {"/3", "/4", "/5"}
    assert site.requests_for("/feed") == []


def test_sitemap_indexes_are_followed_without_loops(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {
        "/index": MockResponse.xml(sitemap_index([f"{site.url}/index", f"{site.url}/index2", f"{site.url}/map"])),
        "/index2": MockResponse.xml(sitemap_index([f"{site.url}/index", f"{site.url}/down/1"])),
        "/map": MockResponse.xml(news_sitemap([(f"{site.url}/a", INSIDE)])),
        "/a": page("a"),
    }
    for depth in range(1, 30):
        site.paths[f"/down/{depth}"] = MockResponse.xml(sitemap_index([f"{site.url}/down/{depth + 1}"]))
    wire.write(discovery={"sitemaps": [f"{site.url}/index"]})
    stats = wire.crawl("run", START, END)
    assert read_outcomes(database, site.url) == {"/a": ("stored", "")}
    assert len(site.requests_for("/index")) == 1
    assert "too many sitemaps" in get_feed_errors(stats).values()
    assert site.requests_for("/down/5") == []


def test_urls_beyond_max_pages_are_left_for_the_next_run(site: MockSite, wire: MockWire, database: str) -> None:
    paths = [f"/{number}" for number in range(5)]
    site.paths = {path: page(path) for path in paths}
    site.paths["/feed"] = MockResponse.xml(rss([(site.url + path, LATE) for path in paths]))
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, politeness={"max_pages": 3})
    first = wire.crawl("one", START, NEXT)
    assert (first.scheduled, first.left_behind) == (3, {"over max_pages": 2})
    assert wire.crawl("two", START, NEXT).outcomes["stored"] == 2


def test_empty_feed_is_valid_and_error_page_is_an_error(site: MockSite, wire: MockWire) -> None:
    site.paths = {
        "/quiet": MockResponse.xml(rss([])),
        "/html": MockResponse.page("<html><h1>Back soon</h1></html>"),
        "/bomb": MockResponse.xml(bad_responses.BILLION_LAUGHS),
        "/empty": MockResponse.xml(""),
        "/list": page("no link here"),
    }
    wire.write(discovery={"feeds": [f"{site.url}{path}" for path in ("/quiet", "/html", "/bomb", "/empty")],
                          "sitemaps": [f"{site.url}/html"]})  # fmt: skip
    stats = wire.crawl("run", START, END)
    assert {feed.url.removeprefix(site.url) + " " + feed.kind: feed.error for feed in stats.feeds} == {
        "/quiet feed": "", "/html feed": "HTML page", "/bomb feed": "declares XML entities",
        "/empty feed": "empty response", "/html sitemap": "HTML page",
    }  # fmt: skip


def test_dry_run_needs_no_database_and_fetches_no_page(site: MockSite, wire: MockWire, database: str) -> None:
    site.paths = {"/feed": MockResponse.xml(rss([(f"{site.url}/a", INSIDE)])), "/a": page("a")}
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    child = wire.make_process("check", START, END, dry_run=True)
    nowhere = "postgresql://127.0.0.1:1/x"
    child.env = {"COPYDESK_SOURCES": str(wire.folder), "COPYDESK_DATABASE_URL": nowhere, "PATH": os.defpath}
    stats = child.run()
    assert stats.wanted == (f"{site.url}/a",)
    assert site.requests_for("/a") == []
    assert stats.scheduled == 0
    assert fetch_rows(database, "SELECT count(*) FROM copydesk.fetch") == [(0,)]
