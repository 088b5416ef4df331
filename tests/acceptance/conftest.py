"""Share one Airflow, and the sample wires that it crawls, among the acceptance tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from copydesk.dags.commands.demo import run_and_backfill
from copydesk.dags.deploy.airflow_client import AirflowClient


@dataclass(frozen=True)
class Installation:
    """A data folder and ports of its own, and the command line in them."""

    home: Path
    env: dict[str, str]

    def run(self, *arguments: str, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Run ``copydesk``; its output is shown if a test fails."""
        done = subprocess.run(
            [sys.executable, "-m", "copydesk.pipeline.cli.main", *arguments],
            env=self.env, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        print(f"$ copydesk {' '.join(arguments)} -> {done.returncode}\n{done.stdout}\n{done.stderr[-3000:]}")
        return done

    def processes(self) -> list[psutil.Process]:
        """Return all running processes that were started in this data folder."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("COPYDESK_HOME", "").startswith(str(self.home))
                mine = mine or any(str(self.home) in part for part in (process.cwd(), *process.cmdline()))
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found


LEFT_OUT = ("hfd", "rheinblatt", "alpenkurier", "sudpress", "costadiario", "mareas", "clairvoie", "deuxrives")
"""Sample wires in other languages than English."""


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    # `make demo` crawls all sample wires; half of them show as much here, with half of the tasks.
    with open_installation(COPYDESK_WIRES__DISABLED=",".join(LEFT_OUT)) as found:
        yield found


@contextmanager
def open_installation(**variables: str) -> Iterator[Installation]:
    """Yield an installation with additional environment variables; everything it runs is stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="copydesk-desk-"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COPYDESK_", "AIRFLOW"))}
    ui, sample, *_ = find_free_ports(20)
    env |= {"COPYDESK_HOME": str(folder), "COPYDESK_UI_PORT": str(ui), "COPYDESK_SAMPLE_PORT": str(sample)}
    found = Installation(folder, env | variables)
    yield found
    found.run("down", seconds=120)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def airflow(installation: Installation) -> Iterator[AirflowClient]:
    """Start Airflow with the sample wires; yield its REST client."""
    assert installation.run("up", "--sample").returncode == 0
    kept = json.loads((installation.home / "airflow" / "secrets.json").read_text())
    with AirflowClient(f"http://localhost:{installation.env['COPYDESK_UI_PORT']}", "admin", kept["password"]) as rest:
        yield rest
    assert installation.run("down").returncode == 0
    assert [process.cmdline() for process in installation.processes()] == []


@pytest.fixture(scope="session")
def first_runs(airflow: AirflowClient) -> dict[str, str]:
    """Return the states of the first scheduled run and of a backfilled run of the hour before, both ended."""
    return run_and_backfill(airflow, hours=1)


def wait_until(ready: Callable[[], bool], seconds: float) -> None:
    """Wait until the condition is true; Airflow offers no event to wait for."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.5)


def find_free_ports(count: int) -> list[int]:
    """Return consecutive free ports on loopback."""
    for first in range(21000 + os.getpid() % 5000, 60000, count + 7):
        taken = False
        for port in range(first, first + count):
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    taken = True
                    break
        if not taken:
            return list(range(first, first + count))
    raise AssertionError("no free ports")
