"""Fixtures of tests with a database. Files with tests that crawl sample wires define the fixture `network`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copydesk.pipeline.core.settings import Settings, load_settings
from tests import airflow_process, fork_server
from tests.article_store import ArticleStore
from tests.sample_network import RunningNetwork


@pytest.fixture(scope="session", autouse=True)
def stop_fork_servers() -> Iterator[None]:
    yield
    fork_server.stop()
    airflow_process.stop()


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    """Yield the articles of a new database."""
    with ArticleStore.open(database) as found:
        yield found


@pytest.fixture
def settings(network: RunningNetwork, database: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings with the network's wires as sources and a new database."""
    monkeypatch.setenv("COPYDESK_SOURCES", str(network.sources_folder))
    load_settings.cache_clear()
    return load_settings()
