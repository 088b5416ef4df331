"""Run each tool in its own process, all pinned to the same processor, one at a time.

Separate processes keep one tool's caches, garbage and memory from counting for another. Tools alternate round by round,
so that other load on the machine affects all alike; the fastest round counts.
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

# A fast tool repeats the pages until this time, because other processes distort short timings.
_MIN_SECONDS = 0.5


class WorkerFailed(Exception):  # noqa: N818 (it says what happened)
    """A tool's process ended or could not start; the message is the process's own."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One pass over some pages: elapsed seconds, and processor seconds of the tool and its children."""

    wall: float
    cpu: float


def pick_processor() -> int:
    """Return the processor to pin to: the last allowed one, because the first is the busiest."""
    return max(os.sched_getaffinity(0))


class BenchWorker:
    """A process of one tool, with the pages (or texts) in its memory.

    The process loads in the background; the first request waits for it. ``find`` returns the tool of a name in that
    process; it must be a module's function, because it is passed by name.
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
        """Wait until the tool has loaded."""
        self._ask("wait", ())

    def read(self, numbers: Sequence[int]) -> list[ExtractedPage]:
        """Read the pages with these indexes; untimed, so it is the warm-up."""
        found: list[ExtractedPage] = self._ask("read", numbers)
        return found

    def time(self, numbers: Sequence[int]) -> Timing:
        """Time one pass over the pages with these indexes, which were read before, so that nothing is left to load."""
        timing: Timing = self._ask("time", numbers)
        return timing

    def measure_memory(self) -> int:
        """Return the peak memory of the tool and its children so far, in bytes.

        It includes the pages, which every worker has.
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
    """Answer requests in the worker's process until the pipe is closed."""
    cases: tuple[Any, ...] = pipe.recv()
    # Keep the output of libraries out of the table.
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
    """Return the processor seconds of this process and its children, including ended ones."""
    ended = os.times()
    living = sum(_read_cpu(pid) for pid in _list_children())
    return time.process_time() + ended.children_user + ended.children_system + living


def _read_cpu(pid: int) -> float:
    """Return a process's processor seconds: from the scheduler, in nanoseconds, or else from the clock's ticks of 10
    ms.
    """
    try:
        tasks = [task.read_text(encoding="ascii") for task in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        spent = sum(int(task.split()[0]) for task in tasks) / 1e9
    except (OSError, ValueError, IndexError):
        spent = 0.0
    # Some kernels have the file but no counts.
    times = psutil.Process(pid).cpu_times()
    return spent or times.user + times.system


def _list_children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def _read_peak(pid: int) -> int:
    """Return the kernel's record of a process's largest resident set, in bytes; 0 if there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
