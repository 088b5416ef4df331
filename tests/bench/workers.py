"""Run each contender in a process of its own, all pinned to the same single processor, one at a time.

Separate processes keep one contender's caches, garbage and memory from counting for another. Contenders alternate round
by round, so that other load on the machine affects all alike; the fastest round is what the contender can do.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tests.bench.extractors import ExtractedPage, find_extraction_tool

# Who is through sooner goes over the pages again: a short turn is one that somebody else's process can spoil.
_MIN_SECONDS = 0.5


class WorkerFailed(Exception):  # noqa: N818 (it says what happened)
    """A contender's process ended or could not start; the message is its own."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One pass over some pages: seconds by the clock, and of processor time in the contender and its children."""

    wall: float
    cpu: float


def pick_processor() -> int:
    """The processor that all are pinned to: the last that we may use, the first being everybody's."""
    return max(os.sched_getaffinity(0))


class BenchWorker:
    """One contender, its process started, with the pages (or texts) in its memory.

    The process loads in the background; the first request waits for it. ``find`` gives the contender of a name, in its
    process: a function of a module, as it goes there by name.
    """

    def __init__(
        self, name: str, cases: Sequence[Any], processor: int, find: Callable[[str], Any] = find_extraction_tool
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, name, processor, find), name=f"bench {name}")
        self._process.start()
        theirs.close()
        self._pipe.send(tuple(cases))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def wait(self) -> None:
        """Until the contender has loaded."""
        self._ask("wait", ())

    def read(self, numbers: Sequence[int]) -> list[ExtractedPage]:
        """What the contender finds on the pages of these numbers; untimed, and so its warm-up."""
        found: list[ExtractedPage] = self._ask("read", numbers)
        return found

    def time(self, numbers: Sequence[int]) -> Timing:
        """One timed pass over the pages of these numbers, all of them read before, so that nothing is left to load."""
        timing: Timing = self._ask("time", numbers)
        return timing

    def measure_memory(self) -> int:
        """The most memory that the contender and its children had in use at any time so far, in bytes.

        The pages themselves, held by every lane alike, are among it.
        """
        return int(self._ask("memory", ()))

    def _ask(self, what: str, numbers: Sequence[int]) -> Any:
        try:
            self._pipe.send((what, tuple(numbers)))
            good, answer = self._pipe.recv()
        except (EOFError, OSError):
            raise WorkerFailed(f"{self.name} ended without a word.") from None
        if not good:
            raise WorkerFailed(f"{self.name} failed:\n{answer}")
        return answer


def _serve(pipe: Connection, name: str, processor: int, find: Callable[[str], Any]) -> None:
    """The lane's process: requests in, answers out, until the pipe is closed."""
    cases: tuple[Any, ...] = pipe.recv()
    # What libraries print or log is none of the table's.
    logging.disable(logging.CRITICAL)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        read = find(name).load()
        os.sched_setaffinity(0, {processor})
    except Exception:  # noqa: BLE001 - reported to the caller
        pipe.recv()
        pipe.send((False, traceback.format_exc()))
        return
    while True:
        try:
            what, numbers = pipe.recv()
        except EOFError:
            # A sandbox's child sees its input end with this process.
            os._exit(0)
        try:
            chosen = [cases[at] for at in numbers]
            answer: Any = None
            if what == "read":
                answer = list(read(chosen))
            elif what == "time":
                answer = _time(read, chosen)
            elif what == "memory":
                answer = sum(_read_peak(pid) for pid in (os.getpid(), *_list_children()))
            pipe.send((True, answer))
        except Exception:  # noqa: BLE001 - reported to the caller
            pipe.send((False, traceback.format_exc()))


def _time(read: Any, chosen: Sequence[Any]) -> Timing:
    gc.collect()
    wall, cpu = time.perf_counter(), _measure_cpu()
    passes = 0
    while passes == 0 or time.perf_counter() - wall < _MIN_SECONDS:
        for _ in read(chosen):
            pass
        passes += 1
    return Timing((time.perf_counter() - wall) / passes, (_measure_cpu() - cpu) / passes)


def _measure_cpu() -> float:
    """Processor seconds of this process and its children, ended ones too."""
    ended = os.times()
    living = sum(_read_cpu(pid) for pid in _list_children())
    return time.process_time() + ended.children_user + ended.children_system + living


def _read_cpu(pid: int) -> float:
    """A process's processor seconds: by the scheduler, to the nanosecond; without it by the clock's ticks of 10 ms."""
    try:
        tasks = [task.read_text(encoding="ascii") for task in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        spent = sum(int(task.split()[0]) for task in tasks) / 1e9
    except (OSError, ValueError, IndexError):
        spent = 0.0
    # Some kernels keep the file and not the count.
    times = psutil.Process(pid).cpu_times()
    return spent or times.user + times.system


def _list_children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def _read_peak(pid: int) -> int:
    """The kernel's own record of a process's largest resident set, in bytes; 0 where there is no such record."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
