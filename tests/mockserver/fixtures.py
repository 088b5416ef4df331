"""Fixtures and helpers of the crawler's tests: a mock site, a wire on it, and access to the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from copydesk.crawler.accounting.crawl_stats import CrawlStats
from tests.mockserver.site import MockSite
from tests.mockserver.wire import MockWire
from tests.run_keys import run_key_for


@pytest.fixture(name="site")
def make_site() -> Iterator[MockSite]:
    with MockSite() as site:
        yield site


@pytest.fixture(name="wire")
def make_wire(site: MockSite, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> MockWire:
    """Return a wire with the mock site as its home; its file is the only source."""
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    return MockWire(tmp_path, site.url)


def fetch_rows(database: str, query: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def read_outcomes(database: str, base: str, run_id: str = "run") -> dict[str, tuple[str, str]]:
    """Return outcome and reason of every URL of a run, by path."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT url, outcome, reason FROM copydesk.fetch WHERE run_key = %s", (run_key_for(run_id),)
        )
        return {url.removeprefix(base): (outcome, reason) for url, outcome, reason in rows}


def get_feed_errors(stats: CrawlStats) -> dict[str, str]:
    """Return the errors of the feeds that could not be read, by URL."""
    return {feed.url: feed.error for feed in stats.feeds if feed.error}


def snapshot_tables(database: str) -> list[tuple[Any, ...]]:
    """Return every row of the crawler's tables with its ``xmin``; a row that was rewritten differs."""
    tables = ("page", "page_content", "page_body", "fetch", "feed_state")
    with psycopg.connect(database) as connection:
        return [
            row
            for table in tables
            for row in connection.execute(
                psycopg.sql.SQL("SELECT {}, xmin::text, t::text FROM copydesk.{} AS t ORDER BY 3").format(
                    table, psycopg.sql.Identifier(table)
                )
            ).fetchall()
        ]
