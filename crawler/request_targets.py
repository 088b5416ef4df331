"""What a request is for. A request of the spider keeps its target in ``cb_kwargs``, across retries and redirects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy import Request

    from copydesk.crawler.discovery import FeedKind
    from copydesk.crawler.discovery.selection import Candidate
    from copydesk.pipeline.store.pages import LatestPage

_KEY = "target"


@dataclass(frozen=True, slots=True)
class FeedTarget:
    """A feed, sitemap or list page to read."""

    url: str
    """The URL as configured or as an index lists it, before any redirect."""
    kind: FeedKind
    link_selector: str = ""
    """Of a list page: the CSS selector of the links to articles."""
    depth: int = 0
    """Number of sitemap indexes above it."""


@dataclass(frozen=True, slots=True)
class PageTarget:
    """An article page to fetch."""

    candidate: Candidate
    latest: LatestPage | None
    """The latest stored page of its URL."""
    revisit: int | None = None
    """The step of the schedule at which it is fetched again; None if it is wanted for another reason."""


def target_kwargs(target: FeedTarget | PageTarget) -> dict[str, Any]:
    """Return the ``cb_kwargs`` of a request for this target; callbacks receive it as ``target``."""
    return {_KEY: target}


def get_target(request: Request | None) -> FeedTarget | PageTarget | None:
    """Return the target of a request; None for a request that is not the spider's, such as one for robots.txt."""
    target = request.cb_kwargs.get(_KEY) if request is not None else None
    return target if isinstance(target, FeedTarget | PageTarget) else None
