"""Children that are forks of this process: they have at once what is loaded here, where a new interpreter would spend
seconds on loading it.

Only what has been loaded whole and declared is forked for, and only from a process of one thread. Everyone else (the
command line, an Airflow whose workers are no forks of a scheduler that has loaded it) starts a new interpreter.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

NO_FORK = "COPYDESK_NO_FORK"
"""Set in the environment, it makes every child a new interpreter."""

_RESET_SIGNALS = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPROF,
)  # fmt: skip
_STANDARD_FDS = (0, 1, 2)

_preloaded: set[str] = set()
_replaced_streams: list[object] = []
"""What had been the standard streams: were they forgotten, they would close the numbers that the new ones use."""


def mark_preloaded(target: str) -> None:
    """Say that all is loaded here that ``work`` needs."""
    _preloaded.add(target)


def can_fork(target: str) -> bool:
    """Whether a fork of this process could be at ``work`` at once, and holds no lock that it would wait for."""
    return target in _preloaded and not os.environ.get(NO_FORK) and threading.active_count() == _count_threads() == 1


def _count_threads() -> int:
    """All of them, those that C libraries keep to themselves too; where the system does not tell, one."""
    folder = Path("/proc/self/task")
    return len(list(folder.iterdir())) if folder.exists() else 1


class ForkedProcess:
    """``work`` in a process and a session of its own; its return value is the exit status.

    Nothing that is open here is open there. Of its standard streams those ``piped`` are pipes that end here, those
    ``kept`` are ours, the others lead nowhere. ``env`` is its environment (None: ours); lists of processes show it as
    ``title``. It is waited for and ended as a ``subprocess.Popen`` is.
    """

    def __init__(
        self,
        target: Callable[[], int],
        title: str,
        *,
        piped: frozenset[int],
        inherited: frozenset[int] = frozenset(),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.returncode: int | None = None
        pipes = {number: os.pipe() for number in piped}
        theirs = {number: pipes[number][0 if number == 0 else 1] for number in piped}
        # A signal that arrives before the child has handlers of its own would run ours in it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _RESET_SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _run_child(target, title, theirs, inherited, env, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in theirs.values():
            os.close(number)
        self.stdin: IO[bytes] | None = os.fdopen(pipes[0][1], "wb", buffering=0) if 0 in piped else None
        self.stdout: IO[bytes] | None = os.fdopen(pipes[1][0], "rb") if 1 in piped else None
        self.stderr: IO[bytes] | None = os.fdopen(pipes[2][0], "rb") if 2 in piped else None

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        if timeout is not None and self.poll() is None:
            handle = os.pidfd_open(self.pid)
            try:
                if not select.select([handle], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("fork", timeout)
            finally:
                os.close(handle)
        code = self._reap(0)
        return 0 if code is None else code

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, signum: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # a signal's handler, in the midst of this very call, has taken it
                return self.returncode
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _run_child(
    target: Callable[[], int],
    title: str,
    streams: Mapping[int, int],
    inherited: frozenset[int],
    env: Mapping[str, str] | None,
    mask: set[int | signal.Signals],
) -> NoReturn:
    """Be the child, and never return."""
    status = 70
    try:
        os.setsid()
        for number in _RESET_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        _replace_descriptors(streams, inherited)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        _set_process_title(title)
        status = target()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 70
    except BaseException:  # noqa: BLE001 - told on standard error, as an interpreter of its own would
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _replace_descriptors(streams: Mapping[int, int], inherited: frozenset[int]) -> None:
    """Have these as standard streams, and nothing else of what is open.

    A number is not closed but led nowhere: an object that believes it to be its own may close it later, and would
    otherwise close what has been opened meanwhile.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in _STANDARD_FDS:
        if number not in inherited:
            os.dup2(streams.get(number, nowhere), number)
    for number in _list_open_fds():
        if number not in {*_STANDARD_FDS, nowhere}:
            with suppress(OSError):
                os.dup2(nowhere, number, inheritable=False)
    _replaced_streams.extend((sys.stdin, sys.stdout, sys.stderr))
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


def _list_open_fds() -> list[int]:
    folder = Path("/proc/self/fd") if sys.platform.startswith("linux") else Path("/dev/fd")
    return [int(path.name) for path in folder.iterdir()]


def _set_process_title(title: str) -> None:
    try:
        from setproctitle import setproctitle
    except ImportError:
        return
    setproctitle(title)
