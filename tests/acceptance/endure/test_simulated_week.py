"""Seven days of five wires with corrections, kills and faults: every version once, at most 1.15 requests for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.settings import load_settings
from tests.database_clock import DatabaseClock
from tests.sample_network import running_network
from tests.simulated_days import HOUR, SimulatedDays, set_politeness

pytestmark = [pytest.mark.endure, pytest.mark.timeout(3 * 3600)]

START = datetime(2026, 3, 2, tzinfo=UTC)
WIRES = ("northgate", "meridian", "harborpost", "southtide", "sudpress")
STEP = 2 * HOUR
DELAY = 0.05
"""Seconds between two requests to a host."""


def test_week_with_revisits_corrections_kills_and_faults(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_network(Network(seed=2, per_day=1000), now=START) as network:
        for path in network.sources_folder.glob("*.toml"):
            if path.stem not in WIRES:
                path.unlink()
        set_politeness(network.sources_folder, DELAY)
        monkeypatch.setenv("COPYDESK_SOURCES", str(network.sources_folder))
        load_settings.cache_clear()
        days = SimulatedDays(load_settings(), network, DatabaseClock.install(database), WIRES, START)
        now, gone = START, ""
        while now < START + timedelta(days=7):
            now += STEP
            hours = (now - START) // HOUR
            if hours % 48 == 10:
                network.inject_fault(WIRES[hours // 48 % len(WIRES)], "429", retry_after=7200, times=1)
            if hours % 36 == 20:
                network.inject_fault(WIRES[hours // 36 % len(WIRES)], "503", times=3)
            if hours % 24 == 2:
                network.inject_fault(WIRES[hours // 24 % len(WIRES)], "drip", times=1)
            if not gone and hours > 24 and (carriers := days.list_carriers_of_kills(now - STEP)):
                gone = min(carriers)
                wire = next(wire for wire, origin in network.origins.items() if gone.startswith(f"{origin}/"))
                network.inject_fault(wire, "410", path=gone.removeprefix(network.origins[wire]))
            days.poll(now)
            missing = set(days.list_carriers_of_kills(now)) - days.list_outdated("killed") - {gone}
            assert missing == set(), now
            if hours % 24 == 0:
                requests, versions = days.count_requests(), days.count_versions()
                print(f"day {hours // 24}: {requests} requests for {versions} versions, {requests / versions:.3f}")
                assert days.list_wrong_versions(now) == []
                assert days.list_impolite(DELAY) == []
        assert requests <= 1.15 * versions
        assert gone not in days.list_outdated("killed")
