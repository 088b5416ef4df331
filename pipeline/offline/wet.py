"""Stream the records of Common Crawl's WET files: the plain text of pages, one WARC record per page.

Memory use is about twice the largest accepted page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from copydesk.pipeline.core.data_files import read_toml
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.offline.warc_framing import (
    RawRecord,
    get_header_field,
    get_record_id,
    get_url,
    split_records,
)
from copydesk.pipeline.offline.wet_stream import open_stream

WET_SUFFIXES = (".wet", ".wet.gz")
"""Suffixes of WET file names (``CC-MAIN-....warc.wet.gz``)."""


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
        for number, raw in enumerate(split_records(open_stream(file), max_record_bytes), 1):
            record = _parse_record(raw, number, file.tell())
            if record is not None:
                has_records = True
                yield record
        if not has_records:
            yield WetRecord("", reason="unreadable: the file contains no WET record", bytes_read=file.tell())


def _parse_record(raw: RawRecord, number: int, bytes_read: int) -> WetRecord | None:
    """Return the parsed record; None if it is not the text of a page."""
    kind = get_header_field(raw.header, "warc-type").lower()
    if kind and kind != "conversion":
        return None
    if raw.reason:
        return WetRecord(
            get_record_id(raw.header, number), get_url(raw.header), reason=raw.reason, bytes_read=bytes_read
        )
    if not kind:
        return WetRecord(get_record_id(raw.header, number), reason="broken_record: no WARC-Type", bytes_read=bytes_read)
    return WetRecord(
        get_record_id(raw.header, number),
        get_url(raw.header),
        parse_time(get_header_field(raw.header, "warc-date")).instant,
        _parse_language(get_header_field(raw.header, "warc-identified-content-language")),
        raw.body,
        bytes_read=bytes_read,
    )


@cache
def _load_languages() -> dict[str, str]:
    data = read_toml(Path(__file__).with_name("wet.toml"))
    codes: dict[str, str] = data["languages"]
    return codes


def _parse_language(value: str) -> str:
    """Return the two-letter code of the first language in a list such as ``deu,eng`` (largest share first)."""
    code = value.split(",", maxsplit=1)[0].strip().lower()
    return code if len(code) == 2 else _load_languages().get(code, "")
