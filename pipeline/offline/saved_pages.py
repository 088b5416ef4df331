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
class Saved:
    """A file of saved pages: ``name`` as the user wrote it, ``path`` where it is."""

    name: str
    path: Path
    url: str = ""
    charset: str | None = None

    @property
    def size(self) -> int:
        """Bytes on disk; 0 where it can't be told."""
        try:
            return self.path.stat().st_size if self.name else 0
        except (OSError, ValueError):
            return 0


@dataclass(frozen=True, slots=True)
class Item:
    """One page of a file, or the ``reason`` why there is none; each gives one line.

    ``name`` is the file's, for a record of a WET file with its mark (``x.warc.wet.gz#<mark>``). ``fetched_at`` is told
    where the file tells it. ``read`` is how many bytes of all files were read when the item was.
    """

    name: str
    url: str
    page: Page | None = None
    reason: str = ""
    fetched_at: datetime | None = None
    read: int = 0


def read_manifest(path: Path) -> list[Saved]:
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
                Saved(
                    row["path"] or "", path.parent / (row["path"] or ""), row["url"] or "", row.get("charset") or None
                )
                for row in rows
            ]
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.", "Check the file and its rights.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is no manifest: {error}.", "Save it as tab-separated UTF-8 text.") from None


def read_items(files: Iterable[Saved], limit: int, hosts: Mapping[str, str]) -> Iterator[Item]:
    """Every page of some files, in order; at least one item a file.

    ``limit`` is the largest page in bytes, unpacked. ``hosts`` tells the wire of a host. No file is held whole that
    is not one page.
    """
    now = datetime.now(UTC)
    before = 0
    for saved in files:
        size = saved.size
        if not saved.name:
            yield Item("", saved.url, reason="unreadable: it has no name", read=before)
        elif is_wet(saved.path):
            yield from _read_wet(saved, limit, hosts, now, before)
        else:
            yield _read_page(saved, limit, hosts, now, before + size)
        before += size


def _read_page(saved: Saved, limit: int, hosts: Mapping[str, str], now: datetime, read: int) -> Item:
    try:
        body = _read_body(saved.path, limit)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return Item(saved.name, saved.url, reason=_tell(error), read=read)
    if len(body) > limit:
        return Item(saved.name, saved.url, reason=f"too_large: more than {limit} bytes", read=read)
    plain = saved.path.name.removesuffix(".gz").endswith(".txt")
    page = Page(
        url=saved.url,
        body=body,
        fetched_at=now,
        wire=hosts.get(find_host(saved.url), ""),
        content_type="text/plain" if plain else "text/html",
        charset=saved.charset,
    )
    return Item(saved.name, saved.url, page, read=read)


def _read_wet(saved: Saved, limit: int, hosts: Mapping[str, str], now: datetime, before: int) -> Iterator[Item]:
    try:
        for record in read_records(saved.path, limit):
            name = f"{saved.name}#{record.mark}" if record.mark else saved.name
            if record.reason:
                yield Item(name, record.url, None, record.reason, record.fetched_at, before + record.read)
                continue
            page = Page(
                url=record.url,
                body=record.body,
                fetched_at=record.fetched_at or now,
                wire=hosts.get(find_host(record.url), ""),
                content_type="text/plain",
                charset="utf-8",
                language=record.language,
            )
            yield Item(name, record.url, page, "", record.fetched_at, before + record.read)
    except (OSError, ValueError) as error:
        yield Item(saved.name, saved.url, reason=_tell(error), read=before)


def _read_body(path: Path, limit: int) -> bytes:
    """The bytes of a saved page, unpacked, and one more than ``limit`` where there are more."""
    if path.is_dir():
        raise OSError("is a folder")
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        return file.read(limit + 1)


def _tell(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"unreadable: {told or type(error).__name__}"


def find_host(url: str) -> str:
    """The host that an address names, as ``hosts`` are named; empty where it names none."""
    try:
        return (urlsplit(url).netloc or "").lower().removeprefix("www.")
    except ValueError:
        return ""
