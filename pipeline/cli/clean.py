"""`copydesk clean`: extract and clean saved pages, one JSON line per page."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.pipeline.core.errors import BadInput, CopydeskError, QuarantineError
from copydesk.pipeline.core.records import Article, ArticleKind, Page
from copydesk.pipeline.offline.fields import PAGE_FIELDS, FieldMap
from copydesk.pipeline.offline.saved_pages import SavedFile, SavedPage, is_url, read_manifest, read_pages

if TYPE_CHECKING:
    from copydesk.pipeline.core.settings import Settings
    from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.wire_finder import WireFinder


def format_offset(offset: timedelta | None) -> str | None:
    """Return an offset from UTC as ISO 8601 writes it (``-05:00``); None stays None."""
    return None if offset is None else datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[19:]


def _escape_name(name: str) -> str:
    """Return the file name with bytes that are not UTF-8 escaped as ``\\xff``, because JSON cannot represent them."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def article_to_dict(name: str, url: str, article: Article) -> dict[str, Any]:
    """Return one line of output, with its keys in their fixed order.

    Args:
        name: The file's name, as the ``path`` key.
        url: The URL of the page; may be empty.
        article: The article, or one of kind ``refused``.
    """
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
        "published_offset": format_offset(article.published_offset),
        "published_source": article.published_source,
        "modified_at": article.modified_at.isoformat() if article.modified_at else None,
        "modified_source": article.modified_source,
        "author": article.author,
        "section": article.section,
        "canonical_url": article.canonical_url,
        "image_url": article.image_url,
        "truncated": article.truncated,
        "tickers": list(article.tickers),
        "isins": list(article.isins),
    }


def _clean_pages(
    files: Sequence[SavedFile], settings: Settings, sources: dict[str, Source], fields: FieldMap
) -> Iterator[tuple[SavedPage, Article]]:
    """Yield every page with its article, in order; an unreadable page gets one of kind ``refused`` with the reason."""
    from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT
    from copydesk.pipeline.process.sandbox import Sandbox

    waiting: deque[SavedPage] = deque()

    def load_pages() -> Iterator[Page]:
        for item in _read_or_fetch(files, settings.max_page_bytes, WireFinder(sources), fields):
            if item.page is None:
                waiting.append(item)
            else:
                # Do not keep a second reference to the page's bytes.
                waiting.append(replace(item, page=None))
                yield item.page

    def pop_refused() -> Iterator[tuple[SavedPage, Article]]:
        while waiting and waiting[0].reason:
            item = waiting.popleft()
            yield item, Article(kind=ArticleKind.REFUSED, reason=item.reason, via="none")

    limits = settings.extract_seconds, settings.extract_megabytes
    with Sandbox(os.cpu_count() or 1, *limits, sources, entry_point=PARSE_ENTRY_POINT) as sandbox:
        for result in sandbox.map(load_pages()):
            yield from pop_refused()
            item = waiting.popleft()
            if isinstance(result, QuarantineError):
                yield item, Article(kind=ArticleKind.REFUSED, reason=result.reason, via="none")
            else:
                yield item, result
        yield from pop_refused()


def _read_or_fetch(
    files: Sequence[SavedFile], max_page_bytes: int, wires: WireFinder, fields: FieldMap
) -> Iterator[SavedPage]:
    """Yield the pages of saved files and of URLs, in order."""
    for is_remote, group in groupby(files, key=lambda file: is_url(file.name)):
        if is_remote:
            yield from (_fetch(file.name, wires) for file in group)
        else:
            yield from read_pages(group, max_page_bytes, wires, fields)


def _fetch(url: str, wires: WireFinder) -> SavedPage:
    from copydesk.pipeline.offline.page_fetcher import fetch_page

    try:
        page = fetch_page(url)
    except CopydeskError as error:
        return SavedPage(url, url, reason=f"unreadable: {error}")
    return SavedPage(url, url, replace(page, wire=wires.find(url)), fetched_at=page.fetched_at)


def clean(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Saved pages (.html, .txt), WET files, or files with a page per row (JSON Lines, JSON, CSV, Parquet);"
            " plain or compressed; URLs of pages, which are fetched; - reads standard input.",
        ),
    ] = None,
    url: Annotated[str, typer.Option("--url", help="The URL that the files were saved from.")] = "",
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar="FILE.tsv",
            help="A tab-separated list of pages with the columns path (relative to this file) and url.",
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="FIELD=COLUMN",
            help="The column that has id, url, html (or text) or fetched_at, if its name is not one of the usual ones;"
            " repeatable.",
        ),
    ] = None,
) -> None:
    """Clean saved pages and print one JSON line per page.

    A URL is fetched under the rules of a crawl: slowly, as robots.txt allows, and not from a private network. The
    lines are in the order of the pages. A page that is not an article, or that cannot be read, has the kind "refused"
    and a reason. A WET file of Common Crawl (.wet, .wet.gz) and a file with a page per row give one line per record.
    Compression and rows are recognized by content. The exit status is 0 if every file and record could be read.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from copydesk.pipeline.console.tables import load_sources
    from copydesk.pipeline.core.settings import load_settings

    fields = FieldMap.parse(PAGE_FIELDS, field or ())
    saved = [SavedFile(_escape_name(name), Path(name), url) for name in files or []]
    if manifest is not None:
        saved += read_manifest(manifest)
    if not saved:
        raise BadInput("No input files.", "Pass saved pages, or a list of them with --manifest.")
    settings = load_settings()
    sources = load_sources()
    unreadable: list[str] = []
    console = Console(stderr=True)
    columns = (TextColumn("{task.fields[lines]} cleaned"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        # Progress is counted in bytes, because the number of records in a WET file is unknown.
        task = progress.add_task("cleaning", total=sum(file.size_bytes for file in saved), lines=0)
        for lines, (item, article) in enumerate(_clean_pages(saved, settings, sources, fields), 1):
            row = article_to_dict(item.name, item.url, article)
            if item.fetched_at is not None:
                row["fetched_at"] = item.fetched_at.isoformat()
            line = json.dumps(row, ensure_ascii=False)
            sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
            progress.update(task, completed=item.bytes_read, lines=lines)
            if article.reason.startswith(("unreadable", "too_large", "broken_record", "binary")):
                unreadable.append(item.name)
    sys.stdout.flush()
    if unreadable:
        others = f" and {len(unreadable) - 1} more" if len(unreadable) > 1 else ""
        raise BadInput(
            f"Failed to read {unreadable[0] or 'a page without a path'}{others}.",
            "The reason is in its line of output; all other pages were cleaned.",
        )
