"""Daemons: found again by pid file, stopped with all their children, never mistaken for other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from copydesk.pipeline.core.running_up import make_pid_record
from copydesk.pipeline.process.daemon import Daemon

STUBBORN = """
import os, signal, subprocess, sys, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
signal.pause()
"""


def start(folder: Path, code: str) -> Daemon:
    daemon = Daemon("one", folder)
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    assert daemon.start([sys.executable, "-c", code, str(pipe)], os.environ)
    (folder / "child").write_text(pipe.read_text())  # opens once the process has written: an event, not a sleep
    return daemon


def test_stop_kills_process_that_ignores_signals_and_its_child(tmp_path: Path) -> None:
    daemon = start(tmp_path, STUBBORN)
    process, child = daemon.find_process(), psutil.Process(int((tmp_path / "child").read_text()))
    assert process is not None
    assert daemon.stop(timeout_seconds=0.2) is True
    assert not process.is_running()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert daemon.find_process() is None


def test_running_daemon_is_not_started_again(tmp_path: Path) -> None:
    daemon = start(tmp_path, "import sys, signal, pathlib; pathlib.Path(sys.argv[1]).write_text('1'); signal.pause()")
    assert daemon.start([sys.executable, "-c", "raise SystemExit"], os.environ) is False
    assert daemon.stop() is True
    assert daemon.stop() is False


def test_reused_pid_is_not_taken_for_the_daemon(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        (tmp_path / "one.pid").write_text(json.dumps({"pid": other.pid, "created": 1.0}))
        daemon = Daemon("one", tmp_path)
        assert daemon.find_process() is None
        assert daemon.stop() is False
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_daemon_is_found_after_the_clock_was_set(tmp_path: Path) -> None:
    daemon = start(tmp_path, "import sys, signal, pathlib; pathlib.Path(sys.argv[1]).write_text('1'); signal.pause()")
    pid_file = tmp_path / "one.pid"
    recorded = json.loads(pid_file.read_text())
    pid_file.write_text(json.dumps({**recorded, "created": recorded["created"] - 3600}))
    assert daemon.find_process() is not None
    assert daemon.stop() is True


def test_pid_of_an_earlier_boot_is_not_taken_for_the_daemon(tmp_path: Path) -> None:
    (tmp_path / "one.pid").write_text(json.dumps({**make_pid_record(os.getpid()), "boot": "an earlier one"}))
    assert Daemon("one", tmp_path).find_process() is None


def test_pid_file_without_ticks_is_compared_by_the_time_of_day(tmp_path: Path) -> None:
    record = {**make_pid_record(os.getpid()), "tick": None}
    (tmp_path / "one.pid").write_text(json.dumps(record))
    assert Daemon("one", tmp_path).find_process() is not None
    (tmp_path / "one.pid").write_text(json.dumps({**record, "created": record["created"] - 3600}))
    assert Daemon("one", tmp_path).find_process() is None
