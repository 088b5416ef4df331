"""Temporary folders that do not stay behind, however their process ends.

A killed process cannot remove its folder. Therefore each folder has a file that its process has locked. The kernel
releases the lock when the process ends, and whoever creates the next folder removes those that nobody has locked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "copydesk-"
_LOCK_NAME = ".in-use"

_NEW_SECONDS = 60.0
"""A folder is left alone for as long: its process may not have locked the file yet."""


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Yield a new temporary folder; it is removed afterwards, like those that killed processes have left.

    Args:
        purpose: A word for the folder's name, ``copydesk-PURPOSE-RANDOM``.

    Raises:
        OSError: The folder cannot be created.
    """
    remove_abandoned_folders()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-"))
    try:
        with (folder / _LOCK_NAME).open("x") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_folders() -> None:
    """Remove this user's scratch folders that ended processes have left."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX):
                with suppress(OSError):  # another process was faster, or there is no lock: not one of these folders
                    _remove_if_abandoned(entry)


def _remove_if_abandoned(entry: os.DirEntry[str]) -> None:
    if not entry.is_dir(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_uid != os.geteuid():
        return
    descriptor = os.open(Path(entry.path) / _LOCK_NAME, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "r+") as lock:
        if time.time() - os.fstat(descriptor).st_mtime > _NEW_SECONDS:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(entry.path, ignore_errors=True)
