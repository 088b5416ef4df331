"""A file lock between processes on one machine; the kernel releases it when its owner exits."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path, on_wait: Callable[[], object] | None = None) -> Iterator[None]:
    """Lock the file for the duration of the block; wait if another process has locked it.

    Args:
        path: The file to lock; created if it is missing.
        on_wait: Called once if this process has to wait.

    Raises:
        OSError: The file cannot be created or opened.
    """
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait is not None:
                on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
