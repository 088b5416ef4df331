"""One child process that works on pages, as its parent sees it: asked, waited for, and ended where it is late."""

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

from copydesk.pipeline.core.errors import Transient
from copydesk.pipeline.process.fork import ForkedProcess, can_fork
from copydesk.pipeline.process.limits import PATIENCE
from copydesk.pipeline.process.sandbox_worker import LENGTH, LOADING, OUT_OF_MEMORY, Answer, Job, run

if TYPE_CHECKING:
    # The parent only passes these on.
    from copydesk.pipeline.core.records import Page

# Unresolved: of an installed package, the folder that holds `copydesk`, and nothing that holds `pipeline`.
_ROOT = Path(__file__).parents[3]
# How long a child may take to start or to load what a page needs; how much later than its own alarm the parent acts.
_START_SECONDS = 60.0
_GRACE_SECONDS = 2.0
# A child is replaced after so many pages: what libraries keep in caches and leaks counts against its memory.
_PAGES_A_WORKER = 5000
# A page of at most so many bytes fits into the pipe while the child is at another.
_AHEAD = 40_000

_Process = subprocess.Popen[bytes] | ForkedProcess


class Gone(Exception):  # noqa: N818 (it says what happened)
    """The child ended or is late; ``reason`` says which."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def _serve_as_fork() -> int:
    run()
    return 0


def _pack(message: object) -> memoryview:
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return memoryview(LENGTH.pack(len(data)) + data)


class Child:
    """One child process. Used by one thread at a time."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: _Process | None = None
        self._sent: Page | None = None  # the page that the child has already, ahead of being asked
        self.served = 0
        self.closed = False

    def start(self) -> None:
        """Start the child, unless it runs, and wait until it is ready.

        Raises:
            Transient: it does not start.
            Gone: it is not to start any more.
        """
        if self._process is not None and self._process.poll() is None and self.served < _PAGES_A_WORKER:
            return
        self.stop()
        self._process = self._start()
        self.served = 0
        # Either this sees that ``kill`` was called, or ``kill`` sees the process.
        if self.closed:
            self.stop()
            raise Gone("crashed", "the sandbox was closed")
        for pipe in (self._process.stdin, self._process.stdout):
            os.set_blocking(cast("IO[bytes]", pipe).fileno(), False)
        try:
            self._exchange(self._job, time.monotonic() + _START_SECONDS)
        except Gone as gone:
            raise Transient(
                f"A worker of the sandbox did not start ({gone.detail or gone.reason}).",
                "Its own words stand above; check memory and the installation (copydesk doctor).",
            ) from None

    def ask(self, page: Page, following: Page | None = None) -> Answer:
        """Have one page worked on; ``following`` is given to the child ahead, so that it need not wait for it.

        Raises:
            Gone: the child did not answer; it is ended.
            Transient: there is no child to ask.
        """
        self.start()
        self.served += 1
        return self._exchange(page, time.monotonic() + PATIENCE * self._job.seconds + _GRACE_SECONDS, following)

    def kill(self) -> None:
        """End the child from another thread, for good; the one that serves it sees it gone."""
        self.closed = True
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the child, if there is one."""
        process, self._process, self._sent = self._process, None, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                cast("IO[bytes]", pipe).close()
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()

    def _start(self) -> _Process:
        if can_fork(self._job.work):
            return ForkedProcess(
                _serve_as_fork, "copydesk extraction", piped=frozenset({0, 1}), inherited=frozenset({2})
            )
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        }
        return subprocess.Popen(
            [sys.executable, "-P", "-c", "from copydesk.pipeline.process.sandbox_worker import run; run()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )

    def _exchange(self, message: object, deadline: float, following: Page | None = None) -> Answer:
        process = cast("_Process", self._process)
        try:
            sink = cast("IO[bytes]", process.stdin).fileno()
            if self._sent is None or self._sent is not message:
                self._write(sink, _pack(message), deadline)
            self._sent = None
            if following is not None and len(following.body) <= _AHEAD:
                self._write(sink, _pack(following), deadline)
                self._sent = following
            output = cast("IO[bytes]", process.stdout).fileno()
            while True:
                size = LENGTH.unpack(self._read(output, LENGTH.size, deadline))[0]
                answer = cast("Answer", pickle.loads(self._read(output, size, deadline)))  # noqa: S301 - both ends are ours
                if answer.reason != LOADING:
                    return answer
                deadline = time.monotonic() + _START_SECONDS + PATIENCE * self._job.seconds
        except (OSError, EOFError):
            raise self._explain() from None
        except TimeoutError:
            self.stop()
            raise Gone("timeout") from None

    def _explain(self) -> Gone:
        process = cast("_Process", self._process)
        try:
            code = process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        self.stop()
        if code in {-signal.SIGPROF, -signal.SIGALRM}:
            return Gone("timeout")
        if code in {OUT_OF_MEMORY, -signal.SIGKILL}:
            return Gone("memory")
        return Gone("crashed", f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}")

    @staticmethod
    def _wait(poll: select.poll, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError

    def _write(self, handle: int, data: memoryview, deadline: float) -> None:
        poll = select.poll()
        poll.register(handle, select.POLLOUT)
        while data:
            self._wait(poll, deadline)
            with suppress(BlockingIOError):
                data = data[os.write(handle, data[:1_048_576]) :]

    def _read(self, handle: int, size: int, deadline: float) -> bytes:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        parts: list[bytes] = []
        while size:
            self._wait(poll, deadline)
            with suppress(BlockingIOError):
                part = os.read(handle, min(size, 1_048_576))
                if not part:
                    raise EOFError
                parts.append(part)
                size -= len(part)
        return b"".join(parts)
