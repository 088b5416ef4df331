"""What an inspection is asked for and what it found: plain records, written as JSON by the spider's process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

REQUEST_FILE = "request.json"
RESULT_FILE = "inspection.json"


class InspectionKind(StrEnum):
    """What is inspected."""

    ARTICLE = "article"
    """One article of a configured wire."""
    SITE = "site"
    """A site that is not configured yet."""
    PAGES = "pages"
    """More articles of such a site."""


@dataclass(frozen=True, slots=True)
class InspectionRequest:
    """What to look at."""

    kind: InspectionKind
    url: str = ""
    """The article; empty for the newest one that the wire lists. Of a site: the URL that the user typed."""
    articles: int = 3
    """Of a site: the number of articles to fetch."""
    urls: tuple[str, ...] = ()
    """The articles to fetch, of ``PAGES``."""

    def write(self, folder: Path) -> None:
        """Write the request into the inspection's folder."""
        (folder / REQUEST_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the request from the inspection's folder."""
        data = json.loads((folder / REQUEST_FILE).read_text(encoding="utf-8"))
        return cls(**data | {"kind": InspectionKind(data["kind"]), "urls": tuple(data["urls"])})


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An entry of a feed, sitemap or list page."""

    url: str
    title: str = ""
    published_at: str = ""
    """ISO 8601; empty if the entry has no time."""
    guid: str = ""

    @property
    def published(self) -> datetime | None:
        """The publication time, aware; None without one."""
        return datetime.fromisoformat(self.published_at) if self.published_at else None


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that was requested."""

    url: str
    """As requested."""
    final_url: str = ""
    """The URL that answered, after redirects."""
    status: int = 0
    content_type: str = ""
    charset: str | None = None
    error: str = ""
    """A short reason, such as ``robots`` or ``http 404``; empty if the page was fetched."""
    file: str = ""
    """Name of the file with the bytes, in the inspection's folder; empty if there is none."""
    fetched_at: str = ""
    """ISO 8601."""
    entry: ListedArticle | None = None
    """How a feed listed it."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed, sitemap or list page that was read."""

    url: str
    """The URL that answered, if all redirects on the way are permanent; else as found."""
    kind: str
    """``feed``, ``sitemap`` or ``list``."""
    origin: str
    """Where its URL comes from: ``link``, ``common path``, ``robots.txt``, ``source file``, ``given``."""
    entries: tuple[ListedArticle, ...] = ()
    error: str = ""
    title: str = ""
    language: str = ""
    link_selector: str = ""
    """Of a list page."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an inspection found."""

    url: str
    """The home page after redirects, or the article's URL."""
    feeds: tuple[FoundFeed, ...] = ()
    pages: tuple[FetchedPage, ...] = ()
    """The articles that were fetched."""
    home: FetchedPage | None = None
    crawl_delay: float | None = None
    """Crawl-delay of the site's robots.txt, in seconds."""
    error: str = ""
    """Why there is nothing to look at; empty if there is."""
    title: str = ""
    """The site's name, as its home page has it."""
    language: str = ""
    """The language tag of its home page."""

    def write(self, folder: Path) -> None:
        """Write the result into the inspection's folder."""
        (folder / RESULT_FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the result in the inspection's folder; None if the spider ended before it wrote one."""
        try:
            data: dict[str, Any] = json.loads((folder / RESULT_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        feeds = tuple(
            FoundFeed(**feed | {"entries": tuple(ListedArticle(**entry) for entry in feed["entries"])})
            for feed in data["feeds"]
        )
        pages = tuple(_make_page(page) for page in data["pages"])
        home = _make_page(data["home"]) if data["home"] else None
        return cls(**data | {"feeds": feeds, "pages": pages, "home": home})


def _make_page(data: dict[str, Any]) -> FetchedPage:
    entry = data["entry"]
    return FetchedPage(**data | {"entry": ListedArticle(**entry) if entry else None})
