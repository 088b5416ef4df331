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

NAMES = (".wet", ".wet.gz")
"""How the name of such a file ends (``CC-MAIN-....warc.wet.gz``)."""

_PIECE = 1 << 14
_MEMBER = b"\x1f\x8b\x08"
_FIRST = b"WARC/"
# A record begins on a line of its own; the head ends with an empty line.
_START = re.compile(rb"(?:\r?\n)(?=WARC/\d\.\d{1,2}\r?\n)")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEAD = 1 << 16
# No start of a record that reaches into what is not read yet is missed.
_OVERLAP = 32
_MAX_MARK = 100


@dataclass(frozen=True, slots=True)
class Record:
    """The text of one page, or why it can't be had.

    ``mark`` tells it from the file's other records and stays when the file is packed anew: the record's own id, else
    its number. ``language`` is a code of two letters, empty where the record names none; ``fetched_at`` aware, UTC,
    None likewise. ``read`` is how many bytes of the file were read so far.
    """

    mark: str
    url: str = ""
    fetched_at: datetime | None = None
    language: str = ""
    body: bytes = b""
    reason: str = ""
    read: int = 0


def is_wet(path: Path) -> bool:
    """Whether a file is one of WET records, by its name."""
    return path.name.lower().endswith(NAMES)


def read_records(path: Path, limit: int) -> Iterator[Record]:
    """The conversion records of a file, plain or gzip, in its order; a broken one with the ``reason``.

    A record of more than ``limit`` bytes is broken. So is one whose length is not where it ends, or a part of a file
    that can't be unpacked: reading goes on at the next record. A file that holds none gives one broken record.

    Raises:
        OSError: the file can't be opened or read.
    """
    with path.open("rb") as file:
        found = False
        packed = file.read(2) == _MEMBER[:2]
        file.seek(0)
        stream = _Stream(_unpack(file) if packed else _read_plain(file))
        for number, record in enumerate(_split(stream, limit), 1):
            told = _read_head(record, number, file.tell())
            if told is not None:
                found = True
                yield told
        if not found:
            yield Record("", reason="unreadable: it holds no WET record", read=file.tell())


@dataclass(frozen=True, slots=True)
class _Raw:
    head: bytes
    body: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Gap:
    """Bytes are lost here, and what follows is a record's beginning; ``inside``: some of the member's came out."""

    inside: bool


def _read_plain(file: BinaryIO) -> Iterator[bytes | _Gap]:
    while piece := file.read(_PIECE):
        yield piece


