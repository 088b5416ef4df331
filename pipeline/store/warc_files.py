"""The WARC files of the page archive, and the contents that are moved into them.

All functions take an open connection in a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one, fetch_value, fetch_values, to_columns
from copydesk.pipeline.page_archive.reading import BodyLocation
from copydesk.pipeline.page_archive.warc_records import Capture

BATCH_SIZE = 100
"""Contents in memory at a time, compressed."""

_FIRST = {"at": datetime.min.replace(tzinfo=UTC), "sha": b""}


@dataclass(slots=True)
class StoredContent:
    """A content in the database; ``body`` is compressed by zlib."""

    sha256: bytes
    at: datetime
    body: bytes


@dataclass(slots=True)
class ArchivedContent:
    """A content in a WARC file."""

    sha256: bytes
    at: datetime
    size: int
    file: str
    warc_offset: int
    warc_length: int

    @property
    def location(self) -> BodyLocation:
        """Where its record is."""
        return BodyLocation(self.file, self.warc_offset, self.warc_length)


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """A content that has been written to a WARC file."""

    sha256: bytes
    at: datetime
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file, named relative to the page archive; its size in bytes."""

    warc_file_id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class MovedContents:
    """How many contents were moved, and the bytes that the database had of them."""

    contents: int
    freed_bytes: int


@dataclass(slots=True)
class _CaptureRow:
    sha256: bytes
    url: str
    fetched_at: datetime
    status: int
    content_type: str
    charset: str | None
    etag: str | None
    last_modified: str | None


def try_lock(connection: Connection[Row]) -> bool:
    """Return whether no other transaction writes to the page archive; if so, none does until the end of this one."""
    return fetch_value(connection, bool, queries.page_archive.try_lock)


def find_next_content(connection: Connection[Row], before: datetime) -> datetime | None:
    """Return when the first content was stored that is to be moved, of those stored before a time; None for none."""
    found = fetch_values(connection, datetime, queries.page_archive.find_next, {"before": before})
    return found[0] if found else None


def list_contents(connection: Connection[Row], before: datetime) -> Iterator[list[StoredContent]]:
    """Yield the contents that were stored before a time and are in the database, in order, in batches."""
    position = _FIRST
    while True:
        params = {**position, "before": before, "limit": BATCH_SIZE}
        batch = fetch_all(connection, StoredContent, queries.page_archive.list_contents, params, binary=True)
        if not batch:
            return
        yield batch
        position = {"at": batch[-1].at, "sha": batch[-1].sha256}


def list_archived_contents(connection: Connection[Row], warc_file_id: int) -> Iterator[list[ArchivedContent]]:
    """Yield the contents that are in a WARC file, in its order, in batches."""
    offset = -1
    while True:
        params = {"warc_file_id": warc_file_id, "offset": offset, "limit": BATCH_SIZE}
        batch = fetch_all(connection, ArchivedContent, queries.page_archive.list_archived_contents, params, binary=True)
        if not batch:
            return
        yield batch
        offset = batch[-1].warc_offset


def list_captures(connection: Connection[Row], shas: Iterable[bytes]) -> dict[bytes, list[Capture]]:
    """Return what is known of the pages with these contents, the earliest first."""
    captures: dict[bytes, list[Capture]] = {}
    for row in fetch_all(
        connection, _CaptureRow, queries.page_archive.list_captures, {"shas": list(shas)}, binary=True
    ):
        capture = Capture(
            row.url, row.fetched_at, row.status, row.content_type, row.charset, row.etag, row.last_modified
        )
        captures.setdefault(row.sha256, []).append(capture)
    return captures


def add_file(connection: Connection[Row], name: str) -> int:
    """Record a file that is to be written; return its ID. Until it is complete, the next run deletes it."""
    return fetch_value(connection, int, queries.page_archive.add_file, {"name": name})


def lock_incomplete_file(connection: Connection[Row], warc_file_id: int) -> bool:
    """Return whether a file is still to be written: another run may have taken it for one that was interrupted."""
    return bool(
        fetch_values(connection, int, queries.page_archive.lock_incomplete_file, {"warc_file_id": warc_file_id})
    )


def move_contents(
    connection: Connection[Row], warc_file_id: int, written: Sequence[WrittenContent], from_file: int | None
) -> MovedContents:
    """Record that contents are in a file, and delete their bytes from the database.

    Args:
        connection: An open connection.
        warc_file_id: The file.
        written: Its contents; those that have been deleted or moved since they were read are left out.
        from_file: The file in which they were; None for the database.
    """
    columns = to_columns(
        [{"shas": one.sha256, "ats": one.at, "offsets": one.offset, "lengths": one.length} for one in written]
    )
    params = {**columns, "warc_file_id": warc_file_id, "from_file": from_file}
    found = fetch_one(connection, MovedContents, queries.page_archive.move_contents, params)
    assert found is not None  # noqa: S101 - the query has one row
    return found


def complete_file(connection: Connection[Row], warc_file_id: int, contents: int, size: int) -> None:
    """Record that a file is complete, with the number of contents written to it and its size in bytes."""
    params = {"warc_file_id": warc_file_id, "contents": contents, "size": size}
    connection.execute(queries.page_archive.complete_file, params)


def list_outdated_files(connection: Connection[Row]) -> list[int]:
    """Return the IDs of files that have records of deleted contents."""
    return fetch_values(connection, int, queries.page_archive.list_outdated_files)


def retire_file(connection: Connection[Row], warc_file_id: int) -> bool:
    """Mark a file as to be deleted, if no content is in it any more; return whether it was."""
    return bool(fetch_values(connection, int, queries.page_archive.retire_file, {"warc_file_id": warc_file_id}))


def list_incomplete_files(connection: Connection[Row]) -> list[WarcFile]:
    """Return the files that an interrupted run has left, or that are to be deleted."""
    return fetch_all(connection, WarcFile, queries.page_archive.list_incomplete_files)


def list_complete_files(connection: Connection[Row]) -> list[WarcFile]:
    """Return the files that have pages."""
    return fetch_all(connection, WarcFile, queries.page_archive.list_complete_files)


def delete_file(connection: Connection[Row], warc_file_id: int) -> None:
    """Delete the record of a file that is not complete."""
    connection.execute(queries.page_archive.delete_file, {"warc_file_id": warc_file_id})
