"""A crawl of the whole sample network: every URL of a day has one outcome, and a rerun changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
from copydesk.crawler.accounting.crawl_stats import CrawlStats
from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.urls import canonicalize, hash_url
from tests.fork_server import run_spider
from tests.mockserver.fixtures import snapshot_tables
from tests.run_keys import DAG_ID
from tests.sample_network import RunningNetwork, running_network

DAY = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningNetwork]:
    with running_network(Network(seed=7, per_day=100), now=DAY + timedelta(days=1)) as network:
        monkeypatch.setenv("COPYDESK_SOURCES", str(network.sources_folder))
        yield network


def crawl_all(sources: dict[str, Source], run_id: str) -> dict[str, CrawlStats]:
    """Crawl all wires: from the archive if they have one, or else from their feeds."""
    return {
        name: run_spider(
            name,
            DAG_ID,
            run_id,
            DAY,
            DAY + timedelta(days=1),
            strategy=WireStrategy.ARCHIVE if one.discovery.archive else WireStrategy.LIVE,
            progress_seconds=0,
        )
        for name, one in sources.items()
    }


def test_every_url_has_one_outcome_and_rerun_changes_nothing(network: RunningNetwork, database: str) -> None:
    sources = read_sources([network.sources_folder])
    assert len(sources) >= 12
    stats = crawl_all(sources, "day")
    for name, one in stats.items():
        assert raise_for_crawl_result(one, sources[name]) == []
        assert one.is_balanced
        assert one.outcomes["stored"] == one.scheduled > 0
        assert one.recorded == one.outcomes

    with psycopg.connect(database) as connection:
        stored = {bytes(row[0]) for row in connection.execute("SELECT url_key FROM copydesk.page")}
    archived = {name for name, source in sources.items() if source.discovery.archive}
    true = {
        hash_url(canonicalize(article.url, sources[article.wire].identity))
        for article in network.truth(DAY, DAY + timedelta(days=1))
        if article.wire in archived
    }
    assert len(true) > 50
    assert true <= stored

    before = snapshot_tables(database)
    again = crawl_all(sources, "day")
    assert sum(one.outcomes["unchanged"] for one in again.values()) == sum(one.scheduled for one in again.values()) > 50
    assert snapshot_tables(database) == before
