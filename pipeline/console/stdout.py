"""Standard output that tells by name what befalls it: its reader has gone, or it can't be written."""

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
    """Standard output can't be written."""

    exit_code = 74  # EX_IOERR

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(
            f"Standard output can't be written: {reason}.",
            remedy or "Send it to a terminal, a pipe or a file with room.",
        )


class ReaderClosedError(CopydeskError):
    """Whoever read standard output has gone: no reason to complain."""


class _GuardedStdout(io.FileIO):
    """The bytes' way out. Its errors are no ``OSError``, so that nobody on their way takes them for a file's."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise ReaderClosedError("") from None
            raise OutputWriteError(error.strerror or str(error)) from None


def guard_output() -> None:
    """Put that output in standard output's place.

    Raises:
        OutputWriteError: it is closed.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as we run
    if sys.stdout is None:  # the next file opened would get its number, and our words
        raise OutputWriteError("it is closed")
    sys.stdout.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_GuardedStdout(sys.stdout.fileno(), "wb", closefd=False)),
        encoding=sys.stdout.encoding,
        errors="backslashreplace",
        line_buffering=bool(sys.stdout.line_buffering),
    )


def discard_output() -> None:
    """Let what is left to write go nowhere, so that the interpreter's end does not stumble over it."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
