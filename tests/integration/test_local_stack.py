"""`copydesk up` and `down`: one at a time, and nothing starts before all obstacles are checked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from copydesk.dags.deploy import launch_record, local_stack
from copydesk.pipeline.core.errors import Permanent, PortBusy
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import embedded
from copydesk.pipeline.process.daemon import Daemon

PAUSE = [sys.executable, "-c", "import signal; signal.pause()"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", ui_port=find_port(), sample_port=find_port())


@pytest.fixture
def airflow(settings: Settings) -> Iterator[Daemon]:
    """Yield a process in place of a part of Airflow, as `up` leaves it without the sample wires."""
    (settings.home / "run").mkdir(parents=True)
    launch_record.save_launch_record(settings, sample=False)
    daemon = local_stack.make_daemons(settings)["scheduler"]
    daemon.start(PAUSE, os.environ)
    yield daemon
    daemon.stop(timeout_seconds=1)


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_concurrent_callers_start_one_process(tmp_path: Path) -> None:
    daemon = Daemon("one", tmp_path / "run")
    gate = threading.Barrier(6)

    def start(_: int) -> bool:
        gate.wait()
        return daemon.start(PAUSE, {**os.environ, "MARK": str(tmp_path)})

    before = {child.pid for child in psutil.Process().children()}
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(start, range(6)))
    assert started.count(True) == 1
    assert daemon.stop(timeout_seconds=1) is True
    running = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert {child.pid for child in running} <= before


def test_second_command_reports_that_it_waits(settings: Settings) -> None:
    with local_stack.exclusive_lock(settings):
        second = subprocess.Popen(
            [sys.executable, "-m", "copydesk.pipeline.cli.main", "down"],
            env={**os.environ, "COPYDESK_HOME": str(settings.home)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert second.stderr is not None
        assert "Waiting for another `copydesk`" in second.stderr.readline()
        assert second.poll() is None
    assert second.communicate(timeout=30)[0] == "Nothing was running.\n"
    assert second.returncode == 0


@pytest.mark.parametrize("busy", ["ui_port", "sample_port"])
def test_busy_port_prevents_any_start(settings: Settings, busy: str) -> None:
    with (
        socket.create_server(("127.0.0.1", getattr(settings, busy))),
        pytest.raises(PortBusy, match=f"COPYDESK_{busy.upper()}"),
    ):
        local_stack.start_all(settings, sample=True)
    assert embedded.find_pid(embedded.locate_server(settings)) is None
    assert local_stack.stop_all(settings) == []


@pytest.mark.parametrize(
    ("changes", "sample", "message"),
    [
        ({}, True, r"^Airflow is already running, without the sample wires\. Run `copydesk down` first\.$"),
        ({"ui_port": 1}, False, "with COPYDESK_UI_PORT="),
        ({"sources": (Path("/wires"),)}, False, "without COPYDESK_SOURCES."),
        ({"database_url": "postgresql://desk:hunter2@db/desk"}, False, "with a different COPYDESK_DATABASE_URL."),
        ({"notifier": "channel.Notifier"}, False, "without COPYDESK_NOTIFIER."),
        ({"notifier_arguments": {"token": "hunter2"}}, False, "with a different COPYDESK_NOTIFIER_ARGUMENTS."),
        ({"keep_page_days": 7}, False, "without COPYDESK_KEEP_PAGE_DAYS."),
    ],
)
def test_up_fails_if_running_with_other_settings(
    settings: Settings, airflow: Daemon, changes: dict[str, object], sample: bool, message: str
) -> None:
    other = Settings(**(settings.model_dump() | changes))
    with pytest.raises(Permanent, match=message) as raised:
        local_stack.start_all(other, sample=sample)
    assert raised.value.exit_code == 2
    assert "hunter2" not in str(raised.value)
    assert airflow.find_process() is not None
    assert embedded.find_pid(embedded.locate_server(settings)) is None


def test_up_accepts_the_same_settings(settings: Settings, airflow: Daemon) -> None:
    launch_record.assert_same_launch(Settings(**settings.model_dump()), sample=False)
