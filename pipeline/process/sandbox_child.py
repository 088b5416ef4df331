"""The parent's side of one sandbox worker process: send a page, wait for the reply, kill the worker on a timeout."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from copydesk.pipeline.core.child_environment import make_child_environment
from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.process.fork import ForkedProcess, can_fork
from copydesk.pipeline.process.limits import WALL_CLOCK_FACTOR
from copydesk.pipeline.process.sandbox_worker import (
    LENGTH_PREFIX,
    LOADING_REASON,
    OUT_OF_MEMORY_EXIT_STATUS,
    WorkerConfig,
    WorkerReply,
    worker_main,
)

if TYPE_CHECKING:
    # The parent only passes these on.
    from copydesk.pipeline.core.records import Page

# The folder that contains the package `copydesk`. The path is not resolved, because in a checkout `copydesk/pipeline`
# is a link.
_ROOT = Path(__file__).parents[3]
# Starting a worker, or loading a library for a page, takes seconds on a busy machine.
_START_TIMEOUT_SECONDS = 60.0
# How long after the worker's own timer the parent kills it.
_GRACE_SECONDS = 2.0
# Restart the worker after this many pages: caches and leaks of libraries count against its memory limit.
_MAX_PAGES_PER_WORKER = 5000
# A page of this size fits into the pipe's buffer (64 KiB) while the worker is busy with another.
_PREFETCH_MAX_BYTES = 40_000

_WORKER_CODE = "from copydesk.pipeline.process.sandbox_worker import worker_main; worker_main()"

_Process = subprocess.Popen[bytes] | ForkedProcess


class WorkerDied(Exception):  # noqa: N818 - the name says what happened
    """The worker exited or timed out.

    Attributes:
        reason: ``timeout``, ``memory`` or ``crashed``.
        detail: The signal or exit status of a crash; may be empty.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def _run_forked_worker() -> int:
    worker_main()
    return 0


def _frame_message(message: object) -> memoryview:
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return memoryview(LENGTH_PREFIX.pack(len(data)) + data)


class WorkerProcess:
    """One worker process; not thread-safe except for ``kill``."""

    def __init__(self, config: WorkerConfig) -> None:
        self._config = config
        self._process: _Process | None = None
        self._prefetched_page: Page | None = None  # a page that the worker already has in its pipe
        self.pages_served = 0
        self.closed = False

    def start(self) -> None:
        """Start the worker if it is not running, or if it is due for a restart, and wait until it is ready.

        Raises:
            Transient: The worker does not start.
            WorkerDied: The sandbox was closed meanwhile.
        """
        if self._process is not None and self._process.poll() is None and self.pages_served < _MAX_PAGES_PER_WORKER:
            return
        self.stop()
        self._process = self._start()
        self.pages_served = 0
        # No race with ``kill``: either this sees ``closed``, or ``kill`` sees the process.
        if self.closed:
            self.stop()
            raise WorkerDied("crashed", "the sandbox was closed")
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(cast("IO[bytes]", pipe).fileno(), False)
        try:
            self._exchange(self._config, time.monotonic() + _START_TIMEOUT_SECONDS)
        except WorkerDied as error:
            raise Transient(
                f"A sandbox worker failed to start ({error.detail or error.reason}).",
                "See its output above; check free memory and run `copydesk doctor`.",
            ) from None

    def process_page(self, page: Page, next_page: Page | None = None) -> WorkerReply:
        """Send one page to the worker and return its reply.

        Args:
            page: The page to process.
            next_page: The page that will be sent next; a small one is written ahead so that the worker never idles.

        Raises:
            WorkerDied: The worker did not reply; it has been killed.
            Transient: The worker does not start.
        """
        self.start()
        self.pages_served += 1
        limit_seconds = WALL_CLOCK_FACTOR * self._config.cpu_seconds + _GRACE_SECONDS
        return self._exchange(page, time.monotonic() + limit_seconds, next_page)

    def kill(self) -> None:
        """Kill the worker for good, from another thread; a pending ``process_page`` raises ``WorkerDied``."""
        self.closed = True
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """Kill the worker if it is running."""
        process, self._process, self._prefetched_page = self._process, None, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                cast("IO[bytes]", pipe).close()
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()

    def _start(self) -> _Process:
        if can_fork(self._config.entry_point):
            return ForkedProcess(
                _run_forked_worker,
                "copydesk extraction",
                piped=frozenset({0, 1}),
                inherited=frozenset({2}),
                env=make_child_environment(),
            )
        environment = {
            **make_child_environment(),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        }
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _WORKER_CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )

    def _exchange(self, message: object, deadline: float, next_page: Page | None = None) -> WorkerReply:
        process = cast("_Process", self._process)
        try:
            sink = cast("IO[bytes]", process.stdin).fileno()
            if self._prefetched_page is None or self._prefetched_page is not message:
                self._write_all(sink, _frame_message(message), deadline)
            self._prefetched_page = None
            if next_page is not None and len(next_page.body) <= _PREFETCH_MAX_BYTES:
                self._write_all(sink, _frame_message(next_page), deadline)
                self._prefetched_page = next_page
            output = cast("IO[bytes]", process.stdout).fileno()
            while True:
                size = LENGTH_PREFIX.unpack(self._read_exactly(output, LENGTH_PREFIX.size, deadline))[0]
                data = self._read_exactly(output, size, deadline)
                reply = cast("WorkerReply", pickle.loads(data))  # noqa: S301 - both ends are our own code
                if reply.reason != LOADING_REASON:
                    return reply
                deadline = time.monotonic() + _START_TIMEOUT_SECONDS + WALL_CLOCK_FACTOR * self._config.cpu_seconds
        except (OSError, EOFError):
            raise self._diagnose_exit() from None
        except TimeoutError:
            self.stop()
            raise WorkerDied("timeout") from None

    def _diagnose_exit(self) -> WorkerDied:
        process = cast("_Process", self._process)
        try:
            code = process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        self.stop()
        if code in {-signal.SIGPROF, -signal.SIGALRM}:
            return WorkerDied("timeout")
        if code in {OUT_OF_MEMORY_EXIT_STATUS, -signal.SIGKILL}:
            return WorkerDied("memory")
        return WorkerDied("crashed", f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}")

    @staticmethod
    def _wait_until_ready(poll: select.poll, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError

    def _write_all(self, handle: int, data: memoryview, deadline: float) -> None:
        poll = select.poll()
        poll.register(handle, select.POLLOUT)
        while data:
            self._wait_until_ready(poll, deadline)
            with suppress(BlockingIOError):
                data = data[os.write(handle, data[:1_048_576]) :]

    def _read_exactly(self, handle: int, size: int, deadline: float) -> bytes:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        parts: list[bytes] = []
        while size:
            self._wait_until_ready(poll, deadline)
            with suppress(BlockingIOError):
                part = os.read(handle, min(size, 1_048_576))
                if not part:
                    raise EOFError
                parts.append(part)
                size -= len(part)
        return b"".join(parts)
