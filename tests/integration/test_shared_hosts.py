"""Wires that share a host with their feeds and pages: only one crawl at a time sends requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from scrapy.crawler import Crawler

from copydesk.crawler.accounting.outcomes import RequestLeftBehind
from copydesk.crawler.crawl_job import CrawlJob
from copydesk.crawler.crawl_session import CrawlClock, CrawlSession
from copydesk.crawler.downloader import host_leases
from copydesk.crawler.downloader.host_leases import HostLeases
from copydesk.crawler.scrapy_settings import make_settings
from copydesk.crawler.spiders.wire import WireSpider
from copydesk.crawler.store_client import StoreClient
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db.locks import host_lock
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import fetch_rows
from tests.mockserver.wire import MockWire
from tests.run_keys import DAG_ID

NAMES = ("north", "south")
PAGES = 5
DELAY = 0.1
END = datetime.now(UTC).replace(microsecond=0)
START = END - timedelta(hours=1)


@pytest.fixture
def cdn() -> Iterator[MockSite]:
    """Yield a host that has the feeds and the pages of two wires."""
    with MockSite() as site:
        for name in NAMES:
            paths = [f"/{name}/{number}" for number in range(PAGES)]
            site.paths |= {path: MockResponse.page(f"<html><p>{path}</p></html>") for path in paths}
            feed = rss([(site.url + path, END - timedelta(minutes=5)) for path in paths])
            site.paths[f"/{name}.xml"] = MockResponse.xml(feed)
        yield site


@pytest.fixture
def wires(cdn: MockSite, tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> list[MockWire]:
    """Return two wires with home pages on hosts of their own; nothing is fetched from these."""
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    found = [MockWire(tmp_path, f"http://127.0.0.1:{9 + place}/", name) for place, name in enumerate(NAMES)]
    for wire in found:
        politeness = {"delay": DELAY, "concurrency": 1}
        wire.write(discovery={"feeds": [f"{cdn.url}/{wire.name}.xml"]}, politeness=politeness)
    return found


def test_crawls_at_once_send_requests_to_a_shared_host_one_after_the_other(
    cdn: MockSite, wires: list[MockWire], database: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        crawls = [pool.submit(wire.make_process(wire.name, START, END).run, print) for wire in wires]
        stats = [crawl.result(120) for crawl in crawls]
    assert [one.outcomes["stored"] for one in stats] == [PAGES, PAGES]
    assert sum(seen.path == "/robots.txt" for seen in cdn.requests) == 1
    assert [b.at - a.at for a, b in pairwise(cdn.requests) if b.at - a.at < DELAY] == []
    assert fetch_rows(database, "SELECT host FROM copydesk.host_lease") == []


def test_crawl_leaves_requests_to_a_host_that_stays_in_use(
    cdn: MockSite, wires: list[MockWire], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_leases, "WAIT_SECONDS", 0.3)
    settings, netloc = load_settings(), f"127.0.0.1:{cdn.port}"
    source = read_source(wires[0].folder / "north.toml")

    async def request() -> None:
        store = StoreClient(settings)
        job = CrawlJob(source, DAG_ID, "run", Window(START, END), WireStrategy.LIVE)
        session = CrawlSession(job, store, CrawlClock(END), settings)
        crawler = Crawler(WireSpider, make_settings(session, settings, 0, 0))
        leases = HostLeases(session, crawler)
        async with leases.use(source.host):
            pass  # the home host is locked for the whole crawl, elsewhere
        for _ in range(2):
            with pytest.raises(RequestLeftBehind, match="host in use"):
                async with leases.use(netloc):
                    pytest.fail("two crawls used one host")
        store.close()

    with host_lock(settings, netloc):
        asyncio.run(request())


def test_host_is_free_if_the_request_is_cancelled_while_it_frees_it(
    wires: list[MockWire], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, source = load_settings(), read_source(wires[0].folder / "north.toml")

    class CancelledLimits:
        async def release(self, _: str) -> None:
            raise asyncio.CancelledError

    monkeypatch.setattr(host_leases, "get_extension_or_raise", lambda *_: CancelledLimits())

    async def request() -> None:
        store = StoreClient(settings)
        job = CrawlJob(source, DAG_ID, "run", Window(START, END), WireStrategy.LIVE)
        session = CrawlSession(job, store, CrawlClock(END), settings)
        leases = HostLeases(session, Crawler(WireSpider, make_settings(session, settings, 0, 0)))
        with pytest.raises(asyncio.CancelledError):
            async with leases.use("cdn.example"):
                assert fetch_rows(database, "SELECT host FROM copydesk.host_lease") == [("cdn.example",)]
        store.close()

    asyncio.run(request())
    assert fetch_rows(database, "SELECT host FROM copydesk.host_lease") == []
