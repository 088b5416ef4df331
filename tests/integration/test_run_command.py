"""`copydesk run`: crawls, cleans and folds sample wires once, without Airflow."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from copydesk.crawler.sample.network import Network
from copydesk.pipeline.core.settings import Settings
from tests.airflow_process import run_command
from tests.sample_network import RunningNetwork, running_network

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(hours=4)
"""As a time of its own: `4h` before the command is later than before the network's clock, which stands still."""
DEAD_WIRE = """\
name = "dead"
title = "Dead"
home = "http://127.0.0.1:9/"
allow_private = true
discovery.feeds = ["http://127.0.0.1:9/feed"]
"""


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(Network(seed=7, per_day=400), now=NOW) as network:
        yield network


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("run", *arguments)


def test_run_prints_stories_and_records_run(network: RunningNetwork, settings: Settings, database: str) -> None:
    wires = ["meridian", "harborpost", "dead"]
    (network.sources_folder / "dead.toml").write_text(DEAD_WIRE)
    done = run(*wires, "--since", SINCE.isoformat(), "--json")
    assert done.returncode == 0, done.stderr
    assert "dead: failed: " in done.stderr
    assert "3 wires, " in done.stderr
    stories = [json.loads(line) for line in done.stdout.splitlines()]
    published = [t for t in network.truth(SINCE, NOW, now=NOW) if t.wire in wires]
    killed = {t.story for t in published if t.notice == "kill"}  # they are not listed
    assert len(stories) >= len({t.story for t in published} - killed) > 2
    with psycopg.connect(database) as connection:
        (row,) = connection.execute("SELECT dag_id, kind, state, articles, stories FROM copydesk.v_runs").fetchall()
        assert row[:3] == ("cli", "cli", "done")
        assert row[4] == len(stories)
        stored = {url for (url,) in connection.execute("SELECT url FROM copydesk.v_articles")}
    assert {t.url for t in published if t.notice != "kill"} <= stored

    again = run(*wires[:2], "--since", SINCE.isoformat())
    assert again.returncode == 0, again.stderr
    assert "2 wires, 0 new articles, " in again.stdout


def test_run_fails_if_every_wire_does(network: RunningNetwork, settings: Settings) -> None:
    (network.sources_folder / "dead.toml").write_text(DEAD_WIRE)
    done = run("dead")
    assert done.returncode == 2
    assert "Every wire of the run failed" in done.stderr
    assert "1 wire, 0 new articles, " in done.stdout


def test_unknown_wire_is_an_error(settings: Settings) -> None:
    done = run("meridan")
    assert done.returncode == 66
    assert "No wire named 'meridan'. Did you mean meridian?" in done.stderr


def test_run_without_an_enabled_wire_names_the_remedy(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dead.toml").write_text(f"enabled = false\n{DEAD_WIRE}")
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    done = run()
    assert done.returncode == 2
    assert "There is nothing to run. Enable wires of the catalogue with `copydesk wires enable`" in done.stderr
