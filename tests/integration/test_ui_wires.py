"""The pages about wires: how they do, their settings, and who copies whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.pipeline.core.configured_sources import load_configured_sources
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.runs.wire_health import HealthState, read_health
from copydesk.pipeline.store.runs import open_run
from copydesk.pipeline.store.states import FailureGrade
from copydesk.pipeline.store.wire_polls import PollFailure, save_poll
from copydesk.pipeline.views.wire_queries import list_copying
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime.now(UTC)
FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
BRIDGE = "Engineers closed the old bridge for repairs that are expected to last until the autumn, they announced. " * 4
HOSTILE = "<script>alert(1)</script>"
SOURCE = """\
name = "{name}"
title = "Wire {name}"
home = "https://{name}.example/"
discovery.feeds = ["https://{name}.example/feed?token=sesame"]
"""


@pytest.fixture
def store(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArticleStore]:
    """Save two stories of the wire north that east has too, half an hour and an hour later; north's polls fail."""
    for name in ("north", "east", "west"):
        (tmp_path / f"{name}.toml").write_text(SOURCE.format(name=name))
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    load_settings.cache_clear()
    with ArticleStore.open(database) as store:
        start = NOW - timedelta(hours=5)
        ids = store.insert(
            [Document("f", "Ferry sails", FERRY, start), Document("b", "Bridge shut", BRIDGE, start)], "north"
        )
        late = [
            Document("f2", "Ferry sails", FERRY, start + timedelta(minutes=30)),
            Document("b2", "Bridge shut", BRIDGE, start + timedelta(hours=1)),
        ]
        store.process(ids + store.insert(late, "east"))
        run_key = open_run(
            store.connection, "newswire", "x", kind="scheduled", mode="auto", window=None, wires=["north"]
        )
        for _ in range(2):
            save_poll(store.connection, "north", run_key, NOW, PollFailure(FailureGrade.HARD, HOSTILE))
        store.connection.commit()
        yield store


def test_matrix_counts_stories_and_the_median_delay(store: ArticleStore) -> None:
    with read_transaction(load_settings()) as connection:
        (found,) = list_copying(connection, NOW - timedelta(days=7), 100)
        assert (found.source, found.outlet, found.stories, found.median_seconds) == ("north", "east", 2, 45 * 60)
        assert list_copying(connection, NOW, 100) == []


def test_wire_with_a_good_poll_before_the_latest_runs_is_ok(store: ArticleStore) -> None:
    run_key = open_run(store.connection, "newswire", "y", kind="scheduled", mode="auto", window=None, wires=["west"])
    save_poll(store.connection, "west", run_key, NOW, None)
    sources = load_configured_sources(load_settings()).sources.values()
    states = {name: one.state for name, one in read_health(store.connection, sources, NOW, max_runs=0).items()}
    assert states == {
        "north": HealthState.FAILING, "east": HealthState.NEVER_CRAWLED, "west": HealthState.OK,
    }  # fmt: skip


def test_wires_with_problems_come_first(store: ArticleStore, tmp_path: Path) -> None:
    wires, north, west, absent = request_pages(
        tmp_path, "/wires", "/wire?name=north", "/wire?name=west", "/wire?name=south"
    )
    assert [one[0] for one in (wires, north, west, absent)] == [200, 200, 200, 404]
    order = [wires[2].index(f'<a href="wire?name={name}">') for name in ("north", "east", "west")]
    assert order == sorted(order)
    for one in (wires, north):
        assert HOSTILE not in one[2]
        assert "&lt;script&gt;alert(1)" in one[2]
    assert "<b>2</b><br><span>+0:45</span>" in wires[2]
    assert "https://wire.example/f2" not in north[2]
    assert "https://wire.example/f" in north[2]
    assert "https://north.example/feed?token=***" in north[2]
    assert "1 s between requests, 2 at a time" in north[2]
    assert "No pages yet." in west[2]
