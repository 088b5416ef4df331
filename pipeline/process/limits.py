"""What one page may cost inside a worker: time, by alarms that the kernel keeps, and memory.

Time is the processor's, so that on a machine busy with other things no page is late through no fault of its own. A
page that waits instead of working, which none should, is ended when ``PATIENCE`` times as long has passed.

Libraries that only some pages need are loaded when the first of them comes, and that is not the page's fault:
``off_the_clock`` gives it back the time and the memory. Outside of a worker all this does nothing.
"""

from __future__ import annotations

import importlib
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE = 4
"""How many times its seconds a page may take by the clock on the wall."""


@dataclass(slots=True)
class Limits:
    """``seconds`` (of the processor) and ``megabytes`` (MiB, beyond what is in use at the start) that a page may need.

    ``tell`` is called when loading begins, so that whoever waits for the page knows to wait longer.
    """

    seconds: float
    megabytes: int
    tell: Callable[[], None]
    _most: int = 0

    def set_memory(self) -> None:
        """Limit the process's memory from now on."""
        self._most = _measure_memory() + self.megabytes * 1024 * 1024
        _limit_memory(self._most)

    def start_clock(self) -> None:
        """Let the process end when a page takes too long."""
        _set_clocks(self.seconds, self.seconds * PATIENCE)

    def stop_clock(self) -> tuple[float, float]:
        """The seconds that were left, by the processor and by the wall."""
        return _set_clocks(0, 0)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Time and memory that the block takes are not the page's."""
        left, before = self.stop_clock(), _measure_memory()
        _limit_memory(resource.RLIM_INFINITY)
        try:
            self.tell()
            yield
        finally:
            self._most += max(0, _measure_memory() - before)
            _limit_memory(self._most)
            _set_clocks(*left)


_in_force: list[Limits] = []


def enforce(limits: Limits) -> None:
    """Make this process a worker under these limits, for good."""
    _in_force[:] = [limits]
    limits.set_memory()


@contextmanager
def off_the_clock() -> Iterator[None]:
    """For loading what many pages use in the midst of one: neither its time nor its memory counts for that page."""
    if not _in_force:
        yield
        return
    with _in_force[0].suspend():
        yield


def preload(*modules: str) -> None:
    """Import modules of weight off the clock, unless they are loaded."""
    if any(name not in sys.modules for name in modules):
        with off_the_clock():
            for name in modules:
                importlib.import_module(name)


def _set_clocks(worked: float, passed: float) -> tuple[float, float]:
    return signal.setitimer(signal.ITIMER_PROF, worked)[0], signal.setitimer(signal.ITIMER_REAL, passed)[0]


def _measure_memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


def _limit_memory(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        size = hard if size == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))
