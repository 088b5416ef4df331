"""Split WARC and WET files into records.

The framing (ISO 28500, WARC 1.1) is parsed here because the available libraries stop silently at the first damaged gzip
member, or buffer lines of any length. A file of thousands of records must report each broken record and continue after
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copydesk.pipeline.offline.wet_stream import CHUNK_BYTES, WARC_MAGIC, ByteStream

# An empty line.
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEADER_BYTES = 1 << 16
_MAX_RECORD_ID_CHARS = 100


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as it is in the file; ``reason`` says why it is broken, as ``code: detail``."""

    header: bytes
    body: bytes = b""
    reason: str = ""


def split_records(stream: ByteStream, max_record_bytes: int) -> Iterator[RawRecord]:
    """Yield every record, complete or broken; reading continues with the next record after a broken one.

    Args:
        stream: The decompressed bytes of the file.
        max_record_bytes: Size limit per record body, after decompression.
    """
    while True:
        stream.skip_line_breaks()
        if not stream.fill(1) and stream.gap is None:
            return
        stream.fill(len(WARC_MAGIC))
        raw = (
            _read_record(stream, max_record_bytes)
            if stream.buffer.startswith(WARC_MAGIC)
            else RawRecord(b"", reason="broken_record: expected a WARC header")
        )
        yield raw
        if raw.reason and not stream.skip_to_record():
            return


def _read_record(stream: ByteStream, max_record_bytes: int) -> RawRecord:
    """Consume and return the record at the start of the stream; leave a broken one unconsumed."""
    end, size, has_more = None, 0, True
    while end is None and has_more and size < _MAX_HEADER_BYTES:
        size += CHUNK_BYTES // 4
        has_more = stream.fill(size)
        end = _HEADER_END.search(stream.buffer, 0, _MAX_HEADER_BYTES)
    if end is None:
        reason = "broken_record: the header does not end" if has_more else "broken_record: truncated"
        return RawRecord(bytes(stream.buffer[:_MAX_HEADER_BYTES]), reason=reason)
    header = bytes(stream.buffer[: end.start()])
    length = get_header_field(header, "content-length")
    if not (length.isascii() and length.isdecimal()) or len(length) > 18:
        return RawRecord(header, reason="broken_record: no Content-Length")
    if int(length) > max_record_bytes:
        return RawRecord(header, reason=f"too_large: more than {max_record_bytes} bytes")
    stop = end.end() + int(length)
    if not stream.fill(stop):
        return RawRecord(header, reason="broken_record: truncated")
    # Two empty lines separate records; some writers omit one of them, or its carriage return.
    stream.fill(stop + 4 + len(WARC_MAGIC))
    following = bytes(stream.buffer[stop : stop + 4 + len(WARC_MAGIC)])
    stripped = following.lstrip(b"\r\n")
    starts_record = stripped != following and (stripped.startswith(WARC_MAGIC) or WARC_MAGIC.startswith(stripped))
    if following and not starts_record and not following.startswith(b"\r\n\r\n"):
        return RawRecord(header, reason="broken_record: Content-Length does not match the end of the record")
    body = bytes(stream.buffer[end.end() : stop])
    del stream.buffer[:stop]
    stream.skip_line_breaks()
    if not stream.buffer and stream.gap is not None and stream.gap.mid_member:
        return RawRecord(header, reason="broken_record: cannot be decompressed completely")
    return RawRecord(header, body)


def get_header_field(header: bytes, name: str) -> str:
    """Return a header field by its lower-case name; empty if it is missing."""
    for line in header.split(b"\n")[1:]:
        key, colon, value = line.partition(b":")
        if colon and key.strip().lower() == name.encode():
            return value.strip().decode("utf-8", "replace")
    return ""


def get_record_id(header: bytes, number: int) -> str:
    """Return a record's own id, or its number if it has none that can be printed; stable if a file is recompressed."""
    record_id = get_header_field(header, "warc-record-id").strip("<>").removeprefix("urn:uuid:")
    return record_id if record_id.isprintable() and 0 < len(record_id) <= _MAX_RECORD_ID_CHARS else str(number)


def get_url(header: bytes) -> str:
    """Return the URL of the page; empty if the record has none."""
    return get_header_field(header, "warc-target-uri").strip("<>")