def _unpack(file: BinaryIO) -> Iterator[bytes | _Gap]:
    """The unpacked bytes, piece by piece, member by member; a damaged one is given as far as it goes."""
    start, data = 0, b""
    while True:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        inside = False
        try:
            while not decoder.eof:
                data = data or file.read(_PIECE)
                if not data:
                    break
                # In small pieces, since one that meets the damage is lost whole.
                if piece := decoder.decompress(data, _PIECE // 4):
                    inside = True
                    yield piece
                data = decoder.unconsumed_tail
        except zlib.error:
            pass
        if decoder.eof:
            data = decoder.unused_data.lstrip(b"\x00") or file.read(_PIECE)
            if not data:
                return
            start = file.tell() - len(data)
            continue
        yield _Gap(inside)
        found = _find_member(file, start + 1)
        if found is None:
            return
        start, data = found, b""
        file.seek(start)


def _find_member(file: BinaryIO, start: int) -> int | None:
    """Where the next member begins that holds a record."""
    file.seek(start)
    window = b""
    while True:
        piece = file.read(_PIECE)
        window += piece
        at = window.find(_MEMBER)
        # The next piece tells of a candidate at this one's end.
        while at >= 0 and (len(window) - at > 1024 or not piece):
            try:
                if zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(window[at : at + 1024], 64).startswith(_FIRST):
                    return file.tell() - len(window) + at
            except zlib.error:
                pass
            at = window.find(_MEMBER, at + 1)
        if not piece:
            return None
        window = window[at:] if at >= 0 else window[-len(_MEMBER) :]


class _Stream:
    """Bytes that are looked at before they are taken; ``gap`` is set where some are lost behind those held."""

    def __init__(self, pieces: Iterator[bytes | _Gap]) -> None:
        self._pieces = pieces
        self.held = bytearray()
        self.gap: _Gap | None = None

    def fill(self, size: int) -> bool:
        """Hold at least ``size`` bytes; whether there are so many before the end or the next gap."""
        while len(self.held) < size and self.gap is None:
            piece = next(self._pieces, None)
            if piece is None:
                break
            if isinstance(piece, _Gap):
                self.gap = piece
            else:
                self.held += piece
        return len(self.held) >= size

    def strip(self) -> None:
        """Throw away line breaks."""
        while self.fill(1):
            del self.held[: len(self.held) - len(self.held.lstrip(b"\r\n"))]
            if self.held:
                return

    def skip(self) -> bool:
        """Throw away all before the next start of a record; whether there is one."""
        while True:
            if match := _START.search(self.held):
                del self.held[: match.end()]
                return True
            del self.held[:-_OVERLAP]
            if self.fill(len(self.held) + 1):
                continue
            if self.gap is None:
                return False
            self.held.clear()
            self.gap = None
            if self.fill(len(_FIRST)) and self.held.startswith(_FIRST):
                return True


def _split(stream: _Stream, limit: int) -> Iterator[_Raw]:
    """Every record, whole or not."""
    while True:
        stream.strip()
        if not stream.fill(1) and stream.gap is None:
            return
        stream.fill(len(_FIRST))
        known = stream.held.startswith(_FIRST)
        raw = _take(stream, limit) if known else _Raw(b"", reason="broken_record: what stands here is no record")
        yield raw
        if raw.reason and not stream.skip():
            return


def _take(stream: _Stream, limit: int) -> _Raw:
    """The record at the stream's beginning; the start of a broken one stays there."""
    end, size, more = None, 0, True
    while end is None and more and size < _MAX_HEAD:
        size += _PIECE // 4
        more = stream.fill(size)
        end = _HEAD_END.search(stream.held, 0, _MAX_HEAD)
    if end is None:
        told = "broken_record: its head has no end" if more else "broken_record: it is cut off"
        return _Raw(bytes(stream.held[:_MAX_HEAD]), reason=told)
    head = bytes(stream.held[: end.start()])
    length = _find(head, "content-length")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18:
        return _Raw(head, reason="broken_record: it names no length")
    if int(length) > limit:
        return _Raw(head, reason=f"too_large: more than {limit} bytes")
    stop = end.end() + int(length)
    if not stream.fill(stop):
        return _Raw(head, reason="broken_record: it is cut off")
    # Between records stand two empty lines; some writers leave out one, or its carriage return.
    stream.fill(stop + 4 + len(_FIRST))
    follows = bytes(stream.held[stop : stop + 4 + len(_FIRST)])
    rest = follows.lstrip(b"\r\n")
    known = rest != follows and (rest.startswith(_FIRST) or _FIRST.startswith(rest))
    if follows and not known and not follows.startswith(b"\r\n\r\n"):
        return _Raw(head, reason="broken_record: its length is not where it ends")
    body = bytes(stream.held[end.end() : stop])
    del stream.held[:stop]
    stream.strip()
    if not stream.held and stream.gap is not None and stream.gap.inside:
        return _Raw(head, reason="broken_record: it can't be unpacked whole")
    return _Raw(head, body)


def _find(head: bytes, name: str) -> str:
    """A field of the head, by its name in lower case; empty where it has none."""
    for line in head.split(b"\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name.encode():
            return value.strip().decode("utf-8", "replace")
    return ""


def _read_head(raw: _Raw, number: int, read: int) -> Record | None:
    """The record in its own terms; None for one that holds no page's text."""
    kind = _find(raw.head, "warc-type").lower()
    if kind and kind != "conversion":
        return None
    if raw.reason:
        return Record(_mark(raw.head, number), _find_url(raw.head), reason=raw.reason, read=read)
    if not kind:
        return Record(_mark(raw.head, number), reason="broken_record: it names no type", read=read)
    return Record(
        _mark(raw.head, number),
        _find_url(raw.head),
        _read_time(_find(raw.head, "warc-date")),
        _read_language(_find(raw.head, "warc-identified-content-language")),
        raw.body,
        read=read,
    )


def _mark(head: bytes, number: int) -> str:
    mark = _find(head, "warc-record-id").strip("<>").removeprefix("urn:uuid:")
    return mark if mark.isprintable() and 0 < len(mark) <= _MAX_MARK else str(number)


def _find_url(head: bytes) -> str:
    return _find(head, "warc-target-uri").strip("<>")


def _read_time(value: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def _languages() -> dict[str, str]:
    data = tomllib.loads((Path(__file__).parent / "wet.toml").read_text(encoding="utf-8"))
    codes: dict[str, str] = data["languages"]
    return codes


def _read_language(value: str) -> str:
    """The first of the codes that a record names (``deu,eng``, the greatest part first), in two letters."""
    code = value.split(",", maxsplit=1)[0].strip().lower()
    return code if len(code) == 2 else _languages().get(code, "")
