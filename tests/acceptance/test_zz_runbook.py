"""Every command of the runbook runs, on the sample's wires and days."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dags.rest import Rest
from tests.acceptance.conftest import Desk, wait

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parents[2]


def list_commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_runs_in_its_order(up: Rest, desk: Desk) -> None:
    commands = list_commands()
    assert len(commands) >= 10
    day = datetime.now(UTC).date() - timedelta(days=1)
    for command in commands:
        line = command.replace("menafn", "northgate").replace("2026-03-01", str(day))
        line = line.replace("2026-03-02", str(day + timedelta(days=1)))
        line = re.sub(r"^copydesk", f"{sys.executable} -m pipeline.cli.main", line)
        env = {**desk.env, "COPYDESK_SOURCES": str(desk.home / "sample" / "sources"), "PYTHONPATH": str(ROOT)}
        if "up" in command.split() or "doctor" in command.split():
            # What was started above has to end first: a run in the middle of its work is no fault, but looks like one.
            wait(lambda: not list_open(up), 600)
        done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, (line, done.stdout[-2000:], done.stderr[-2000:])
        print(f"$ {line}\n{done.stdout[-600:]}")
    states = [run["state"] for run in up.get("dags/newswire/dagRuns", limit=100)["dag_runs"]]
    assert states.count("success") >= 6
    assert "failed" not in states


def list_open(up: Rest) -> list[str]:
    """Runs at work; one of `reprocess` that waits for a person is none."""
    runs = up.get("dags/newswire/dagRuns", limit=100)["dag_runs"]
    return [run["dag_run_id"] for run in runs if run["state"] in {"queued", "running"}]
