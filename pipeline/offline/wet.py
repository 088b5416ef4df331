"""Stream the records of Common Crawl's WET files: the plain text of pages, one WARC record per page.

The WARC framing (ISO 28500, WARC 1.1) is parsed here because the available libraries stop silently at the first damaged
gzip member, or buffer lines of any length. A file of thousands of records must report each broken record and continue
after it. Memory use is about twice the largest accepted page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.offline.wet_stream import CHUNK_BYTES, WARC_MAGIC, ByteStream, open_stream

WET_SUFFIXES = (".wet", ".wet.gz")
"""Suffixes of WET file names (``CC-MAIN-....warc.wet.gz``)."""

# An empty line.
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEADER_BYTES = 1 << 16
_MAX_RECORD_ID_CHARS = 100


@dataclass(frozen=True, slots=True)
class WetRecord:
    """The text of one page, or the reason why it cannot be read."""

    record_id: str
    """The record's own id, else its number in the file; stable if the file is recompressed."""

    url: str = ""
    """The URL of the page."""

    fetched_at: datetime | None = None
    """When the page was fetched, in UTC; None if the record does not say."""

    language: str = ""
    """Two-letter ISO 639-1 code; empty if the record does not say."""

    body: bytes = b""
    """The text, in UTF-8."""

    reason: str = ""
    """Why the record is broken, as ``code: detail``; empty if it is not."""

    bytes_read: int = 0
    """Bytes read of the file so far."""


def is_wet(path: Path) -> bool:
    """Return whether a file contains WET records, judging by its name."""
    return path.name.lower().endswith(WET_SUFFIXES)


def read_records(path: Path, max_record_bytes: int) -> Iterator[WetRecord]:
    """Yield the conversion records of a file, plain or gzip, in order; broken ones with their ``reason``.

    A record is broken if it is too large, if its length does not match its end, or if it cannot be decompressed.
    Reading continues with the next record. A file without any record yields one broken record.

    Args:
        path: The file.
        max_record_bytes: Size limit per record body, after decompression.

    Raises:
        OSError: The file cannot be opened or read.
    """
    with path.open("rb") as file:
        has_records = False
        for number, raw in enumerate(_split_records(open_stream(file), max_record_bytes), 1):
            record = _parse_record(raw, number, file.tell())
            if record is not None:
                has_records = True
                yield record
        if not has_records:
            yield WetRecord("", reason="unreadable: the file contains no WET record", bytes_read=file.tell())


@dataclass(frozen=True, slots=True)
class _RawRecord:
    header: bytes
    body: bytes = b""
    reason: str = ""


def _split_records(stream: ByteStream, max_record_bytes: int) -> Iterator[_RawRecord]:
    """Yield every record, complete or broken."""
    while True:
        stream.skip_line_breaks()
        if not stream.fill(1) and stream.gap is None:
            return
        stream.fill(len(WARC_MAGIC))
        raw = (
            _read_record(stream, max_record_bytes)
            if stream.buffer.startswith(WARC_MAGIC)
            else _RawRecord(b"", reason="broken_record: expected a WARC header")
        )
        yield raw
        if raw.reason and not stream.skip_to_record():
            return


def _read_record(stream: ByteStream, max_record_bytes: int) -> _RawRecord:
    """Consume and return the record at the start of the stream; leave a broken one unconsumed."""
    end, size, has_more = None, 0, True
    while end is None and has_more and size < _MAX_HEADER_BYTES:
        size += CHUNK_BYTES // 4
        has_more = stream.fill(size)
        end = _HEADER_END.search(stream.buffer, 0, _MAX_HEADER_BYTES)
    if end is None:
        reason = "broken_record: the header does not end" if has_more else "broken_record: truncated"
        return _RawRecord(bytes(stream.buffer[:_MAX_HEADER_BYTES]), reason=reason)
    header = bytes(stream.buffer[: end.start()])
    length = _get_header_field(header, "content-length")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18:
        return _RawRecord(header, reason="broken_record: no Content-Length")
    if int(length) > max_record_bytes:
        return _RawRecord(header, reason=f"too_large: more than {max_record_bytes} bytes")
    stop = end.end() + int(length)
    if not stream.fill(stop):
        return _RawRecord(header, reason="broken_record: truncated")
    # Two empty lines separate records; some writers omit one of them, or its carriage return.
    stream.fill(stop + 4 + len(WARC_MAGIC))
    following = bytes(stream.buffer[stop : stop + 4 + len(WARC_MAGIC)])
    stripped = following.lstrip(b"\r\n")
    starts_record = stripped != following and (stripped.startswith(WARC_MAGIC) or WARC_MAGIC.startswith(stripped))
    if following and not starts_record and not following.startswith(b"\r\n\r\n"):
        return _RawRecord(header, reason="broken_record: Content-Length does not match the end of the record")
    body = bytes(stream.buffer[end.end() : stop])
    del stream.buffer[:stop]
    stream.skip_line_breaks()
    if not stream.buffer and stream.gap is not None and stream.gap.mid_member:
        return _RawRecord(header, reason="broken_record: cannot be decompressed completely")
    return _RawRecord(header, body)


def _get_header_field(header: bytes, name: str) -> str:
    """Return a header field by its lower-case name; empty if it is missing."""
    for line in header.split(b"\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name.encode():
            return value.strip().decode("utf-8", "replace")
    return ""


def _parse_record(raw: _RawRecord, number: int, bytes_read: int) -> WetRecord | None:
    """Return the parsed record; None if it is not the text of a page."""
    kind = _get_header_field(raw.header, "warc-type").lower()
    if kind and kind != "conversion":
        return None
    if raw.reason:
        return WetRecord(
            _get_record_id(raw.header, number), _get_url(raw.header), reason=raw.reason, bytes_read=bytes_read
        )
    if not kind:
        return WetRecord(
            _get_record_id(raw.header, number), reason="broken_record: no WARC-Type", bytes_read=bytes_read
        )
    return WetRecord(
        _get_record_id(raw.header, number),
        _get_url(raw.header),
        parse_time(_get_header_field(raw.header, "warc-date")).instant,
        _parse_language(_get_header_field(raw.header, "warc-identified-content-language")),
        raw.body,
        bytes_read=bytes_read,
    )


def _get_record_id(header: bytes, number: int) -> str:
    record_id = _get_header_field(header, "warc-record-id").strip("<>").removeprefix("urn:uuid:")
    return record_id if record_id.isprintable() and 0 < len(record_id) <= _MAX_RECORD_ID_CHARS else str(number)


def _get_url(header: bytes) -> str:
    return _get_header_field(header, "warc-target-uri").strip("<>")


@cache
def _load_languages() -> dict[str, str]:
    data = read_toml(Path(__file__).with_name("wet.toml"))
    codes: dict[str, str] = data["languages"]
    return codes


def _parse_language(value: str) -> str:
    """Return the two-letter code of the first language in a list such as ``deu,eng`` (largest share first)."""
    code = value.split(",", maxsplit=1)[0].strip().lower()
    return code if len(code) == 2 else _load_languages().get(code, "")
