"""A window is crawled into PostgreSQL: what is scheduled, what it becomes, and that doing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from mockserver import Answer, MockSite
from mockserver.feeds import news_sitemap, rss, sitemap_index
from mockserver.wire import MockWire

from pipeline.store import list_known, read_page
from pipeline.urls import canonicalize, hash_url

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(hours=1), NOW


@pytest.fixture
def site() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


@pytest.fixture
def wire(site: MockSite, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> MockWire:
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    return MockWire(tmp_path, site.url)


def rows(database: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def snapshot(database: str) -> list[tuple[object, ...]]:
    """Every row of the crawler's tables, with what PostgreSQL itself counts as its version (xmin)."""
    tables = ("page", "page_content", "page_body", "fetch", "feed_state")
    return [
        row
        for table in tables
        for row in rows(database, f"SELECT '{table}', xmin::text, t::text FROM copydesk.{table} t ORDER BY 3")
    ]


def test_a_feed_lands_in_the_store_and_again_changes_nothing(site: MockSite, wire: MockWire, database: str) -> None:
    inside, late, old = NOW - timedelta(minutes=30), NOW - timedelta(hours=5), NOW - timedelta(days=9)
    site.paths = {
        "/feed": Answer.xml(
            rss(
                [
                    (f"{site.url}/a?utm_source=rss", inside),
                    (f"{site.url}/a", inside),
                    (f"{site.url}/late", late),
                    (f"{site.url}/undated", None),
                ]
            )
        ),
        "/a": Answer.page("<p>A</p>", ETag='"v1"'),
        "/a?utm_source=rss": Answer.page("<p>A</p>"),
        "/late": Answer.page("<p>late</p>"),
        "/undated": Answer.page("<p>undated</p>"),
    }
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})

    first = wire.crawl("run1", START, END)
    assert first.finish_reason == "finished"
    assert first.outcomes == {"stored": 3, "unchanged": 0, "refused": 0, "quarantined": 0, "failed": 0}
    assert first.balanced and first.scheduled == 3

    before = snapshot(database)
    again = wire.crawl("run1", START, END)
    # What lies in the window is looked at again; the late and the undated one are known by now.
    assert again.outcomes["unchanged"] == again.scheduled == 1
    assert again.recorded["stored"] == 3
    assert snapshot(database) == before
    assert old < START
