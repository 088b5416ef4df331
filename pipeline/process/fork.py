"""Child processes forked from this one: they share its loaded modules, which a new interpreter takes seconds to load.

A fork is used only for a target that has been marked as preloaded, and only from a single-threaded process. In all
other cases (the command line, an Airflow with workers that are not forks of a preloaded scheduler) the caller starts a
new interpreter.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

from copydesk.pipeline.core.fork_hooks import prepare_fork

NO_FORK = "COPYDESK_NO_FORK"
"""Environment variable that disables forking: every child is a new interpreter."""

_RESET_SIGNALS = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPROF,
)  # fmt: skip
_STANDARD_FDS = (0, 1, 2)
# How long a joined thread may take to disappear from /proc; usually well below a millisecond.
_THREAD_EXIT_SECONDS = 0.1

_preloaded: set[str] = set()
_replaced_streams: list[object] = []
"""The previous standard streams. If they were garbage-collected, they would close the new streams' descriptors."""


def prevent_library_threads() -> None:
    """Keep numerical libraries from starting threads, which would prevent forks, and which nobody uses.

    Call it before anything imports them.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def mark_preloaded(target: str) -> None:
    """Record that this process has loaded everything that ``target`` needs."""
    _preloaded.add(target)


def can_fork(target: str) -> bool:
    """Return whether a fork of this process can run ``target`` right away, without a lock that it would wait for.

    This stops the background threads of modules, such as a connection pool's; they restart on demand.
    """
    if target not in _preloaded or os.environ.get(NO_FORK):
        return False
    prepare_fork()
    return threading.active_count() == 1 and _is_single_threaded()


def _is_single_threaded() -> bool:
    """Return whether this is the only thread. A joined thread takes a moment to disappear from the system."""
    deadline = time.monotonic() + _THREAD_EXIT_SECONDS
    while _count_threads() > 1:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _count_threads() -> int:
    """Return the number of threads, including those of C libraries; 1 if the system does not report it."""
    folder = Path("/proc/self/task")
    return len(list(folder.iterdir())) if folder.exists() else 1


class ForkedProcess:
    """A function that runs in a forked process and in its own session.

    The interface is that of ``subprocess.Popen``. The child inherits no open files except ``inherited``.

    Args:
        target: The function to run; its return value is the exit status.
        title: The process title.
        piped: Standard streams (0, 1, 2) to connect to this process by pipes.
        inherited: Standard streams to share with this process; the remaining ones are connected to ``/dev/null``.
        env: The environment; None inherits this process's.
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
        child_ends = {number: pipes[number][0 if number == 0 else 1] for number in piped}
        # Block signals until the child has reset them: one that arrives earlier would run the parent's handlers.
        previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _RESET_SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                _run_child(target, title, child_ends, inherited, env, previous_mask)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)
        for number in child_ends.values():
            os.close(number)
        self.stdin: IO[bytes] | None = os.fdopen(pipes[0][1], "wb", buffering=0) if 0 in piped else None
        self.stdout: IO[bytes] | None = os.fdopen(pipes[1][0], "rb") if 1 in piped else None
        self.stderr: IO[bytes] | None = os.fdopen(pipes[2][0], "rb") if 2 in piped else None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while the process is running."""
        return self._reap(os.WNOHANG)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process to exit and return its exit status, negative for a signal.

        Args:
            timeout: Maximum time to wait, in seconds; None waits forever.

        Raises:
            subprocess.TimeoutExpired: The process is still running.
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
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, signum: int) -> None:
        """Send a signal if the process is still running."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def _reap(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # a signal handler reaped it during this call
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
    """Set up the child, run ``target`` and exit."""
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
    except BaseException:  # noqa: BLE001 - printed to standard error, as a new interpreter would do
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _replace_descriptors(streams: Mapping[int, int], inherited: frozenset[int]) -> None:
    """Install the standard streams and redirect every other open descriptor to ``/dev/null``.

    Descriptors are redirected instead of closed: an object that still owns one may close it later, and would otherwise
    close a file opened in the meantime.
    """
    devnull = os.open(os.devnull, os.O_RDWR)
    for number in _STANDARD_FDS:
        if number not in inherited:
            os.dup2(streams.get(number, devnull), number)
    for number in _list_open_fds():
        if number not in {*_STANDARD_FDS, devnull}:
            with suppress(OSError):
                os.dup2(devnull, number, inheritable=False)
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
