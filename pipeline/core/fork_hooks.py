"""Hooks that stop background threads before a process forks.

A fork has the memory of all threads of its parent but runs only one of them. A lock that another thread owned is then
never released (POSIX, ``fork``, rationale). Modules with background threads register here how to stop them.
"""

from __future__ import annotations

from collections.abc import Callable

_callbacks: list[Callable[[], object]] = []


def on_prepare_fork(callback: Callable[[], object]) -> None:
    """Register a callback that stops a module's threads.

    Args:
        callback: Called before each fork; the module must restart its threads on demand.
    """
    _callbacks.append(callback)


def prepare_fork() -> None:
    """Stop the background threads of all modules."""
    for callback in _callbacks:
        callback()
