"""Where a command's result goes: put in its place whole, so that a failure leaves what was there."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from copydesk.pipeline.core.errors import BadInput

STDOUT_NAMES = ("-", "/dev/stdout")


class AtomicOutputFile:
    """A text file to write, standard output where ``name`` is empty or says so.

    It is opened at once, so that what can't be written is told before the work and not after. A file is written beside
    its place and renamed into it when the block ends well; pipes, devices and the like are written as they are.

    Raises:
        BadInput: it can't be written.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._partial: Path | None = None
        self._path = Path()
        self._file: TextIO = sys.stdout
        if name and name not in STDOUT_NAMES:
            try:
                self._file = self._open(Path(name))
            except OSError as error:
                raise self._make_write_error(error) from None

    def write(self, lines: Iterable[str]) -> None:
        """Write some lines, their ends included."""
        if self._file is sys.stdout:
            self._file.writelines(lines)
            return
        try:
            self._file.writelines(lines)
        except OSError as error:
            raise self._make_write_error(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._file is sys.stdout:
            return
        try:
            self._file.close()
            if self._partial is not None and kind is None:
                self._partial.replace(self._path)
        except OSError as error:
            raise self._make_write_error(error) from None
        finally:
            if self._partial is not None:
                self._partial.unlink(missing_ok=True)

    def _open(self, path: Path) -> TextIO:
        self._path = _resolve_link(path)  # a link stays one
        status = self._path.stat() if self._path.exists() else None
        beside = os.access(self._path.parent, os.W_OK) and not path.is_relative_to("/dev")
        if not beside or (status is not None and not stat.S_ISREG(status.st_mode)):
            return path.open("w", encoding="utf-8")
        if status is not None and not os.access(self._path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        partial = self._path.with_name(f".{self._path.name[:200]}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)  # of a process that was killed, and whose number we have now
        number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._partial = partial
        if status is not None:
            os.fchmod(number, stat.S_IMODE(status.st_mode))
        return os.fdopen(number, "w", encoding="utf-8")

    def _make_write_error(self, error: OSError) -> BadInput:
        return BadInput(f"{self.name} can't be written: {error.strerror}.", "Check the folder and its rights.")


def _resolve_link(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:  # a link that leads to itself; later versions of Python find nothing wrong with it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None


def check_distinct_files(source: str, *targets: str) -> None:
    """Make sure that no result takes the place of what is read, or of another result.

    Raises:
        BadInput: two names mean one file.
    """
    seen = {_get_file_identity(source, is_input=True): source}
    for name in filter(None, targets):
        identity = _get_file_identity(name)
        if identity is not None and identity in seen:
            raise BadInput(f"{seen[identity] or name} and {name} are one file.", "Give each result a file of its own.")
        seen[identity] = name


def _get_file_identity(name: str, *, is_input: bool = False) -> tuple[int, int] | Path | None:
    """What tells a file from all others; None for what is no file, of which several may share one."""
    try:
        found = os.fstat(sys.stdin.fileno()) if is_input and name == "-" else Path(name).stat()
    except (OSError, ValueError):
        return None if name in STDOUT_NAMES else Path(os.path.realpath(name))
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
