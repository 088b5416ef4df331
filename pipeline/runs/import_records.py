"""The records of an import: the pages in WARC, WET and other files, each with the number at which reading continues."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.pipeline.core.records import Outcome, Page
from copydesk.pipeline.core.wire_finder import WireFinder
from copydesk.pipeline.offline.fields import FieldMap
from copydesk.pipeline.offline.saved_pages import SavedFile, read_pages
from copydesk.pipeline.offline.warc import REVISIT_REASON, is_warc, read_responses

UNREADABLE_CODES = frozenset({"broken_record", "unreadable", "too_large"})
"""Reasons, up to the colon, that are the file's fault: the page may be readable in another copy."""

NO_URL = "no url"
UNKNOWN_HOST = "unknown host"
OTHER_TIME = "other time"
OTHER_HOST = "other host"

_FILE_REASON = "unreadable"


@dataclass(frozen=True, slots=True)
class PageFilter:
    """What to import."""

    since: datetime | None = None
    """Only pages that were fetched at or after this time (aware)."""

    until: datetime | None = None
    """Only pages that were fetched before this time (aware)."""

    hosts: Sequence[str] = ()
    """Only pages of these hosts and their subdomains, in lower case; empty for all."""

    def find_mismatch(self, url: str, fetched_at: datetime | None) -> str:
        """Return why a page is left out, ``other host`` or ``other time``; empty if it is not."""
        if self.hosts:
            host = get_host(url)
            if not any(host == wanted or host.endswith(f".{wanted}") for wanted in self.hosts):
                return OTHER_HOST
        if fetched_at is not None:
            is_early = self.since is not None and fetched_at < self.since
            is_late = self.until is not None and fetched_at >= self.until
            if is_early or is_late:
                return OTHER_TIME
        return ""


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One record of a file: a page, or the reason why it is not imported."""

    number: int
    """The number of the record, from 1: reading continues after it."""

    bytes_read: int
    """Bytes read of the file so far."""

    url: str = ""
    fetched_at: datetime | None = None
    page: Page | None = None
    outcome: Outcome | None = None
    """``REFUSED`` or ``QUARANTINED`` if there is no page, ``UNCHANGED`` if the archive has it from an earlier capture;
    None if there is a page, or if the record is not wanted."""

    reason: str = ""
    """A short stable code."""

    file_failed: bool = False
    """The file itself cannot be read."""


def get_host(url: str) -> str:
    """Return the host of a URL in lower case; empty if it is not the URL of a web page."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme.lower() in {"http", "https"} else ""
    except ValueError:
        return ""


def make_file_key(file: SavedFile) -> str:
    """Return the key of a file, which depends on its path, URL, size and time of change."""
    try:
        status = file.path.stat()
        state = f"{status.st_size}\0{status.st_mtime_ns}"
    except OSError:
        state = "missing"
    return hashlib.sha256(f"{file.path.resolve()}\0{file.url}\0{state}".encode("utf-8", "surrogateescape")).hexdigest()


def list_files(paths: Iterable[Path], url: str = "") -> Iterator[SavedFile]:
    """Yield the files, and those in folders in the order of their names; hidden ones are left out."""
    for path in paths:
        if not path.is_dir():
            yield SavedFile(str(path), path, url)
            continue
        for found in sorted(path.rglob("*")):
            if found.is_file() and not any(part.startswith(".") for part in found.relative_to(path).parts):
                yield SavedFile(str(found), found, url)


def read_import_records(
    file: SavedFile, wanted: PageFilter, max_page_bytes: int, fields: FieldMap, skip: int
) -> Iterator[ImportRecord]:
    """Yield the records of a file, after the first ``skip``; a broken one is reported, and reading continues.

    A page without a time of its fetch, in a file that is not an archive, was fetched when the file was last changed.

    Args:
        file: The file.
        wanted: What to import.
        max_page_bytes: Size limit per page.
        fields: The columns of files of rows.
        skip: The number of records that were read before.
    """
    if is_warc(file.path):
        yield from _read_warc(file, wanted, max_page_bytes, skip)
        return
    saved = file if file.fetched_at is not None else replace(file, fetched_at=_get_time(file.path))
    for number, item in enumerate(read_pages([saved], max_page_bytes, WireFinder({}), fields), 1):
        if number <= skip:
            continue
        fetched_at = item.fetched_at or (item.page.fetched_at if item.page is not None else None)
        record = ImportRecord(number, item.bytes_read, item.url, fetched_at)
        if item.page is None:
            failed = item.name == saved.name and item.reason.startswith(_FILE_REASON)
            yield _reject(replace(record, file_failed=failed), item.reason)
        elif mismatch := wanted.find_mismatch(item.url, fetched_at):
            yield replace(record, reason=mismatch)
        else:
            yield replace(record, page=item.page)


def _read_warc(file: SavedFile, wanted: PageFilter, max_page_bytes: int, skip: int) -> Iterator[ImportRecord]:
    number = skip
    try:
        for found in read_responses(file.path, max_page_bytes, skip):
            number = found.number
            record = ImportRecord(number, found.bytes_read, found.url, found.fetched_at)
            if found.url and (mismatch := wanted.find_mismatch(found.url, found.fetched_at)):
                yield replace(record, reason=mismatch)
                continue
            page, reason = found.parse(max_page_bytes)
            yield replace(record, page=page) if page is not None else _reject(record, reason)
    except OSError as error:
        reason = f"{_FILE_REASON}: {error.strerror or type(error).__name__}"
        yield _reject(ImportRecord(number + 1, 0, file_failed=True), reason)


def _reject(record: ImportRecord, reason: str) -> ImportRecord:
    code = reason.partition(":")[0]
    if code == REVISIT_REASON:
        outcome = Outcome.UNCHANGED
    else:
        outcome = Outcome.QUARANTINED if code in UNREADABLE_CODES else Outcome.REFUSED
    return replace(record, outcome=outcome, reason=code)


def _get_time(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
