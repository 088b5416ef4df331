"""``copydesk clean``: saved pages in, one JSON line a page out."""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from pipeline.errors import BadInput, Quarantine
from pipeline.records import Article, ArticleKind, Page

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.source import Source


@dataclass(frozen=True, slots=True)
class _Saved:
    """A saved page: ``name`` as the user wrote it, ``path`` where it is."""

    name: str
    path: Path
    url: str
    charset: str | None = None


def read_manifest(path: Path) -> list[_Saved]:
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
                _Saved(
                    row["path"] or "", path.parent / (row["path"] or ""), row["url"] or "", row.get("charset") or None
                )
                for row in rows
            ]
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.", "Check the file and its rights.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} is no manifest: {error}.", "Save it as tab-separated UTF-8 text.") from None


def _read_body(path: Path, limit: int) -> bytes:
    """The bytes of a saved page, unpacked, and one more than ``limit`` where there are more."""
    if path.is_dir():
        raise OSError("is a folder")
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        return file.read(limit + 1)


def _write_name(name: str) -> str:
    """A file's name as the user wrote it; bytes of it that are no UTF-8 as ``\\xff``, for JSON can't hold them."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _load_page(saved: _Saved, settings: Settings, hosts: dict[str, str], now: datetime) -> Page | str:
    """The page, or the reason why there is none."""
    if not saved.name:
        return "unreadable: it has no name"
    try:
        body = _read_body(saved.path, settings.max_page_bytes)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return f"unreadable: {told or type(error).__name__}"
    if len(body) > settings.max_page_bytes:
        return f"too_large: more than {settings.max_page_bytes} bytes"
    plain = saved.path.name.removesuffix(".gz").endswith(".txt")
    return Page(
        url=saved.url,
        body=body,
        fetched_at=now,
        wire=hosts.get(_find_host(saved.url), ""),
        content_type="text/plain" if plain else "text/html",
        charset=saved.charset,
    )


def _find_host(url: str) -> str:
    try:
        return (urlsplit(url).netloc or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def _map_hosts(sources: dict[str, Source]) -> dict[str, str]:
    return {source.host.lower().removeprefix("www."): name for name, source in sources.items()}


def write_article(name: str, url: str, article: Article) -> dict[str, Any]:
    """The keys of one output line, in their fixed order."""
    return {
        "path": name,
        "url": url,
        "kind": article.kind.value,
        **({"reason": article.reason} if article.reason else {}),
        "title": article.title,
        "body": article.body,
        "paragraphs": list(article.paragraphs),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "byline": article.byline,
        "agency": article.agency,
        "dateline": article.dateline,
        "credit": article.credit,
        "language": article.language,
        "notice": article.notice,
        "dropped": [{"reason": piece.reason, "text": piece.text} for piece in article.dropped],
        "via": article.via,
    }


def _run(items: Sequence[_Saved], settings: Settings, sources: dict[str, Source]) -> Iterator[tuple[_Saved, Article]]:
    """Every item with its article, in order; one that can't be read or worked on as refused, with the reason."""
    from pipeline.extract.sandbox import Sandbox

    hosts = _map_hosts(sources)
    now = datetime.now(UTC)
    waiting: deque[tuple[_Saved, str]] = deque()

    def load_pages() -> Iterator[Page]:
        for saved in items:
            page = _load_page(saved, settings, hosts, now)
            waiting.append((saved, page if isinstance(page, str) else ""))
            if not isinstance(page, str):
                yield page

    def take_failed() -> Iterator[tuple[_Saved, Article]]:
        while waiting and waiting[0][1]:
            saved, reason = waiting.popleft()
            yield saved, Article(kind=ArticleKind.REFUSED, reason=reason, via="none")

    with Sandbox(os.cpu_count() or 1, settings.extract_seconds, settings.extract_megabytes, sources) as box:
        for result in box.map(load_pages()):
            yield from take_failed()
            saved, _ = waiting.popleft()
            if isinstance(result, Quarantine):
                yield saved, Article(kind=ArticleKind.REFUSED, reason=result.reason, via="none")
            else:
                yield saved, result
        yield from take_failed()


def clean(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Saved pages: .html, .html.gz or .txt.")
    ] = None,
    url: Annotated[str, typer.Option("--url", help="The address that the files were saved from.")] = "",
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest", metavar="FILE.tsv", help="A list of pages: columns path and url, paths relative to it."
        ),
    ] = None,
) -> None:
    """Clean saved pages: one JSON line a page on standard output.

    Every page gives one line, in the order given; one that is no article, or can't be read, has the kind "refused" and
    a reason. The exit status is 0 unless a file could not be read.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pipeline.config import load
    from pipeline.source import read_sources

    items = [_Saved(_write_name(name), Path(name), url) for name in files or []]
    if manifest is not None:
        items += read_manifest(manifest)
    if not items:
        raise BadInput("There is nothing to clean.", "Name some files, or a list of them with --manifest.")
    settings = load()
    sources = read_sources(settings.source_folders)
    unreadable: list[str] = []
    console = Console(stderr=True)
    columns = (TextColumn("cleaning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("cleaning", total=len(items))
        for saved, article in _run(items, settings, sources):
            line = json.dumps(write_article(saved.name, saved.url, article), ensure_ascii=False)
            sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
            progress.advance(task)
            if article.reason.startswith(("unreadable", "too_large")):
                unreadable.append(saved.name)
    sys.stdout.flush()
    if unreadable:
        rest = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
        raise BadInput(
            f"{unreadable[0] or 'A page without a name'}{rest} could not be read.",
            "Its line says why; the other files are done.",
        )
