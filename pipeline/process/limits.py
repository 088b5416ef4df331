"""Time and memory limits for one page inside a worker.

The time limit is CPU time, so that a page does not time out just because the machine is busy. A page that blocks
instead of computing is stopped after ``WALL_CLOCK_FACTOR`` times that limit. Kernel timers enforce both.

Libraries that only some pages need are loaded when the first such page arrives. ``exclude_from_limits`` excludes that
time and memory from the page's limits. Outside a worker it does nothing.
"""

from __future__ import annotations

import importlib
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WALL_CLOCK_FACTOR = 4
"""Wall-clock limit of a page as a multiple of its CPU limit; on a busy machine only a page that blocks reaches it."""


@dataclass(slots=True)
class Limits:
    """The limits that apply to every page of this worker."""

    cpu_seconds: float
    """CPU time per page, in seconds."""

    memory_mib: int
    """Memory per page in MiB, on top of what the process uses when the limit is set."""

    on_loading: Callable[[], None]
    """Called when loading a library begins, so that the parent extends its timeout."""

    _memory_limit_bytes: int = 0

    def apply_memory_limit(self) -> None:
        """Limit the process's memory from now on."""
        self._memory_limit_bytes = _measure_memory() + self.memory_mib * 1024 * 1024
        _limit_memory(self._memory_limit_bytes)

    def start_timers(self) -> None:
        """Start the timers; the process is killed when one expires."""
        _set_timers(self.cpu_seconds, self.cpu_seconds * WALL_CLOCK_FACTOR)

    def stop_timers(self) -> tuple[float, float]:
        """Stop the timers.

        Returns:
            The remaining seconds of CPU time and of wall-clock time.
        """
        return _set_timers(0, 0)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Exclude the block's time and memory from the page's limits."""
        left, before = self.stop_timers(), _measure_memory()
        _limit_memory(resource.RLIM_INFINITY)
        try:
            self.on_loading()
            yield
        finally:
            self._memory_limit_bytes += max(0, _measure_memory() - before)
            _limit_memory(self._memory_limit_bytes)
            _set_timers(*left)


_active_limits: list[Limits] = []


def enforce(limits: Limits) -> None:
    """Apply the limits to this process, for good."""
    _active_limits[:] = [limits]
    limits.apply_memory_limit()


@contextmanager
def exclude_from_limits() -> Iterator[None]:
    """Exclude the block's time and memory from the current page's limits, for loading what many pages share.

    Outside a worker this does nothing.
    """
    if not _active_limits:
        yield
        return
    with _active_limits[0].suspend():
        yield


def import_outside_limits(*modules: str) -> None:
    """Import heavy modules, excluded from the page's limits, if they are not loaded yet.

    Args:
        modules: Fully qualified module names.
    """
    if any(name not in sys.modules for name in modules):
        with exclude_from_limits():
            for name in modules:
                importlib.import_module(name)


def _set_timers(cpu_seconds: float, wall_seconds: float) -> tuple[float, float]:
    return signal.setitimer(signal.ITIMER_PROF, cpu_seconds)[0], signal.setitimer(signal.ITIMER_REAL, wall_seconds)[0]


def _measure_memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
        return int(statm.read().split()[0]) * resource.getpagesize()


def _limit_memory(limit_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit_bytes = hard if limit_bytes == resource.RLIM_INFINITY else min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))
