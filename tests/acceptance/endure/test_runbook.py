"""Every command of the runbook runs on the sample's wires and days."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.conftest import Installation, wait_until
from tests.acceptance.endure.installation_driver import ENDED, RUNS, InstallationDriver

pytestmark = [pytest.mark.endure, pytest.mark.timeout(1200)]

ROOT = Path(__file__).resolve().parents[3]
DAY = (datetime.now(UTC) - timedelta(days=6)).replace(hour=0, minute=0, second=0, microsecond=0)
"""Its first six hours are backfilled; no other test touches them."""


EXPECTED_OUTPUT = [
    (r"backfill .*--dry-run$", rf"would have 6 runs, starting from {DAY:%Y-%m-%d} 00:00 to {DAY:%Y-%m-%d} 05:00\."),
    (r"--mode stored --dry-run$", r"a backfill of northgate would have"),
    (r"wires check menafn --since", r"lists [1-9]\d* pages? of .* 00:00 to .* 06:00:(?s:.*)northgate can be crawled"),
    (r"wires check --since", r"(?s)\bnorthgate +archive +[1-9].*\bpressline +none +0.*wires list [1-9]\d* pages\.$"),
    (r"wires check menafn$", r"northgate can be crawled\.$"),
    (r"backfills list$", rf"(?m)^ *ID +running +{DAY:%Y-%m-%d}T00:00 +{DAY:%Y-%m-%d}T05:00"),
    (r"backfills pause", r"^Backfill ID is paused"),
    (r"backfills unpause", r"^Backfill ID is resumed"),
    (r"backfills cancel", r"^Backfill ID is cancelled"),
    (r"quarantine list$", r"^(No pages in quarantine\.|id +since +wire +reason)"),
    (r"quarantine list --json$", r"^($|\{.*\"reason\": )"),
    (r"quarantine replay", r"Replayed \d+ pages?: \d+ recovered"),
    (r"doctor$", r"(?s)^ok     data folder .*ok     invariants "),
]
"""Expected output by command pattern; ID is the backfill's."""


def list_commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def substitute_example_values(command: str, number: int) -> str:
    """Replace the example wire, day and backfill of a command with existing ones."""
    line = command.replace("menafn", "northgate").replace("2026-03-01", f"{DAY:%Y-%m-%d}")
    line = line.replace("2026-03-02", f"{DAY + timedelta(days=1):%Y-%m-%d}")
    line = re.sub(r"^(copydesk backfills \w+) 1$", rf"\1 {number}", line)
    line = re.sub(r"^copydesk up$", "copydesk up --sample", line)
    return re.sub(r"^copydesk", f"{sys.executable} -m copydesk.pipeline.cli.main", line)


def check_output(command: str, printed: str, number: int) -> None:
    """Check the output of a command; commands that only read must have a pattern."""
    patterns = [expected for pattern_of_command, expected in EXPECTED_OUTPUT if re.search(pattern_of_command, command)]
    assert patterns or not re.search(r"--dry-run| check\b| list\b", command), command
    for pattern in patterns:
        assert re.search(pattern.replace("ID", str(number)), printed.strip()), (command, pattern, printed)


def is_busy(driver: InstallationDriver) -> bool:
    """Return whether a run or a backfill is in progress; a `reprocess` run that waits for approval does not count."""
    runs = driver.rest.get(RUNS, limit=100)["dag_runs"]
    backfills = driver.rest.get("backfills", dag_id="newswire", limit=100)["backfills"]
    return any(run["state"] not in ENDED for run in runs) or any(not one["completed_at"] for one in backfills)


def test_runbook_commands_succeed_in_order(driver: InstallationDriver, installation: Installation) -> None:
    commands = list_commands()
    assert len(commands) >= 15
    env = {
        **installation.env,
        "COPYDESK_SOURCES": str(installation.home / "sample" / "sources"),
        "PYTHONPATH": str(ROOT),
    }
    driver.await_quiet()
    number = 0
    for command in commands:
        begins = "copydesk backfill " in command and "--dry-run" not in command
        if begins or {"up", "doctor"} & set(command.split()):
            # Earlier runs have to end: one backfill at a time, and `doctor` reports an unfinished run.
            wait_until(lambda: not is_busy(driver), 600)
        if begins and not number:  # the first backfill has to exist until it is cancelled
            driver.inject_fault("northgate", "hang", times=3)
        line = substitute_example_values(command, number)
        done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, (line, done.stdout[-2000:], done.stderr[-2000:])
        print(f"$ {line}\n{done.stdout[-600:]}")
        check_output(command, done.stdout, number)
        if begins and not number:
            (found,) = driver.rest.get("backfills", dag_id="newswire", order_by="-id", limit=1)["backfills"]
            number = found["id"]
        if "backfills cancel" in command:
            driver.clear_faults("northgate")
    runs = driver.list_runs(DAY, 6)
    assert [run["state"] for run in runs] == ["success"] * 6
