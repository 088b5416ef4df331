"""Turn errors of standard output into named exceptions: its reader has exited, or it cannot be written."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.pipeline.core.errors import CopydeskError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputWriteError(CopydeskError):
    """Standard output cannot be written."""

    exit_code = 74  # EX_IOERR

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(
            f"Cannot write to standard output: {reason}.",
            remedy or "Redirect it to a terminal, a pipe or a file on a disk with free space.",
        )


class ReaderClosedError(CopydeskError):
    """The reader of standard output has exited, as in `copydesk stories | head`; this is not an error."""


class _GuardedStdout(io.FileIO):
    """Raw standard output. Its errors are not of type ``OSError``, so that no caller mistakes them for a file's."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise ReaderClosedError("") from None
            raise OutputWriteError(error.strerror or str(error)) from None


def guard_output() -> None:
    """Replace ``sys.stdout`` by one that raises ``OutputWriteError`` and ``ReaderClosedError``.

    Raises:
        OutputWriteError: Standard output is closed.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until the process exits
    if sys.stdout is None:  # the next file to be opened would get descriptor 1, and receive the output
        raise OutputWriteError("it is closed")
    sys.stdout.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_GuardedStdout(sys.stdout.fileno(), "wb", closefd=False)),
        encoding=sys.stdout.encoding,
        errors="backslashreplace",
        line_buffering=bool(sys.stdout.line_buffering),
    )


def discard_output() -> None:
    """Discard buffered output, so that the interpreter does not fail to flush it on exit."""
    if sys.stdout is not None:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
