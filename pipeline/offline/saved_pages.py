"""Read saved pages: single files, files listed in a manifest, and files of many pages (WET, JSON, CSV, Parquet)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.wire_finder import WireFinder
from copydesk.pipeline.offline.fields import PAGE_FIELDS, FieldMap
from copydesk.pipeline.offline.file_format import describe_other_format, read_header
from copydesk.pipeline.offline.file_rows import BrokenRow, Row, read_stream_rows
from copydesk.pipeline.offline.input_stream import READ_ERRORS, InputStream, open_input
from copydesk.pipeline.offline.row_times import parse_row_time
from copydesk.pipeline.offline.wet import is_wet, read_records

STANDARD_INPUT = "-"
"""The name of standard input."""

_COMPRESSED_SUFFIX = re.compile(r"\.(?:gz|zst|bz2|xz)$", re.IGNORECASE)
_ROW_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
# The beginning of a JSON object, or of an array of them.
_JSON_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*["}]')
_HTML_TAG = re.compile(rb"<(?:!doctype|html|head|body|article|div|h1|p)\b", re.IGNORECASE)


def is_url(name: str) -> bool:
    """Return whether a name is the URL of a web page, and not a path."""
    return name.lower().startswith(("http://", "https://"))


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that contains one or more saved pages."""

    name: str
    """The name as the user wrote it."""

    path: Path
    """Where the file is."""

    url: str = ""
    """The URL that the page was saved from; empty if unknown."""

    charset: str | None = None
    """The encoding that the manifest states, if any."""

    fetched_at: datetime | None = None
    """When the page was fetched, if known (aware)."""

    @property
    def size_bytes(self) -> int:
        """Bytes on disk; 0 if unknown."""
        try:
            return self.path.stat().st_size if self.name else 0
        except (OSError, ValueError):
            return 0


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page of a file, or the reason why it cannot be read; each one gives one line of output."""

    name: str
    """The file's name; for a record of a file of many pages with its id (``x.warc.wet.gz#<id>``)."""

    url: str
    """The URL of the page; empty if unknown."""

    page: Page | None = None
    """The page; None if it cannot be read."""

    reason: str = ""
    """Why there is no page, as ``code: detail``."""

    fetched_at: datetime | None = None
    """When the page was fetched, if the file says so."""

    bytes_read: int = 0
    """Bytes read of all files so far, for a progress bar."""


