"""Long-running processes of our own: each in a session of its own, found again by a pid file, ended with all it
started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.core.file_lock import file_lock


@dataclass(frozen=True, slots=True)
class Daemon:
    """One process: its name, and the folder that holds its pid file and log."""

    name: str
    folder: Path

    @property
    def log_path(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def find_process(self) -> psutil.Process | None:
        """The process, if it runs; a number that another program has got since is not taken for it."""
        try:
            noted = json.loads(self._pid_file.read_text())
            process = psutil.Process(noted["pid"])
            same = abs(process.create_time() - noted["created"]) < 1.0
        except (OSError, ValueError, KeyError, psutil.Error):
            return None
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None

    def start(self, command: Sequence[str], env: Mapping[str, str]) -> bool:
        """Start it unless it runs; tells whether it was started. Of many callers at once one starts it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with file_lock(self.folder / f"{self.name}.lock"):
            if self.find_process() is not None:
                return False
            self._spawn(command, env)
        return True

    def _spawn(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        with self.log_path.open("ab") as log:
            child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=self.folder,
                start_new_session=True,
            )
        try:
            noted = {"pid": child.pid, "created": psutil.Process(child.pid).create_time()}
            partial = self._pid_file.with_suffix(".partial")
            partial.write_text(json.dumps(noted))
            partial.rename(self._pid_file)
        except BaseException:
            child.kill()  # what is not noted would never be found again
            child.wait()
            raise
        child.returncode = 0  # it outlives us on purpose: Popen need not warn of that

    def stop(self, timeout_seconds: float = 15.0) -> bool:
        """End it and all that it started, gently first; tells whether anything was running.

        The whole group is signalled: some programs do not pass a signal on to their children.

        Raises:
            Transient: something is left even after being killed.
        """
        process = self.find_process()
        if process is None:
            self._pid_file.unlink(missing_ok=True)
            return False
        family = [process, *_list_children(process)]
        _signal_group(process.pid, signal.SIGTERM)
        _, left = psutil.wait_procs(family, timeout=timeout_seconds)
        for one in left:
            # Started since, or in a group of its own.
            family.extend(_list_children(one))
        _signal_group(process.pid, signal.SIGKILL)
        for one in left:
            _kill(one)
        _, left = psutil.wait_procs(family, timeout=5)
        left = [one for one in left if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
        if left:
            raise Transient(f"{self.name} did not end: {[one.pid for one in left]} are left.", "End them by hand.")
        self._pid_file.unlink(missing_ok=True)
        return True

    def read_log_tail(self, line_count: int = 5) -> str:
        """The last lines of its log."""
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-line_count:])
        except OSError:
            return ""


def _list_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _signal_group(pid: int, signum: int) -> None:
    try:
        os.killpg(pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        return
