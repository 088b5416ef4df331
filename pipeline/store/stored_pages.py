"""Read stored pages with their bytes, from the database or from the WARC files of the page archive."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import QuarantineError
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.page_archive.reading import BodyLocation, read_members
from copydesk.pipeline.page_archive.storage import open_storage
from copydesk.pipeline.page_archive.warc_records import parse_body

BATCH_SIZE = 100


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is stored, with its canonical URL."""

    page_id: UUID
    page: Page
    canonical_url: str


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """A page with bytes that cannot be read, and the reason: the WARC file that has them is missing or damaged."""

    page_id: UUID
    canonical_url: str
    fetched_at: datetime
    error: QuarantineError


@dataclass(slots=True)
class _PageRow:
    page_id: UUID
    url: str
    wire: str
    body: bytes | None
    fetched_at: datetime
    content_type: str
    charset: str | None
    status: int
    etag: str | None
    last_modified: str | None
    canonical_url: str
    published_hint: datetime | None
    feed_source: str
    sha256: bytes
    size: int
    warc_file: str | None
    warc_offset: int | None
    warc_length: int | None

    @property
    def location(self) -> BodyLocation | None:
        if self.warc_file is None or self.warc_offset is None or self.warc_length is None:
            return None
        return BodyLocation(self.warc_file, self.warc_offset, self.warc_length)


def read_page(connection: Connection[Row], page_id: UUID, archive_url: str) -> StoredPage | None:
    """Return a page with its bytes; None if it does not exist or its bytes were deleted.

    Args:
        connection: An open connection.
        page_id: The page.
        archive_url: The setting ``page_archive.url``.

    Raises:
        QuarantineError: The WARC file that has the bytes is missing or damaged.
        BadSettings, PageArchiveUnreachable: The page archive cannot be read.
    """
    found = next(read_pages(connection, [page_id], archive_url), None)
    if isinstance(found, UnreadablePage):
        raise found.error
    return found


def read_pages(
    connection: Connection[Row], page_ids: Iterable[UUID], archive_url: str, batch_size: int = BATCH_SIZE
) -> Iterator[StoredPage | UnreadablePage]:
    """Yield pages with their bytes, ordered by id.

    Pages that do not exist, or with deleted bytes, are left out. Those with bytes that cannot be read are not.

    Args:
        connection: An open connection.
        page_ids: The pages.
        archive_url: The setting ``page_archive.url``.
        batch_size: Pages in memory at a time, compressed, and as many in one request to the archive.

    Raises:
        BadSettings, PageArchiveUnreachable: The page archive cannot be read.
    """
    remaining_ids = iter(sorted(set(page_ids)))
    while chunk := list(islice(remaining_ids, batch_size)):
        rows = _list_rows(connection, chunk)
        members = _read_members(rows, archive_url)
        moved = {page_id for page_id, found in members.items() if isinstance(found, QuarantineError)}
        if moved:  # or the file has been rewritten since its name was read
            fresh = _list_rows(connection, moved)
            members = {page_id: found for page_id, found in members.items() if page_id not in moved}
            members |= _read_members(fresh, archive_url)
            rows = sorted([*(row for row in rows if row.page_id not in moved), *fresh], key=lambda row: row.page_id)
        for row in rows:
            yield _to_page(row, members.pop(row.page_id, None))


def _list_rows(connection: Connection[Row], page_ids: Iterable[UUID]) -> list[_PageRow]:
    return fetch_all(connection, _PageRow, queries.page.read_pages, {"page_ids": list(page_ids)}, binary=True)


def _read_members(rows: Sequence[_PageRow], archive_url: str) -> dict[UUID, bytes | QuarantineError]:
    """Return the archived records of pages that are not in the database."""
    locations = {row.page_id: row.location for row in rows if row.location is not None}
    if not locations:
        return {}
    found = dict(read_members(open_storage(archive_url), locations.values()))
    return {page_id: found[location] for page_id, location in locations.items()}


def _to_page(row: _PageRow, member: bytes | QuarantineError | None) -> StoredPage | UnreadablePage:
    try:
        body = _get_body(row, member)
    except QuarantineError as error:
        return UnreadablePage(row.page_id, row.canonical_url, row.fetched_at, error)
    page = Page(
        url=row.url,
        final_url=row.url,
        wire=row.wire,
        body=body,
        fetched_at=row.fetched_at,
        content_type=row.content_type,
        charset=row.charset,
        status=row.status,
        etag=row.etag,
        last_modified=row.last_modified,
        published_hint=row.published_hint,
        feed_source=row.feed_source,
    )
    return StoredPage(row.page_id, page, row.canonical_url)


def _get_body(row: _PageRow, member: bytes | QuarantineError | None) -> bytes:
    if isinstance(member, QuarantineError):
        raise member
    if member is not None:
        return parse_body(member, row.sha256, row.size)
    if row.body is None:
        raise QuarantineError(
            "no_bytes",
            "The bytes of the page are neither in the database nor in a WARC file.",
            "`copydesk doctor` lists such pages; fetch them again.",
        )
    return zlib.decompress(row.body)
