"""Write a command's output file atomically, so that a failure leaves the previous file in place."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self, cast

from copydesk.pipeline.core.errors import BadInput

STDOUT_NAMES = ("-", "/dev/stdout")


class Compression(StrEnum):
    """How an output file is compressed, with the extension that its name then has."""

    NONE = ""
    GZIP = ".gz"
    ZSTD = ".zst"


class AtomicOutputFile:
    """A file to write, or standard output. Use it in a ``with`` block.

    The file is opened at once, so that an error shows before any work is done. It is written under a temporary name in
    the same folder, and renamed when the block ends without an exception; pipes and devices are written directly. Text
    is written as UTF-8, whatever the locale.

    Args:
        name: The path; empty, ``-`` or ``/dev/stdout`` means standard output.
        compression: How to compress what is written.

    Raises:
        BadInput: The file cannot be written.
    """

    def __init__(self, name: str, compression: Compression = Compression.NONE) -> None:
        self.name = name
        self._partial: Path | None = None
        self._path = Path()
        self._streams = ExitStack()
        self._is_stdout = not name or name in STDOUT_NAMES
        if self._is_stdout:
            sys.stdout.flush()
            self._raw = cast("BinaryIO", sys.stdout.buffer)
        else:
            try:
                self._raw = self._streams.enter_context(self._open(Path(name)))
            except OSError as error:
                raise self._make_write_error(error) from None
        self.stream: IO[bytes] = self._raw
        """The stream that bytes can be written to; its errors are ``OSError``."""
        if compression is not Compression.NONE:
            self.stream = self._streams.enter_context(_compress(self._raw, compression))

    def write(self, lines: Iterable[str]) -> None:
        """Write lines, which include their line ends.

        Raises:
            BadInput: The file cannot be written.
        """
        with self.report_errors():
            self.stream.writelines(line.encode("utf-8", "backslashreplace") for line in lines)

    @contextmanager
    def report_errors(self) -> Iterator[None]:
        """Turn errors of writing to the stream into ``BadInput``."""
        try:
            yield
        except OSError as error:
            raise self._make_write_error(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            self._streams.close()
            if self._is_stdout:
                return
            if self._partial is not None and kind is None:
                self._partial.replace(self._path)
        except OSError as error:
            raise self._make_write_error(error) from None
        finally:
            if self._partial is not None:
                self._partial.unlink(missing_ok=True)

    def _open(self, path: Path) -> BinaryIO:
        self._path = _resolve_link(path)  # replaces the target of a link, not the link
        status = self._path.stat() if self._path.exists() else None
        can_rename = os.access(self._path.parent, os.W_OK) and not path.is_relative_to("/dev")
        if not can_rename or (status is not None and not stat.S_ISREG(status.st_mode)):
            return path.open("wb")
        if status is not None and not os.access(self._path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        partial = self._path.with_name(f".{self._path.name[:200]}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)  # left by a killed process that had the same pid
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._partial = partial
        if status is not None:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
        return os.fdopen(descriptor, "wb")

    def _make_write_error(self, error: OSError) -> BadInput:
        return BadInput(
            f"Cannot write {self.name}: {error.strerror}.", "Check that the folder exists and that you may write to it."
        )


def _compress(stream: IO[bytes], compression: Compression) -> IO[bytes]:
    """Return a stream that compresses what is written to it; closing it leaves ``stream`` open."""
    if compression is Compression.GZIP:
        # Without the time and the name, so that the same rows give the same file.
        return cast("IO[bytes]", gzip.GzipFile("", "wb", fileobj=stream, mtime=0))
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return cast("IO[bytes]", zstd.ZstdFile(stream, "wb"))


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
