"""Open files and standard input for reading: compression is recognized by content, and lines are bounded."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HEAD_BYTES = 65_536
"""Bytes at the beginning of a file from which its format is recognized: enough for the header of any table."""

MAX_LINE_BYTES = 64 * 1024 * 1024
"""Far more than any article: a longer line is a broken file."""

MAX_SKIPPED_BYTES = 16 * MAX_LINE_BYTES
"""Of a line that is too long, so many bytes are skipped to find its end; a line that is still longer ends the file."""

_MAX_LAYERS = 2
"""Files are compressed once, and by mistake twice."""

READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError, ValueError)
"""What reading a file may raise if it is damaged."""

_DECODERS: dict[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"\x28\xb5\x2f\xfd": zstd.ZstdFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
"""By the first bytes of a file: RFC 1952 (gzip), RFC 8878 (zstd), and the formats of bzip2 and xz."""


class InputStream(io.BufferedReader):
    """The decompressed bytes of a file, and its beginning.

    Attributes:
        head: The first ``HEAD_BYTES`` bytes; fewer if the file is shorter. They are read again.
        is_compressed: Whether the bytes differ from those of the file.
    """

    def __init__(self, file: BinaryIO, *, is_compressed: bool = False) -> None:
        self.head = _read_head(file)
        self.is_compressed = is_compressed
        super().__init__(_Rejoined(self.head, file), HEAD_BYTES)


@contextmanager
def open_input(path: Path | None) -> Iterator[InputStream]:
    """Open a file for reading; None is standard input.

    gzip, zstd, bzip2 and xz are decompressed, whatever the file's name. Reading may raise ``READ_ERRORS``.
    """
    with sys.stdin.buffer if path is None else path.open("rb") as file:
        stream = InputStream(cast("BinaryIO", file))
        for _ in range(_MAX_LAYERS):
            decoder = next((made for magic, made in _DECODERS.items() if stream.head.startswith(magic)), None)
            if decoder is None:
                break
            stream = InputStream(cast("BinaryIO", decoder(cast("BinaryIO", stream))), is_compressed=True)
        yield stream


def iterate_lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines with their line ends; None for one that is longer than ``MAX_LINE_BYTES``.

    At most one byte more than that is in memory. The lines end after a line that is too long to be skipped.
    """
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        del line
        yield None
        if not _skip_line(stream):
            return


def _skip_line(stream: BinaryIO) -> bool:
    """Skip the rest of a line, and return whether its end was found."""
    for _ in range(MAX_SKIPPED_BYTES // HEAD_BYTES):
        piece = stream.readline(HEAD_BYTES)
        if not piece or piece.endswith(b"\n"):
            return True
    return False


def _read_head(file: BinaryIO) -> bytes:
    """Read up to ``HEAD_BYTES`` bytes: a pipe gives them in pieces."""
    pieces, size = [], 0
    while size < HEAD_BYTES and (piece := file.read(HEAD_BYTES - size)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


class _Rejoined(io.RawIOBase):
    """The bytes of a file with its beginning, which was read already."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        super().__init__()
        self._head = memoryview(head)
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        piece = bytes(self._head[: len(view)]) or self._file.read(len(view))
        self._head = self._head[len(view) :]
        view[: len(piece)] = piece
        return len(piece)
