"""Hours of three wires with corrections, kills and faults: every version once, few requests, no host disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.settings import Settings
from tests.database_clock import DatabaseClock
from tests.sample_network import RunningNetwork, running_network
from tests.simulated_days import HOUR, SimulatedDays, set_politeness

START = datetime(2026, 3, 3, 8, tzinfo=UTC)
WIRES = ("northgate", "harborpost", "southtide")
DELAY = 0.05


@pytest.fixture
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=2, per_day=1000), now=START) as running:
        set_politeness(running.sources_folder, DELAY)
        yield running


def test_hours_with_corrections_kills_and_faults(settings: Settings, network: RunningNetwork, database: str) -> None:
    days = SimulatedDays(settings, network, DatabaseClock.install(database), WIRES, START)
    for hour in range(1, 8):
        if hour == 3:
            network.inject_fault("harborpost", "429", retry_after=7200, times=1)
        if hour == 5:
            network.inject_fault("northgate", "503", times=3)
        days.poll(START + hour * HOUR)
    assert days.list_wrong_versions(days.polls[-1]) == []
    print(f"{days.count_requests()} requests for {days.count_versions()} versions")
    assert days.list_impolite(DELAY) == []
    carriers = days.list_carriers_of_kills(days.polls[-1])
    assert carriers
    assert set(carriers) - days.list_outdated("killed") == set()
    done = CliRunner().invoke(make_app(), ["stories", "--outdated", "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["url"].split("?")[0] for row in rows if row["reason"] == "killed"} >= set(carriers)
    assert all(row["shown_at"] < row["outdated_since"] <= days.polls[-1].isoformat() for row in rows)
