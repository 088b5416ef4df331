"""Stream the bytes of a WET file, plain or gzip, and mark the places where a damaged member loses some."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

WARC_MAGIC = b"WARC/"
CHUNK_BYTES = 1 << 14
"""Bytes per read."""

_GZIP_MAGIC = b"\x1f\x8b\x08"
# A record starts on a new line.
_RECORD_START = re.compile(rb"(?:\r?\n)(?=WARC/\d\.\d{1,2}\r?\n)")
# Kept when searching for a record, so that a start that is split between two reads is not missed.
_OVERLAP_BYTES = 32


def open_stream(file: BinaryIO) -> ByteStream:
    """Return a stream of the file's decompressed bytes.

    Args:
        file: A seekable file, at its start.
    """
    is_gzip = file.read(2) == _GZIP_MAGIC[:2]
    file.seek(0)
    return ByteStream(_gunzip(file) if is_gzip else _read_plain(file))


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where bytes are lost; the next byte starts a record."""

    mid_member: bool
    """Whether part of the damaged gzip member was decompressed."""


def _read_plain(file: BinaryIO) -> Iterator[bytes | Gap]:
    while piece := file.read(CHUNK_BYTES):
        yield piece


def _gunzip(file: BinaryIO) -> Iterator[bytes | Gap]:
    """Yield the decompressed bytes in small pieces; of a damaged member what comes before the damage, then a gap."""
    start, data = 0, b""
    while True:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        mid_member = False
        try:
            while not decoder.eof:
                data = data or file.read(CHUNK_BYTES)
                if not data:
                    break
                # In small pieces, because the piece that meets the damage is lost entirely.
                if piece := decoder.decompress(data, CHUNK_BYTES // 4):
                    mid_member = True
                    yield piece
                data = decoder.unconsumed_tail
        except zlib.error:
            pass
        if decoder.eof:
            data = decoder.unused_data.lstrip(b"\x00") or file.read(CHUNK_BYTES)
            if not data:
                return
            start = file.tell() - len(data)
            continue
        yield Gap(mid_member)
        next_start = _find_next_member(file, start + 1)
        if next_start is None:
            return
        start, data = next_start, b""
        file.seek(start)


def _find_next_member(file: BinaryIO, start: int) -> int | None:
    """Return the offset of the next gzip member that contains a record, or None."""
    file.seek(start)
    window = b""
    while True:
        piece = file.read(CHUNK_BYTES)
        window += piece
        at = window.find(_GZIP_MAGIC)
        # A candidate near the end of the window is decided when the next piece has been read.
        while at >= 0 and (len(window) - at > 1024 or not piece):
            try:
                if (
                    zlib.decompressobj(zlib.MAX_WBITS | 16)
                    .decompress(window[at : at + 1024], 64)
                    .startswith(WARC_MAGIC)
                ):
                    return file.tell() - len(window) + at
            except zlib.error:
                pass
            at = window.find(_GZIP_MAGIC, at + 1)
        if not piece:
            return None
        window = window[at:] if at >= 0 else window[-len(_GZIP_MAGIC) :]


class ByteStream:
    """A buffer in front of the bytes of a file.

    Attributes:
        buffer: Bytes that have been read and not consumed.
        gap: Set if bytes are lost right after the buffer.
    """

    def __init__(self, chunks: Iterator[bytes | Gap]) -> None:
        self._chunks = chunks
        self.buffer = bytearray()
        self.gap: Gap | None = None

    def fill(self, size: int) -> bool:
        """Fill the buffer to at least ``size`` bytes.

        Returns:
            Whether there are that many bytes before the end of the file or the next gap.
        """
        while len(self.buffer) < size and self.gap is None:
            piece = next(self._chunks, None)
            if piece is None:
                break
            if isinstance(piece, Gap):
                self.gap = piece
            else:
                self.buffer += piece
        return len(self.buffer) >= size

    def skip_line_breaks(self) -> None:
        """Discard line breaks at the start of the buffer."""
        while self.fill(1):
            del self.buffer[: len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))]
            if self.buffer:
                return

    def skip_to_record(self) -> bool:
        """Discard everything before the next record, and return whether there is one."""
        while True:
            if match := _RECORD_START.search(self.buffer):
                del self.buffer[: match.end()]
                return True
            del self.buffer[:-_OVERLAP_BYTES]
            if self.fill(len(self.buffer) + 1):
                continue
            if self.gap is None:
                return False
            self.buffer.clear()
            self.gap = None
            if self.fill(len(WARC_MAGIC)) and self.buffer.startswith(WARC_MAGIC):
                return True
