"""The records of WARC files of pages (ISO 28500, WARC 1.1): one gzip member each, so that it can be read by itself."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from copydesk.pipeline.core.errors import QuarantineError

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord, WarcRecordType

UNREADABLE = "archive_unreadable"
"""The reason of an archived page that cannot be read."""

UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f]")
"""What a URL in a record must not have."""

_COMPRESSION_LEVEL = 6
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_REMEDY = "Restore the file from a backup, then replay the quarantine."


@dataclass(frozen=True, slots=True)
class Capture:
    """A response to be written: what is known of it apart from its body. Times are aware."""

    url: str
    fetched_at: datetime
    status: int = 200
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None


class WarcWriter:
    """Writes responses to a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, body: bytes, captures: Sequence[Capture]) -> tuple[int, int]:
        """Write a body with its captures: a response, and a revisit record for each further capture.

        Args:
            body: The body, decoded of transfer and content encodings.
            captures: At least one; the first is the response.

        Returns:
            Offset and length of the record with the body, in bytes.
        """
        from fastwarc.warc import WarcRecordType

        digest = _format_digest(hashlib.sha256(body).digest())
        first, *others = captures
        offset = self._file.tell()
        record = _make_record(first, WarcRecordType.response, digest, body, len(body))
        self._write_member(record)
        length = self._file.tell() - offset
        for capture in others:
            revisit = _make_record(capture, WarcRecordType.revisit, digest, b"", len(body))
            revisit.headers["WARC-Profile"] = _SAME_PAYLOAD
            revisit.headers["WARC-Refers-To"] = record.headers["WARC-Record-ID"]
            revisit.headers["WARC-Refers-To-Target-URI"] = record.headers["WARC-Target-URI"]
            revisit.headers["WARC-Refers-To-Date"] = record.headers["WARC-Date"]
            self._write_member(revisit)
        return offset, length

    def _write_member(self, record: WarcRecord) -> None:
        from fastwarc.stream_io import GzipWriter

        member = BytesIO()
        writer = GzipWriter(member, _COMPRESSION_LEVEL)
        record.write(writer)
        writer.close()
        self._file.write(member.getbuffer())


def parse_body(member: bytes, sha256: bytes, size: int) -> bytes:
    """Return the body of a response.

    Args:
        member: The gzip member of its record.
        sha256: SHA-256 of the body.
        size: Length of the body in bytes, which bounds the memory.

    Raises:
        QuarantineError: It is damaged, or the record of another body.
    """
    from fastwarc.warc import ArchiveIterator

    try:
        record = next(iter(ArchiveIterator(BytesIO(member), strict_mode=False)), None)
        body = b"" if record is None else record.reader.read(size + 1)
    except (OSError, ValueError, EOFError) as error:
        raise make_unreadable_error(f"its record is damaged ({error})") from None
    if record is None or hashlib.sha256(body).digest() != sha256:
        raise make_unreadable_error("its record is damaged")
    return body


def find_fault(member: bytes, sha256: bytes) -> str:
    """Check a record with another library than the one that wrote it: its digests, and that nothing follows it.

    Args:
        member: The gzip member of the record.
        sha256: SHA-256 of the body that it must have.

    Returns:
        What is wrong; empty if nothing is.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    digest, count = hashlib.sha256(), 0
    try:
        for record in ArchiveIterator(BytesIO(member), check_digests="raise"):
            count += 1
            while block := record.raw_stream.read(1 << 20):
                digest.update(block)
            if record.digest_checker.passed is not True:
                return "its digests do not match"
    except (ArchiveLoadFailed, OSError, ValueError, EOFError, zlib.error) as error:
        return str(error) or type(error).__name__
    if count != 1:
        return f"{count} records instead of one"
    return "" if digest.digest() == sha256 else "it has another body"


def make_unreadable_error(why: str) -> QuarantineError:
    """Return the error for an archived page that cannot be read."""
    return QuarantineError(UNREADABLE, f"The archived page cannot be read: {why}.", _REMEDY)


def _make_record(
    capture: Capture, kind: WarcRecordType, payload_digest: str, body: bytes, body_bytes: int
) -> WarcRecord:
    from fastwarc.warc import WarcRecord

    head = _format_http_head(capture, body_bytes)
    record = WarcRecord()
    record.init_headers(kind)
    at = capture.fetched_at.astimezone(UTC)
    record.headers["WARC-Date"] = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}Z"
    record.headers["WARC-Target-URI"] = UNSAFE_IN_URL.sub(lambda blank: quote(blank[0]), capture.url)
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.headers["WARC-Payload-Digest"] = payload_digest
    block = head + body
    record.headers["WARC-Block-Digest"] = _format_digest(hashlib.sha256(block).digest())
    record.set_bytes_content(block)
    return record


def _format_http_head(capture: Capture, body_bytes: int) -> bytes:
    try:
        phrase = HTTPStatus(capture.status).phrase
    except ValueError:
        phrase = "Unknown"
    content_type = capture.content_type
    if capture.charset:
        content_type = f"{content_type or 'text/html'}; charset={capture.charset}"
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(body_bytes),
        "ETag": capture.etag,
        "Last-Modified": capture.last_modified,
    }
    lines = [f"HTTP/1.1 {capture.status} {phrase}"]
    lines += [f"{name}: {_to_line(value)}" for name, value in headers.items() if value]
    return b"\r\n".join([*map(_encode_header, lines), b"", b""])


def _encode_header(line: str) -> bytes:
    try:
        return line.encode("latin-1")  # as HTTP headers are read
    except UnicodeEncodeError:
        return line.encode()


def _to_line(text: str) -> str:
    return " ".join(text.split())


def _format_digest(digest: bytes) -> str:
    return f"sha256:{base64.b32encode(digest).decode()}"
