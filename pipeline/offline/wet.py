"""Common Crawl's WET files: the plain text of pages, one WARC record each, read as a stream.

The framing (ISO 28500, WARC 1.1) is read here and not by a library, since those at hand end without a word at the first
damaged member, or hold a whole line of any length; a file of many thousand records must give a line for each that is
broken and go on behind it. Memory: about twice the largest page that is kept.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

WET_SUFFIXES = (".wet", ".wet.gz")
"""How the name of such a file ends (``CC-MAIN-....warc.wet.gz``)."""

_CHUNK_BYTES = 1 << 14
_GZIP_MAGIC = b"\x1f\x8b\x08"
_WARC_MAGIC = b"WARC/"
# A record begins on a line of its own; the head ends with an empty line.
_RECORD_START = re.compile(rb"(?:\r?\n)(?=WARC/\d\.\d{1,2}\r?\n)")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEADER_BYTES = 1 << 16
# No start of a record that reaches into what is not read yet is missed.
_OVERLAP_BYTES = 32
_MAX_RECORD_ID_CHARS = 100


@dataclass(frozen=True, slots=True)
class WetRecord:
    """The text of one page, or why it can't be had.

    ``mark`` tells it from the file's other records and stays when the file is packed anew: the record's own id, else
    its number. ``language`` is a code of two letters, empty where the record names none; ``fetched_at`` aware, UTC,
    None likewise. ``read`` is how many bytes of the file were read so far.
    """

    record_id: str
    url: str = ""
    fetched_at: datetime | None = None
    language: str = ""
    body: bytes = b""
    reason: str = ""
    bytes_read: int = 0


def is_wet(path: Path) -> bool:
    """Whether a file is one of WET records, by its name."""
    return path.name.lower().endswith(WET_SUFFIXES)


def read_records(path: Path, max_record_bytes: int) -> Iterator[WetRecord]:
    """The conversion records of a file, plain or gzip, in its order; a broken one with the ``reason``.

    A record of more than ``limit`` bytes is broken. So is one whose length is not where it ends, or a part of a file
    that can't be unpacked: reading goes on at the next record. A file that holds none gives one broken record.

    Raises:
        OSError: the file can't be opened or read.
    """
    with path.open("rb") as file:
        found = False
        packed = file.read(2) == _GZIP_MAGIC[:2]
        file.seek(0)
        stream = _Stream(_gunzip(file) if packed else _read_plain(file))
        for number, record in enumerate(_split_records(stream, max_record_bytes), 1):
            parsed = _parse_record(record, number, file.tell())
            if parsed is not None:
                found = True
                yield parsed
        if not found:
            yield WetRecord("", reason="unreadable: it holds no WET record", bytes_read=file.tell())


@dataclass(frozen=True, slots=True)
class _RawRecord:
    header: bytes
    body: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Gap:
    """Bytes are lost here, and what follows is a record's beginning; ``inside``: some of the member's came out."""

    mid_member: bool


def _read_plain(file: BinaryIO) -> Iterator[bytes | _Gap]:
    while piece := file.read(_CHUNK_BYTES):
        yield piece


def _gunzip(file: BinaryIO) -> Iterator[bytes | _Gap]:
    """The unpacked bytes, piece by piece, member by member; a damaged one is given as far as it goes."""
    start, data = 0, b""
    while True:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        inside = False
        try:
            while not decoder.eof:
                data = data or file.read(_CHUNK_BYTES)
                if not data:
                    break
                # In small pieces, since one that meets the damage is lost whole.
                if piece := decoder.decompress(data, _CHUNK_BYTES // 4):
                    inside = True
                    yield piece
                data = decoder.unconsumed_tail
        except zlib.error:
            pass
        if decoder.eof:
            data = decoder.unused_data.lstrip(b"\x00") or file.read(_CHUNK_BYTES)
            if not data:
                return
            start = file.tell() - len(data)
            continue
        yield _Gap(inside)
        found = _find_next_member(file, start + 1)
        if found is None:
            return
        start, data = found, b""
        file.seek(start)


def _find_next_member(file: BinaryIO, start: int) -> int | None:
    """Where the next member begins that holds a record."""
    file.seek(start)
    window = b""
    while True:
        piece = file.read(_CHUNK_BYTES)
        window += piece
        at = window.find(_GZIP_MAGIC)
        # The next piece tells of a candidate at this one's end.
        while at >= 0 and (len(window) - at > 1024 or not piece):
            try:
                if (
                    zlib.decompressobj(zlib.MAX_WBITS | 16)
                    .decompress(window[at : at + 1024], 64)
                    .startswith(_WARC_MAGIC)
                ):
                    return file.tell() - len(window) + at
            except zlib.error:
                pass
            at = window.find(_GZIP_MAGIC, at + 1)
        if not piece:
            return None
        window = window[at:] if at >= 0 else window[-len(_GZIP_MAGIC) :]


class _Stream:
    """Bytes that are looked at before they are taken; ``gap`` is set where some are lost behind those held."""

    def __init__(self, chunks: Iterator[bytes | _Gap]) -> None:
        self._chunks = chunks
        self.buffer = bytearray()
        self.gap: _Gap | None = None

    def fill(self, size: int) -> bool:
        """Hold at least ``size`` bytes; whether there are so many before the end or the next gap."""
        while len(self.buffer) < size and self.gap is None:
            piece = next(self._chunks, None)
            if piece is None:
                break
            if isinstance(piece, _Gap):
                self.gap = piece
            else:
                self.buffer += piece
        return len(self.buffer) >= size

    def skip_line_breaks(self) -> None:
        """Throw away line breaks."""
        while self.fill(1):
            del self.buffer[: len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))]
            if self.buffer:
                return

    def skip_to_record(self) -> bool:
        """Throw away all before the next start of a record; whether there is one."""
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
            if self.fill(len(_WARC_MAGIC)) and self.buffer.startswith(_WARC_MAGIC):
                return True


def _split_records(stream: _Stream, max_record_bytes: int) -> Iterator[_RawRecord]:
    """Every record, whole or not."""
    while True:
        stream.skip_line_breaks()
        if not stream.fill(1) and stream.gap is None:
            return
        stream.fill(len(_WARC_MAGIC))
        known = stream.buffer.startswith(_WARC_MAGIC)
        raw = (
            _read_record(stream, max_record_bytes)
            if known
            else _RawRecord(b"", reason="broken_record: what stands here is no record")
        )
        yield raw
        if raw.reason and not stream.skip_to_record():
            return


def _read_record(stream: _Stream, max_record_bytes: int) -> _RawRecord:
    """The record at the stream's beginning; the start of a broken one stays there."""
    end, size, more = None, 0, True
    while end is None and more and size < _MAX_HEADER_BYTES:
        size += _CHUNK_BYTES // 4
        more = stream.fill(size)
        end = _HEADER_END.search(stream.buffer, 0, _MAX_HEADER_BYTES)
    if end is None:
        reason = "broken_record: its head has no end" if more else "broken_record: it is cut off"
        return _RawRecord(bytes(stream.buffer[:_MAX_HEADER_BYTES]), reason=reason)
    head = bytes(stream.buffer[: end.start()])
    length = _get_header_field(head, "content-length")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18:
        return _RawRecord(head, reason="broken_record: it names no length")
    if int(length) > max_record_bytes:
        return _RawRecord(head, reason=f"too_large: more than {max_record_bytes} bytes")
    stop = end.end() + int(length)
    if not stream.fill(stop):
        return _RawRecord(head, reason="broken_record: it is cut off")
    # Between records stand two empty lines; some writers leave out one, or its carriage return.
    stream.fill(stop + 4 + len(_WARC_MAGIC))
    follows = bytes(stream.buffer[stop : stop + 4 + len(_WARC_MAGIC)])
    rest = follows.lstrip(b"\r\n")
    known = rest != follows and (rest.startswith(_WARC_MAGIC) or _WARC_MAGIC.startswith(rest))
    if follows and not known and not follows.startswith(b"\r\n\r\n"):
        return _RawRecord(head, reason="broken_record: its length is not where it ends")
    body = bytes(stream.buffer[end.end() : stop])
    del stream.buffer[:stop]
    stream.skip_line_breaks()
    if not stream.buffer and stream.gap is not None and stream.gap.mid_member:
        return _RawRecord(head, reason="broken_record: it can't be unpacked whole")
    return _RawRecord(head, body)


