"""A wire changes its layout: its articles are still stored, and it is reported until a rule matches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.db import connect, transaction
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.report import report_run
from copydesk.pipeline.runs.stages import fold_run, match_run, record_crawl_counts, sign_run
from tests.fork_server import clean_wire, run_spider
from tests.run_keys import DAG_ID
from tests.sample_network import RunningNetwork, running_network

START = datetime(2026, 3, 3, tzinfo=UTC)
HOURS = timedelta(hours=3)
WIRE = "meridian"


@pytest.fixture
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=7, per_day=600), now=START + timedelta(days=1)) as running:
        yield running


def process_hours(settings: Settings, at: int) -> dict[str, str]:
    """Crawl and clean the day's ``at``-th three hours; return the changed layouts that the report lists."""
    sources = read_sources(settings.source_folders)
    run_id, window = f"run {at}", Window(START + at * HOURS, START + (at + 1) * HOURS)
    with transaction(settings) as connection:
        run_key = plan_run(
            connection, sources, dag_id=DAG_ID, run_id=run_id, kind="backfill", window=window, wires=[WIRE],
            now=window.end,
        ).run_key  # fmt: skip
    stats = run_spider(
        WIRE, DAG_ID, run_id, window.start, window.end, strategy=WireStrategy.ARCHIVE, progress_seconds=0
    )
    record_crawl_counts(settings, run_key, WIRE, stats.total_scheduled)
    clean_wire(settings, run_key, "archive", sources[WIRE])
    sign_run(settings, run_key, Profile())
    match_run(settings, run_key, Profile())
    fold_run(settings, run_key, Profile())
    summary = report_run(settings, run_key, Profile()).summary
    assert summary["articles"] >= 5
    changed: dict[str, str] = summary["changed_layouts"]
    return changed


def list_states() -> dict[str, str]:
    """Return the column ``state`` of ``copydesk wires``."""
    lines = CliRunner().invoke(make_app(), ["wires", "--json"]).output.splitlines()
    return {row["name"]: row["state"] for row in map(json.loads, lines)}


def test_changed_layout_is_reported_until_a_rule_matches(settings: Settings, network: RunningNetwork) -> None:
    assert process_hours(settings, 2) == {}
    assert list_states()[WIRE] == "ok"

    network.inject_fault(WIRE, "layout")
    changed = process_hours(settings, 3)
    assert changed[WIRE].startswith("layout changed since 2026-03-03 09:00")
    assert list_states() == {
        name: f"layout changed since {START + 3 * HOURS:%Y-%m-%d %H:%M}" if name == WIRE
        else "ok" if source.page else "no page rules"
        for name, source in read_sources(settings.source_folders).items()
    }  # fmt: skip
    assert "layout changed since" in CliRunner().invoke(make_app(), ["wires"]).output
    with connect(settings) as connection:
        vias: dict[bool, int] = dict(
            connection.execute("SELECT via LIKE 'rule:%', count(*) FROM copydesk.page_result GROUP BY 1").fetchall()
        )
    assert vias[True] >= 5
    assert vias[False] >= 5

    network.clear_faults(WIRE)
    assert process_hours(settings, 4) == {}
    assert list_states()[WIRE] == "ok"
