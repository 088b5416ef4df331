"""Read saved pages from disk: single files, files listed in a manifest, and WET files of many pages."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.offline.wet import is_wet, read_records


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
    """The file's name; for a record of a WET file with its id (``x.warc.wet.gz#<id>``)."""

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
        path: A tab-separated file with a header; columns ``path`` and ``url``, optionally ``charset``. Paths are
            relative to its folder.

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
                    row["path"] or "", path.parent / (row["path"] or ""), row["url"] or "", row.get("charset") or None
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
    files: Iterable[SavedFile], max_page_bytes: int, wires_by_host: Mapping[str, str]
) -> Iterator[SavedPage]:
    """Yield every page of the files, in order; at least one item per file.

    Memory use is bounded by the largest page, not by the largest file.

    Args:
        files: The files to read.
        max_page_bytes: Size limit per page after decompression.
        wires_by_host: The wire of each host, without ``www.``.
    """
    now = datetime.now(UTC)
    bytes_before = 0
    for saved in files:
        size = saved.size_bytes
        if not saved.name:
            yield SavedPage("", saved.url, reason="unreadable: the path is empty", bytes_read=bytes_before)
        elif is_wet(saved.path):
            yield from _read_wet(saved, max_page_bytes, wires_by_host, now, bytes_before)
        else:
            yield _read_page(saved, max_page_bytes, wires_by_host, now, bytes_before + size)
        bytes_before += size


def _read_page(
    saved: SavedFile, max_page_bytes: int, wires_by_host: Mapping[str, str], now: datetime, bytes_read: int
) -> SavedPage:
    try:
        body = _read_body(saved.path, max_page_bytes)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return SavedPage(saved.name, saved.url, reason=_describe_unreadable(error), bytes_read=bytes_read)
    if len(body) > max_page_bytes:
        return SavedPage(
            saved.name, saved.url, reason=f"too_large: more than {max_page_bytes} bytes", bytes_read=bytes_read
        )
    plain = saved.path.name.removesuffix(".gz").endswith(".txt")
    page = Page(
        url=saved.url,
        body=body,
        fetched_at=now,
        wire=wires_by_host.get(get_host(saved.url), ""),
        content_type="text/plain" if plain else "text/html",
        charset=saved.charset,
    )
    return SavedPage(saved.name, saved.url, page, bytes_read=bytes_read)


def _read_wet(
    saved: SavedFile, max_page_bytes: int, wires_by_host: Mapping[str, str], now: datetime, bytes_before: int
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
                wire=wires_by_host.get(get_host(record.url), ""),
                content_type="text/plain",
                charset="utf-8",
                language=record.language,
            )
            yield SavedPage(name, record.url, page, "", record.fetched_at, bytes_before + record.bytes_read)
    except (OSError, ValueError) as error:
        yield SavedPage(saved.name, saved.url, reason=_describe_unreadable(error), bytes_read=bytes_before)


def _read_body(path: Path, max_page_bytes: int) -> bytes:
    """Return the decompressed bytes of a saved page; one byte more than the limit if it is too large."""
    if path.is_dir():
        raise OSError("is a folder")
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        return file.read(max_page_bytes + 1)


def _describe_unreadable(error: Exception) -> str:
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"unreadable: {message or type(error).__name__}"


def get_host(url: str) -> str:
    """Return the URL's host and port in lower case, without ``www.``; empty if the URL has none."""
    try:
        return (urlsplit(url).netloc or "").lower().removeprefix("www.")
    except ValueError:
        return ""
