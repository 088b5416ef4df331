"""Run a function on many items in several processes, with results in the order of the items."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.process.parent_exit import request_signal_on_parent_exit

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_WAITING_PER_WORKER = 3
"""Items that are read ahead for each worker, so that memory use does not grow with their number."""


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_order(function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int) -> Iterator[_Result]:
    """Yield the result of each item, in the order of the items; with one worker in this process.

    Args:
        function: A function of a module, or a ``functools.partial`` of one: it is sent to new interpreters.
        items: Read as needed, a few ahead.
        workers: Processes.

    Raises:
        Permanent: A worker was killed.
    """
    if workers < 2:
        yield from map(function, items)
        return
    # New interpreters instead of forks: a fork would be of a process with threads, those of numpy and of the bars.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(os.getpid(),))
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= workers * _WAITING_PER_WORKER:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        raise Permanent(
            "A worker process was killed, probably because memory ran out.", "Use fewer workers, such as --workers 1."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not request_signal_on_parent_exit(parent, signal.SIGKILL):
        os._exit(1)