def _get_header_field(header: bytes, name: str) -> str:
    """A field of the head, by its name in lower case; empty where it has none."""
    for line in header.split(b"\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name.encode():
            return value.strip().decode("utf-8", "replace")
    return ""


def _parse_record(raw: _RawRecord, number: int, bytes_read: int) -> WetRecord | None:
    """The record in its own terms; None for one that holds no page's text."""
    kind = _get_header_field(raw.header, "warc-type").lower()
    if kind and kind != "conversion":
        return None
    if raw.reason:
        return WetRecord(
            _get_record_id(raw.header, number), _get_url(raw.header), reason=raw.reason, bytes_read=bytes_read
        )
    if not kind:
        return WetRecord(
            _get_record_id(raw.header, number), reason="broken_record: it names no type", bytes_read=bytes_read
        )
    return WetRecord(
        _get_record_id(raw.header, number),
        _get_url(raw.header),
        _parse_time(_get_header_field(raw.header, "warc-date")),
        _parse_language(_get_header_field(raw.header, "warc-identified-content-language")),
        raw.body,
        bytes_read=bytes_read,
    )


def _get_record_id(header: bytes, number: int) -> str:
    mark = _get_header_field(header, "warc-record-id").strip("<>").removeprefix("urn:uuid:")
    return mark if mark.isprintable() and 0 < len(mark) <= _MAX_RECORD_ID_CHARS else str(number)


def _get_url(header: bytes) -> str:
    return _get_header_field(header, "warc-target-uri").strip("<>")


def _parse_time(value: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def _load_languages() -> dict[str, str]:
    data = tomllib.loads((Path(__file__).parent / "wet.toml").read_text(encoding="utf-8"))
    codes: dict[str, str] = data["languages"]
    return codes


def _parse_language(value: str) -> str:
    """The first of the codes that a record names (``deu,eng``, the greatest part first), in two letters."""
    code = value.split(",", maxsplit=1)[0].strip().lower()
    return code if len(code) == 2 else _load_languages().get(code, "")
