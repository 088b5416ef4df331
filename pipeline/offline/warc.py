"""Stream the HTTP responses of WARC files: the pages of a web archive, as the servers sent them.

Common Crawl's news archive (``CC-NEWS-...warc.gz``) has one response per page, with its request, in gzip members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from w3lib.encoding import http_content_type_encoding

from copydesk.pipeline.core.charset_names import resolve_charset
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.page_form import find_rejection, is_html
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.offline.warc_framing import RawRecord, get_header_field, get_record_id, get_url, split_records
from copydesk.pipeline.offline.wet_stream import open_stream

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

WARC_SUFFIXES = (".warc", ".warc.gz")
"""Suffixes of WARC file names."""

REVISIT_REASON = "revisit"
"""The reason of a record of a page that was the same as in an earlier capture."""

# Headers and chunk sizes of a response are part of its record, and not of the page.
_OVERHEAD_BYTES = 1 << 20
_Decoding = Literal["all", "content", "none"]
# What archives keep of a page: its response, the same without HTTP, or a mark that it was the same as before.
_PAGE_KINDS = frozenset({"response", "resource", "revisit"})
# Some writers decode a response and keep the headers of what they decoded.
_DECODINGS: tuple[_Decoding, ...] = ("all", "content", "none")


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """A record of a page, with a response that is not parsed yet."""

    number: int
    """The number of the record among all records of the file, from 1."""

    record_id: str
    """The record's own id, else its number."""

    url: str
    """The URL of the page; empty if the record has none."""

    fetched_at: datetime | None
    """When the page was captured, in UTC; None if the record does not say."""

    raw: RawRecord
    """The record; ``raw.reason`` says why it is broken."""

    bytes_read: int
    """Bytes read of the file so far."""

    original: RawRecord | None = None
    """The response that a capture without bytes refers to, if it is the one before it in the file."""

    def parse(self, max_page_bytes: int) -> tuple[Page | None, str]:
        """Return the page, or None and the reason why there is none.

        Args:
            max_page_bytes: Size limit of the page without content encoding.

        Returns:
            The page and an empty string; or None and a reason as the crawler has it (``http 404``, ``content type``,
            ``empty``), ``revisit`` for a capture without bytes because an earlier one elsewhere has the same, or
            ``code: detail`` for a broken record.
        """
        if self.raw.reason:
            return None, self.raw.reason
        kind = get_header_field(self.raw.header, "warc-type").lower()
        if kind == "revisit" and self.original is None:
            return None, REVISIT_REASON
        if self.fetched_at is None:
            return None, "broken_record: no WARC-Date"
        if kind == "resource":
            return self._make_page(200, get_header_field(self.raw.header, "content-type"), self.raw.body, {})
        return self._parse_http(max_page_bytes)

    def _parse_http(self, max_page_bytes: int) -> tuple[Page | None, str]:
        reason = "broken_record: no HTTP response"
        for decoding in _DECODINGS:
            try:
                record = self._open(decoding)
                if record is None or record.http_headers is None or record.http_headers.status_code is None:
                    return None, reason
                body = record.reader.read(max_page_bytes + 1)
            except (OSError, ValueError) as error:
                if decoding == _DECODINGS[0]:
                    reason = f"broken_record: {str(error)[:200]}"
                continue
            if decoding == "none" and not is_html(body):
                break
            if len(body) > max_page_bytes:
                return None, f"too_large: more than {max_page_bytes} bytes"
            headers = {name.lower(): value for name, value in record.http_headers.items()}
            return self._make_page(record.http_headers.status_code, headers.get("content-type", ""), body, headers)
        return None, reason

    def _open(self, decoding: _Decoding) -> WarcRecord | None:
        from fastwarc.warc import ArchiveIterator

        raw = self.original or self.raw
        data = BytesIO(b"".join((raw.header, b"\r\n\r\n", raw.body, b"\r\n\r\n")))
        record = next(iter(ArchiveIterator(data, parse_http=False)), None)
        if record is not None:
            record.parse_http(auto_decode=decoding)
        return record

    def _make_page(
        self, status: int, content_type: str, body: bytes, headers: dict[str, str]
    ) -> tuple[Page | None, str]:
        media_type = content_type.replace(",", ";").partition(";")[0].strip().lower()
        if reason := find_rejection(status, media_type, body):
            return None, reason
        assert self.fetched_at is not None  # noqa: S101 - parse has checked it
        page = Page(
            url=self.url,
            final_url=self.url,
            body=body,
            fetched_at=self.fetched_at,
            content_type=media_type,
            charset=resolve_charset(http_content_type_encoding(content_type)),
            status=status,
            etag=headers.get("etag") or None,
            last_modified=headers.get("last-modified") or None,
        )
        return page, ""


def is_warc(path: Path) -> bool:
    """Return whether a file contains WARC records of responses, judging by its name."""
    return path.name.lower().endswith(WARC_SUFFIXES)


def check_fastwarc() -> None:
    """Check that responses can be parsed.

    Raises:
        BadInput: fastwarc is not installed.
    """
    try:
        import fastwarc.warc  # noqa: F401
    except ImportError:
        raise BadInput(
            "Reading WARC files needs fastwarc, which is not installed.", 'Install it: pip install "copydesk[warc]".'
        ) from None


def read_responses(path: Path, max_page_bytes: int, skip: int = 0) -> Iterator[ArchivedResponse]:
    """Yield the records of pages in a file, plain or gzip, in order; broken ones with their reason.

    Reading continues after a broken record. Memory use is about four times the largest accepted page.

    Args:
        path: The file.
        max_page_bytes: Size limit per page.
        skip: The number of records, of any kind, to leave out at the start.

    Raises:
        OSError: The file cannot be opened or read.
    """
    response: RawRecord | None = None
    with path.open("rb") as file:
        for number, raw in enumerate(split_records(open_stream(file), max_page_bytes + _OVERHEAD_BYTES), 1):
            kind = get_header_field(raw.header, "warc-type").lower()
            if kind == "response":
                response = raw
            if number <= skip:
                continue
            if kind in _PAGE_KINDS or (raw.reason and not kind):
                fetched_at = parse_time(get_header_field(raw.header, "warc-date")).instant
                record_id = get_record_id(raw.header, number)
                original = response if kind == "revisit" and response and _refers_to(raw, response) else None
                yield ArchivedResponse(number, record_id, get_url(raw.header), fetched_at, raw, file.tell(), original)


def _refers_to(revisit: RawRecord, response: RawRecord) -> bool:
    record_id = get_header_field(response.header, "warc-record-id")
    return bool(record_id) and not response.reason and get_header_field(revisit.header, "warc-refers-to") == record_id
