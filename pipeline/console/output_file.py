"""Write a command's output file atomically, so that a failure leaves the previous file in place."""

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
    """A text file to write, or standard output. Use it in a ``with`` block.

    The file is opened at once, so that an error shows before any work is done. It is written under a temporary name in
    the same folder, and renamed when the block ends without an exception; pipes and devices are written directly.

    Args:
        name: The path; empty, ``-`` or ``/dev/stdout`` means standard output.

    Raises:
        BadInput: The file cannot be written.
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
        """Write lines, which include their line ends.

        Raises:
            BadInput: The file cannot be written.
        """
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
        self._path = _resolve_link(path)  # replaces the target of a link, not the link
        status = self._path.stat() if self._path.exists() else None
        can_rename = os.access(self._path.parent, os.W_OK) and not path.is_relative_to("/dev")
        if not can_rename or (status is not None and not stat.S_ISREG(status.st_mode)):
            return path.open("w", encoding="utf-8")
        if status is not None and not os.access(self._path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        partial = self._path.with_name(f".{self._path.name[:200]}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)  # left by a killed process that had the same pid
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._partial = partial
        if status is not None:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
        return os.fdopen(descriptor, "w", encoding="utf-8")

    def _make_write_error(self, error: OSError) -> BadInput:
        return BadInput(
            f"Cannot write {self.name}: {error.strerror}.", "Check that the folder exists and that you may write to it."
        )


def _resolve_link(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:  # a link to itself; newer versions of Python do not raise
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None


def check_distinct_files(source: str, *targets: str) -> None:
    """Check that no output file is the input file or another output file.

    Args:
        source: The input file; ``-`` means standard input.
        targets: The output files; empty names are ignored.

    Raises:
        BadInput: Two names refer to the same file.
    """
    seen = {_get_file_identity(source, is_input=True): source}
    for name in filter(None, targets):
        identity = _get_file_identity(name)
        if identity is not None and identity in seen:
            raise BadInput(
                f"{seen[identity] or name} and {name} are the same file.", "Use a different file for each output."
            )
        seen[identity] = name


def _get_file_identity(name: str, *, is_input: bool = False) -> tuple[int, int] | Path | None:
    """Return what identifies a file; None for pipes and devices, which several outputs may share."""
    try:
        status = os.fstat(sys.stdin.fileno()) if is_input and name == "-" else Path(name).stat()
    except (OSError, ValueError):
        return None if name in STDOUT_NAMES else Path(os.path.realpath(name))
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None
