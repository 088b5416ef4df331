"""Fetch one page for the commands and functions that clean it. The package with the crawler registers how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from copydesk.pipeline.core.errors import BadInput, BadSource
from copydesk.pipeline.core.source_files import list_source_files, read_source
from copydesk.pipeline.core.wire_finder import WireFinder

if TYPE_CHECKING:
    from copydesk.pipeline.core.records import Page
    from copydesk.pipeline.core.source import Source

GROUP = "copydesk.page_fetcher"
"""Entry point group of the function that fetches a page by its URL."""


def fetch_page(url: str) -> Page:
    """Fetch one page as the crawler does: slowly, as its robots.txt allows, and not from a private network.

    Raises:
        BadInput: No installed package can fetch pages.
        CopydeskError: The page cannot be fetched.
    """
    points = [point for point in distribution("copydesk").entry_points if point.group == GROUP]
    if not points:
        raise BadInput("Pages cannot be fetched: the crawler is not installed.", "Save the page and pass its path.")
    fetch: Callable[[str], Page] = points[0].load()
    return fetch(url)


def find_source_by_url(url: str, folders: Iterable[Path]) -> Source | None:
    """Return the wire that has its home page on the host of a URL; None if there is none. Invalid files are ignored."""
    host = urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")
    if not host:
        return None
    sources = {}
    for name, path in list_source_files(folders).items():
        try:
            if host in path.read_text(encoding="utf-8").lower():  # reading all would take seconds
                sources[name] = read_source(path)
        except (OSError, UnicodeDecodeError, BadSource):
            continue
    return sources.get(WireFinder(sources).find(url))
