"""Move the bytes of past months from the database into WARC files, and delete what retention no longer keeps there.

The order makes it safe to be killed at any moment: a file is recorded as incomplete, written, uploaded, and read back;
then one transaction moves its contents. What a killed run leaves is a file that no page refers to, and that the next
run deletes.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO

from psycopg import Connection

from copydesk.pipeline.core.errors import PageArchiveUnreachable, QuarantineError
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, transaction
from copydesk.pipeline.maintenance.retention import drop_empty_partitions
from copydesk.pipeline.page_archive.reading import BodyLocation, read_members
from copydesk.pipeline.page_archive.storage import ArchiveStorage, open_storage
from copydesk.pipeline.page_archive.warc_records import Capture, WarcWriter, find_fault, parse_body
from copydesk.pipeline.store import warc_files
from copydesk.pipeline.store.warc_files import WrittenContent

FILE_BYTES = 256 << 20
"""Size at which a file is closed: large enough for few objects, and small enough to be rewritten, and to be written
again by a run that was killed."""


@dataclass(slots=True)
class ArchivingResult:
    """What was moved.

    Attributes:
        contents: Contents that were moved from the database to WARC files.
        freed_bytes: The bytes that the database had of them.
        files: Files that were written, rewritten ones included.
        written_bytes: The size of these.
        deleted_files: Files that were deleted: without pages, rewritten, or left by an interrupted run.
        unreadable: Records that could not be read when their file was to be rewritten; their pages stay in that file.
        partitions: Partitions of the database that were dropped.
        is_busy: Another run was writing to the page archive, so that this one stopped.
    """

    contents: int = 0
    freed_bytes: int = 0
    files: int = 0
    written_bytes: int = 0
    deleted_files: int = 0
    unreadable: int = 0
    partitions: int = 0
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class _Body:
    sha256: bytes
    at: datetime
    body: bytes
    captures: Sequence[Capture]


_BodyReader = Callable[[Connection[Row]], Iterator[_Body]]


class _ArchiveBusyError(Exception):
    """Another run writes to the page archive."""


def archive_pages(
    settings: Settings,
    now: datetime,
    log_line: Callable[[str], object] = print,
    *,
    file_bytes: int = FILE_BYTES,
) -> ArchivingResult:
    """Move the pages of past months to the page archive, and rewrite the files of which retention deleted pages.

    A call that was interrupted is completed by the next one. Without ``page_archive.url`` nothing is done.

    Args:
        settings: The settings.
        now: The time of the database's clock (aware).
        log_line: Logs each file.
        file_bytes: Size at which a file is closed.

    Raises:
        BadSettings: A package is missing, or there is no file system for the URL.
        PageArchiveUnreachable: The storage cannot be read or written, or what was read back is not what was written.
    """
    result = ArchivingResult()
    if settings.page_archive.url:
        before = find_end(now, settings.page_archive.after_days)
        archiving = _Archiving(settings, open_storage(settings.page_archive.url), log_line, file_bytes, result)
        try:
            archiving.run(before)
        except _ArchiveBusyError:
            result.is_busy = True
        result.partitions = drop_empty_partitions(settings, before)
    return result


def find_end(now: datetime, after_days: int) -> datetime:
    """Return the end of the last month that is moved, in UTC."""
    return _start_month((now - timedelta(days=after_days)).astimezone(UTC))


class _Archiving:
    """One call of ``archive_pages``."""

    def __init__(
        self,
        settings: Settings,
        storage: ArchiveStorage,
        log_line: Callable[[str], object],
        file_bytes: int,
        result: ArchivingResult,
    ) -> None:
        self._settings, self._storage, self._log_line = settings, storage, log_line
        self._file_bytes, self._result = file_bytes, result

    def run(self, before: datetime) -> None:
        self._delete_incomplete_files()
        while (first := self._find_next(before)) is not None:
            self._write_file(first, partial(self._read_stored, end=min(before, _end_month(first))))
        with transaction(self._settings) as connection:
            outdated = warc_files.list_outdated_files(connection)
        for warc_file_id in outdated:
            self._rewrite_file(warc_file_id)
        self._delete_incomplete_files()

    def _find_next(self, before: datetime) -> datetime | None:
        with transaction(self._settings) as connection:
            return warc_files.find_next_content(connection, before)

    def _delete_incomplete_files(self) -> None:
        with transaction(self._settings) as connection:
            _lock(connection)
            for file in warc_files.list_incomplete_files(connection):
                self._storage.delete(file.name)
                warc_files.delete_file(connection, file.warc_file_id)
                self._result.deleted_files += 1

    def _rewrite_file(self, warc_file_id: int) -> None:
        """Write the contents that a file still has to new ones, and have it deleted."""
        moved = 1
        while moved:
            with transaction(self._settings) as connection:
                first = next(warc_files.list_archived_contents(connection, warc_file_id), [])
                if not first:
                    warc_files.retire_file(connection, warc_file_id)
                    return
            read = partial(self._read_archived, warc_file_id=warc_file_id)
            moved = self._write_file(first[0].at, read, warc_file_id)

    def _read_stored(self, connection: Connection[Row], end: datetime) -> Iterator[_Body]:
        for batch in warc_files.list_contents(connection, end):
            captures = warc_files.list_captures(connection, [content.sha256 for content in batch])
            for content in batch:
                body = zlib.decompress(content.body)
                yield _Body(content.sha256, content.at, body, captures.get(content.sha256, []))

    def _read_archived(self, connection: Connection[Row], warc_file_id: int) -> Iterator[_Body]:
        for batch in warc_files.list_archived_contents(connection, warc_file_id):
            captures = warc_files.list_captures(connection, [content.sha256 for content in batch])
            contents = {content.location: content for content in batch}
            for location, member in read_members(self._storage, contents):
                content = contents[location]
                try:
                    if isinstance(member, QuarantineError):
                        raise member
                    body = parse_body(member, content.sha256, content.size)
                except QuarantineError as error:
                    self._result.unreadable += 1
                    self._log_line(f"Not rewritten: {error}")
                    continue
                yield _Body(content.sha256, content.at, body, captures.get(content.sha256, []))

    def _write_file(self, first: datetime, read: _BodyReader, from_file: int | None = None) -> int:
        """Write the next bodies to a file, upload it, verify it, and move its contents; return how many."""
        name = f"pages/{first:%Y/%m}/pages-{first:%Y%m%d}-{secrets.token_hex(6)}.warc.gz"
        with transaction(self._settings) as connection:
            _lock(connection)
            warc_file_id = warc_files.add_file(connection, name)
        with transaction(self._settings) as connection:
            _lock(connection)
            if not warc_files.lock_incomplete_file(connection, warc_file_id):
                raise _ArchiveBusyError
            with scratch_folder("archive") as folder:
                path = folder / "pages.warc.gz"
                with path.open("wb") as file:
                    written = self._write_bodies(file, read(connection))
                if not written:
                    return 0
                size = path.stat().st_size
                self._storage.upload(path, name)
            self._verify(name, size, written)
            moved = warc_files.move_contents(connection, warc_file_id, written, from_file)
            if not moved.contents:
                return 0
            warc_files.complete_file(connection, warc_file_id, len(written), size)
        self._result.files += 1
        self._result.written_bytes += size
        if from_file is None:
            self._result.contents += moved.contents
            self._result.freed_bytes += moved.freed_bytes
        self._log_line(f"{self._storage.describe(name)}: {moved.contents} pages, {size / 1e6:.1f} MB")
        return moved.contents

    def _write_bodies(self, file: BinaryIO, bodies: Iterator[_Body]) -> list[WrittenContent]:
        writer, written = WarcWriter(file), list[WrittenContent]()
        for one in bodies:
            captures = one.captures or [Capture(f"urn:sha-256:{one.sha256.hex()}", one.at)]
            offset, length = writer.write(one.body, captures)
            written.append(WrittenContent(one.sha256, one.at, offset, length))
            if file.tell() >= self._file_bytes:
                break
        return written

    def _verify(self, name: str, size: int, written: list[WrittenContent]) -> None:
        """Read back every record by its range.

        Raises:
            PageArchiveUnreachable: The file is not what was written.
        """
        digests = {BodyLocation(name, one.offset, one.length): one.sha256 for one in written}
        found_size = self._storage.get_size(name)
        fault = "" if found_size == size else f"it has {found_size or 0} bytes instead of {size}"
        members = read_members(self._storage, digests)
        while not fault and (found := next(members, None)) is not None:
            location, member = found
            fault = member.message if isinstance(member, QuarantineError) else find_fault(member, digests[location])
        if fault:
            raise PageArchiveUnreachable(
                f"{self._storage.describe(name)} could not be verified: {fault.removesuffix('.')}.",
                "Its pages stay in the database; the next run of maintain tries again.",
            )


def _lock(connection: Connection[Row]) -> None:
    if not warc_files.try_lock(connection):
        raise _ArchiveBusyError


def _start_month(at: datetime) -> datetime:
    """Return the start of the month of a time."""
    return datetime(at.year, at.month, 1, tzinfo=UTC)


def _end_month(at: datetime) -> datetime:
    """Return the end of the month of a time."""
    return _start_month(_start_month(at) + timedelta(days=32))
