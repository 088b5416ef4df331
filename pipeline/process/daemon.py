"""Long-running background processes, each in its own session: start, find by pid file, stop with all descendants."""

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
from copydesk.pipeline.core.private_folder import make_private_folder
from copydesk.pipeline.core.running_up import find_live_process, make_pid_record


@dataclass(frozen=True, slots=True)
class Daemon:
    """One background process."""

    name: str
    """Names the pid file, the lock file and the log."""

    folder: Path
    """Contains the pid file, the lock file and the log; also the working directory of the process."""

    @property
    def log_path(self) -> Path:
        """The file that receives standard output and standard error."""
        return self.folder / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def find_process(self) -> psutil.Process | None:
        """Return the process if it is running, else None."""
        return find_live_process(self._pid_file)

    def start(self, command: Sequence[str], env: Mapping[str, str]) -> bool:
        """Start the process if it is not running; concurrent callers start it once.

        Args:
            command: The command line.
            env: The complete environment.

        Returns:
            Whether this call started it.
        """
        make_private_folder(self.folder)
        with file_lock(self.folder / f"{self.name}.lock"):
            if self.find_process() is not None:
                return False
            self._spawn(command, env)
        return True

    def _spawn(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        with open(self.log_path, "ab", opener=_open_private) as log:
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
            partial = self._pid_file.with_suffix(".partial")
            partial.write_text(json.dumps(make_pid_record(child.pid)))
            partial.rename(self._pid_file)
        except BaseException:
            child.kill()  # without a pid file it could never be found again
            child.wait()
            raise
        child.returncode = 0  # suppresses Popen's ResourceWarning: the child outlives this process on purpose

    def stop(self, timeout_seconds: float = 15.0) -> bool:
        """Stop the process and all its descendants: SIGTERM, then SIGKILL.

        The whole process group is signalled, because some programs do not forward signals to their children.

        Args:
            timeout_seconds: How long to wait between SIGTERM and SIGKILL.

        Returns:
            Whether it was running.

        Raises:
            Transient: A process survived SIGKILL.
        """
        process = self.find_process()
        if process is None:
            self._pid_file.unlink(missing_ok=True)
            return False
        family = [process, *_list_children(process)]
        _signal_group(process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=timeout_seconds)
        for survivor in alive:
            # Children started meanwhile, or in a process group of their own.
            family.extend(_list_children(survivor))
        _signal_group(process.pid, signal.SIGKILL)
        for survivor in alive:
            _kill(survivor)
        _, alive = psutil.wait_procs(family, timeout=5)
        alive = [survivor for survivor in alive if survivor.is_running() and survivor.status() != psutil.STATUS_ZOMBIE]
        if alive:
            pids = ", ".join(str(survivor.pid) for survivor in alive)
            raise Transient(f"Failed to stop {self.name}; still running: {pids}.", "Kill these processes by hand.")
        self._pid_file.unlink(missing_ok=True)
        return True

    def read_log_tail(self, line_count: int = 5) -> str:
        """Return the last lines of the log; empty if there is no log."""
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-line_count:])
        except OSError:
            return ""


def _open_private(path: str, flags: int) -> int:
    """Open a file that only this user can read, if it is new: logs contain URLs and file names."""
    return os.open(path, flags, 0o600)


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
