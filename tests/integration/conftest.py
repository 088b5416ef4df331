"""What tests share that crawl sample wires; each of their files says with its fixture `network` which."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from copydesk.crawler.sample.background import RunningNetwork
from copydesk.pipeline.core.settings import Settings, load_settings
from tests import fork_server


@pytest.fixture(scope="session", autouse=True)
def stop_fork_server() -> Iterator[None]:
    yield
    fork_server.stop()


@pytest.fixture
def settings(network: RunningNetwork, database: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings by which the network's wires are the sources, and a fresh database is ours."""
    monkeypatch.setenv("COPYDESK_SOURCES", str(network.sources_folder))
    load_settings.cache_clear()
    return load_settings()
