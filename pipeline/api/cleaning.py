"""``copydesk.clean``: one page, from a string, a file or the network."""

from __future__ import annotations

import atexit
import os
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.pipeline.api.results import Article, make_article
from copydesk.pipeline.core import records
from copydesk.pipeline.core.errors import BadInput, QuarantineError
from copydesk.pipeline.core.records import ArticleKind, Page
from copydesk.pipeline.core.wire_finder import WireFinder

if TYPE_CHECKING:
    from copydesk.pipeline.core.source import Source
    from copydesk.pipeline.process.sandbox import Sandbox

_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_MAX_PATH_CHARS = 4096


def clean(page: str | bytes | PathLike[str], *, wire: str | None = None, url: str = "") -> Article:
    """Extract and clean the article of one page.

    The page is parsed in a child process with limits on time and memory, which stays for further calls. A URL is
    fetched as the crawler does: slowly, as its robots.txt allows, and not from a private network. No database is used.

    >>> import copydesk
    >>> html = '''<html><head><title>Ferry sails again</title></head><body><article><h1>Ferry sails again</h1>
    ... <p>HARBOUR CITY (Northgate) -- The ferry to the island sails again after the storm, the harbour master said.</p>
    ... <p>Two hundred passengers had waited since Monday, and the first boat was full within minutes.</p>
    ... </article></body></html>'''
    >>> article = copydesk.clean(html)
    >>> article.title, article.kind
    ('Ferry sails again', 'article')
    >>> article.body.startswith('The ferry to the island sails again')
    True

    Args:
        page: HTML, the path of a saved page, or a URL that starts with ``http://`` or ``https://``.
        wire: The wire that the page is from, for its page rules. None: the one on the host of the URL, if any.
        url: The URL of HTML or of a saved page; it helps with dates and names of sites.

    Returns:
        The article. If the page is not an article, its ``kind`` is ``refused``, and ``reason`` says why.

    Raises:
        BadInput: The file cannot be read, or is not a single page; or the string is neither HTML nor a path.
        NotFound: There is no such wire.
        CopydeskError: The URL cannot be fetched.
    """
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.core.source_files import find_source
    from copydesk.pipeline.offline.page_fetcher import fetch_page, find_source_by_url

    settings = load_settings()
    source = find_source(wire, settings.source_folders) if wire else None
    if isinstance(page, str) and _URL.fullmatch(page.strip()):
        name = url = page.strip()
        loaded = fetch_page(url)
    else:
        name, loaded = _load_page(page, url, settings.max_page_bytes)
    if source is None and url:
        source = find_source_by_url(url, settings.source_folders)
    loaded = replace(loaded, wire=source.name if source else "")
    result = _parse(loaded, source)
    if isinstance(result, QuarantineError):
        refused = records.Article(kind=ArticleKind.REFUSED, reason=result.reason, via="none", wire=loaded.wire)
        return make_article(refused, id=name, url=url)
    return make_article(result, id=name or result.canonical_url, url=url)


def _load_page(page: str | bytes | PathLike[str], url: str, max_bytes: int) -> tuple[str, Page]:
    """Return the name and the content of HTML or of a saved page."""
    if isinstance(page, bytes) or (isinstance(page, str) and ("<" in page or "\n" in page)):
        body = page if isinstance(page, bytes) else page.encode("utf-8", "replace")
        if len(body) > max_bytes:
            raise BadInput(f"The page has more than {max_bytes} bytes.", "Raise the setting max_page_bytes.")
        charset = None if isinstance(page, bytes) else "utf-8"
        return url, Page(url=url, body=body, fetched_at=datetime.now(UTC), charset=charset)
    from copydesk.pipeline.offline.saved_pages import SavedFile, read_pages

    path = Path(page)
    if isinstance(page, str) and (len(page) > _MAX_PATH_CHARS or not path.exists()):
        raise BadInput(f"{page[:80]!r} is neither HTML nor a file.", "Pass HTML, the path of a saved page, or a URL.")
    pages = iter(read_pages([SavedFile(str(path), path, url)], max_bytes, WireFinder({})))
    first = next(pages)
    if first.page is None:
        raise BadInput(f"{path}: {first.reason}.", "Pass the path of one saved page.")
    if next(pages, None) is not None:
        raise BadInput(f"{path} has more than one page.", "Use `copydesk clean` for files of many pages.")
    return str(path), first.page


class _Worker:
    """The child process that parses pages, for one wire at a time; it is shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._owner = (0, "")

    def parse(self, page: Page, source: Source | None) -> records.Article | QuarantineError:
        """Parse a page."""
        from copydesk.pipeline.core.settings import load_settings
        from copydesk.pipeline.offline.read_page import PARSE_ENTRY_POINT
        from copydesk.pipeline.process.sandbox import Sandbox

        with self._lock:
            owner = (os.getpid(), source.model_dump_json() if source else "")
            if self._sandbox is None or self._owner != owner:
                if self._owner[0] == os.getpid():  # that of a parent is not this process's to close
                    self._close()
                settings = load_settings()
                sources = {source.name: source} if source else {}
                limits = settings.extract_seconds, settings.extract_megabytes
                self._sandbox = Sandbox(1, *limits, sources, entry_point=PARSE_ENTRY_POINT).__enter__()
                self._owner = owner
            (result,) = self._sandbox.map([page])
            return result

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)
            self._sandbox = None


_worker = _Worker()
atexit.register(_worker.close)


def _parse(page: Page, source: Source | None) -> records.Article | QuarantineError:
    return _worker.parse(page, source)