def read_manifest(path: Path) -> list[SavedFile]:
    """Return the files that a manifest lists.

    Args:
        path: A tab-separated file with a header; columns ``path`` and ``url``, optionally ``charset`` and
            ``fetched_at``. Paths are relative to its folder.

    Raises:
        BadInput: The manifest cannot be read, or a column is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = {"path", "url"} - set(rows.fieldnames or ())
            if missing:
                raise BadInput(
                    f"{path} has no column {' and no column '.join(sorted(missing))}.",
                    "A manifest is tab-separated, with a header line that contains the columns path and url.",
                )
            return [
                SavedFile(
                    row["path"] or "",
                    path.parent / (row["path"] or ""),
                    row["url"] or "",
                    row.get("charset") or None,
                    parse_row_time(row["fetched_at"]) if row.get("fetched_at") else None,
                )
                for row in rows
            ]
    except OSError as error:
        raise BadInput(
            f"Cannot read {path}: {error.strerror}.", "Check that the file exists and that you may read it."
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is not a manifest: {error}.", "Save it as tab-separated UTF-8 text.") from None


def read_pages(
    files: Iterable[SavedFile],
    max_page_bytes: int,
    wires: WireFinder,
    fields: FieldMap | None = None,
) -> Iterator[SavedPage]:
    """Yield every page of the files, in order; at least one item per file.

    Memory use is bounded by the largest page, not by the largest file. Compression and rows of pages are recognized by
    content.

    Args:
        files: The files to read; ``-`` is standard input.
        max_page_bytes: Size limit per page after decompression.
        wires: Finds the wire of a page by its URL.
        fields: The columns of files of rows; None means those with the usual names.
    """
    now = datetime.now(UTC)
    bytes_before = 0
    for saved in files:
        size = saved.size_bytes
        if not saved.name:
            yield SavedPage("", saved.url, reason="unreadable: the path is empty", bytes_read=bytes_before)
        elif is_wet(saved.path):
            yield from _read_wet(saved, max_page_bytes, wires, now, bytes_before)
        else:
            pages = _read_file(saved, max_page_bytes, fields or FieldMap(PAGE_FIELDS), now)
            yield from (_finish_page(page, wires, bytes_before + size) for page in pages)
        bytes_before += size


def _finish_page(saved: SavedPage, wires: WireFinder, bytes_read: int) -> SavedPage:
    page = saved.page and replace(saved.page, wire=wires.find(saved.url))
    return replace(saved, page=page, bytes_read=bytes_read)


def _read_file(saved: SavedFile, max_page_bytes: int, fields: FieldMap, now: datetime) -> Iterator[SavedPage]:
    """Yield the pages of a file that is not a WET file, or the reason why it cannot be read."""
    path = None if saved.name == STANDARD_INPUT else saved.path
    has_page = False
    try:
        if path is not None and path.is_dir():
            raise OSError("is a folder")
        with open_input(path) as stream:
            if not _has_rows(stream, saved, fields):
                yield _read_page(stream, saved, max_page_bytes, now)
                return
            for row in read_stream_rows(stream, path, saved.name, fields):
                has_page = True
                yield _make_row_page(row, saved, max_page_bytes, fields, now)
        if not has_page:
            yield SavedPage(saved.name, saved.url, reason="unreadable: the file contains no page")
    except BadInput as error:
        yield SavedPage(saved.name, saved.url, reason=f"unreadable: {error.message}")
    except READ_ERRORS as error:
        yield SavedPage(saved.name, saved.url, reason=_describe_unreadable(error))


def _has_rows(stream: InputStream, saved: SavedFile, fields: FieldMap) -> bool:
    """Return whether a file has rows of pages, and is not a page itself."""
    if _COMPRESSED_SUFFIX.sub("", saved.path.name.lower()).endswith(_ROW_SUFFIXES):
        return True
    if stream.head.startswith(b"PAR1") or _JSON_START.match(stream.head):
        return True
    if stream.head.lstrip().startswith(b"<"):
        return False
    columns = read_header(stream.head, fields)
    return bool(fields.find_column("html", columns) and fields.find_column("url", columns))


def _read_page(stream: InputStream, saved: SavedFile, max_page_bytes: int, now: datetime) -> SavedPage:
    if what := describe_other_format(stream.head):
        return SavedPage(saved.name, saved.url, reason=f"unreadable: {what}, not HTML or text")
    body = stream.read(max_page_bytes + 1)
    if _COMPRESSED_SUFFIX.search(saved.path.name) and not stream.is_compressed:
        return SavedPage(saved.name, saved.url, reason="unreadable: the file is not compressed, as its name says")
    if len(body) > max_page_bytes:
        return SavedPage(saved.name, saved.url, reason=f"too_large: more than {max_page_bytes} bytes")
    if saved.name == STANDARD_INPUT:
        is_plain = not _HTML_TAG.search(body)
    else:
        is_plain = _COMPRESSED_SUFFIX.sub("", saved.path.name).endswith(".txt")
    page = Page(
        url=saved.url,
        body=body,
        fetched_at=saved.fetched_at or now,
        content_type="text/plain" if is_plain else "text/html",
        charset=saved.charset,
    )
    return SavedPage(saved.name, saved.url, page, fetched_at=saved.fetched_at)


def _make_row_page(
    row: Row | BrokenRow, saved: SavedFile, max_page_bytes: int, fields: FieldMap, now: datetime
) -> SavedPage:
    """Return the page in a row, HTML or plain text by its content."""
    if isinstance(row, BrokenRow):
        return SavedPage(f"{saved.name}#{row.number}", saved.url, reason=f"unreadable: {row.reason}")
    name = f"{saved.name}#{fields.get('id', row.values) or row.number}"
    url = str(fields.get("url", row.values) or saved.url)
    given, content = fields.get("fetched_at", row.values), fields.get("html", row.values)
    fetched_at = saved.fetched_at if given is None else parse_row_time(given)
    if not isinstance(content, str | bytes):
        columns = ", ".join(row.values)
        return SavedPage(name, url, reason=f"unreadable: no page in the columns {columns}", fetched_at=fetched_at)
    body = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if len(body) > max_page_bytes:
        return SavedPage(name, url, reason=f"too_large: more than {max_page_bytes} bytes", fetched_at=fetched_at)
    page = Page(
        url=url,
        body=body,
        fetched_at=fetched_at or now,
        content_type="text/html" if _HTML_TAG.search(body) else "text/plain",
        charset="utf-8" if isinstance(content, str) else saved.charset,
    )
    return SavedPage(name, url, page, fetched_at=fetched_at)


def _read_wet(
    saved: SavedFile, max_page_bytes: int, wires: WireFinder, now: datetime, bytes_before: int
) -> Iterator[SavedPage]:
    try:
        for record in read_records(saved.path, max_page_bytes):
            name = f"{saved.name}#{record.record_id}" if record.record_id else saved.name
            if record.reason:
                yield SavedPage(
                    name, record.url, None, record.reason, record.fetched_at, bytes_before + record.bytes_read
                )
                continue
            page = Page(
                url=record.url,
                body=record.body,
                fetched_at=record.fetched_at or now,
                wire=wires.find(record.url),
                content_type="text/plain",
                charset="utf-8",
                language=record.language,
            )
            yield SavedPage(name, record.url, page, "", record.fetched_at, bytes_before + record.bytes_read)
    except (OSError, ValueError) as error:
        yield SavedPage(saved.name, saved.url, reason=_describe_unreadable(error), bytes_read=bytes_before)


def _describe_unreadable(error: Exception) -> str:
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"unreadable: {message or type(error).__name__}"
