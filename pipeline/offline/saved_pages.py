"""Saved pages on disk, as users name them: one by one, in a manifest, or many in one WET file."""

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
    """A file of saved pages: ``name`` as the user wrote it, ``path`` where it is."""

    name: str
    path: Path
    url: str = ""
    charset: str | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes on disk; 0 where it can't be told."""
        try:
            return self.path.stat().st_size if self.name else 0
        except (OSError, ValueError):
            return 0


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One page of a file, or the ``reason`` why there is none; each gives one line.

    ``name`` is the file's, for a record of a WET file with its mark (``x.warc.wet.gz#<mark>``). ``fetched_at`` is told
    where the file tells it. ``read`` is how many bytes of all files were read when the item was.
    """

    name: str
    url: str
    page: Page | None = None
    reason: str = ""
    fetched_at: datetime | None = None
    bytes_read: int = 0


def read_manifest(path: Path) -> list[SavedFile]:
    """The pages that a manifest lists: tab-separated with a header, columns ``path`` and ``url`` at least.

    Raises:
        BadInput: it can't be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = {"path", "url"} - set(rows.fieldnames or ())
            if missing:
                raise BadInput(
                    f"{path} has no column {' and no column '.join(sorted(missing))}.",
                    "A manifest is tab-separated; its first line names the columns, path and url among them.",
                )
            return [
                SavedFile(
                    row["path"] or "", path.parent / (row["path"] or ""), row["url"] or "", row.get("charset") or None
                )
                for row in rows
            ]
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.", "Check the file and its rights.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is no manifest: {error}.", "Save it as tab-separated UTF-8 text.") from None


def read_pages(
    files: Iterable[SavedFile], max_page_bytes: int, wires_by_host: Mapping[str, str]
) -> Iterator[SavedPage]:
    """Every page of some files, in order; at least one item a file.

    ``limit`` is the largest page in bytes, unpacked. ``hosts`` tells the wire of a host. No file is held whole that
    is not one page.
    """
    now = datetime.now(UTC)
    bytes_before = 0
    for saved in files:
        size = saved.size_bytes
        if not saved.name:
            yield SavedPage("", saved.url, reason="unreadable: it has no name", bytes_read=bytes_before)
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
    """The bytes of a saved page, unpacked, and one more than ``limit`` where there are more."""
    if path.is_dir():
        raise OSError("is a folder")
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        return file.read(max_page_bytes + 1)


def _describe_unreadable(error: Exception) -> str:
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"unreadable: {message or type(error).__name__}"


def get_host(url: str) -> str:
    """The host that an address names, as ``hosts`` are named; empty where it names none."""
    try:
        return (urlsplit(url).netloc or "").lower().removeprefix("www.")
    except ValueError:
        return ""
