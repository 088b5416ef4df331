"""Read records of WARC files by byte range: neighbours in one request, several requests at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.page_archive.storage import ArchiveStorage
from copydesk.pipeline.page_archive.warc_records import make_unreadable_error

MAX_GAP_BYTES = 1 << 16
"""Bytes between two records that are read too, instead of another request: about what one request costs in time."""

MAX_SPAN_BYTES = 1 << 24
"""Bytes per request, unless one record is longer."""


@dataclass(frozen=True, slots=True, order=True)
class BodyLocation:
    """Where the record of a body is: file, offset and length in bytes."""

    file: str
    offset: int
    length: int


def read_members(
    storage: ArchiveStorage, locations: Iterable[BodyLocation]
) -> Iterator[tuple[BodyLocation, bytes | QuarantineError]]:
    """Yield the gzip members at these locations, in order of file and offset; an error for each that is not there.

    Raises:
        PageArchiveUnreachable: The storage cannot be read.
    """
    spans = list(_group_neighbours(sorted(set(locations))))
    if storage.requests == 1 or len(spans) == 1:
        for span in spans:
            yield from _read_span(storage, span)
        return
    with ThreadPoolExecutor(storage.requests, "page-archive") as pool:
        # Not all at once: what has been read waits in memory.
        for start in range(0, len(spans), storage.requests):
            for found in pool.map(lambda span: _read_span(storage, span), spans[start : start + storage.requests]):
                yield from found


def _group_neighbours(locations: Sequence[BodyLocation]) -> Iterator[list[BodyLocation]]:
    span: list[BodyLocation] = []
    for location in locations:
        if span:
            gap = location.offset - (span[-1].offset + span[-1].length)
            total = location.offset + location.length - span[0].offset
            if location.file != span[0].file or gap > MAX_GAP_BYTES or total > MAX_SPAN_BYTES:
                yield span
                span = []
        span.append(location)
    if span:
        yield span


def _read_span(
    storage: ArchiveStorage, span: Sequence[BodyLocation]
) -> list[tuple[BodyLocation, bytes | QuarantineError]]:
    start, end = span[0].offset, max(one.offset + one.length for one in span)
    data = storage.read_range(span[0].file, start, end - start)
    if data is None:
        missing = make_unreadable_error(f"there is no file {storage.describe(span[0].file)}")
        return [(location, missing) for location in span]
    return [(location, _cut(data, location, start, storage)) for location in span]


def _cut(data: bytes, location: BodyLocation, start: int, storage: ArchiveStorage) -> bytes | QuarantineError:
    first = location.offset - start
    member = data[first : first + location.length]
    if len(member) == location.length:
        return member
    return make_unreadable_error(f"{storage.describe(location.file)} ends before its record")
