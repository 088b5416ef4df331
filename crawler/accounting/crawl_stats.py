"""The stats of a crawl: a small JSON file, written by the spider's process and read by its parent."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from copydesk.pipeline.core import errors
from copydesk.pipeline.core.errors import CopydeskError, QuarantineError, Transient
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.core.url_secrets import mask_secrets

FINISHED = "finished"
ROBOTS_REASON = "robots"
"""The error of a feed, and the reason of a page, that robots.txt disallows."""
PRIVATE_ADDRESS_REASON = "private address"
"""The same for one with a host that has only private addresses, which its source does not allow."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The result of reading one feed, sitemap or list page."""

    url: str
    kind: str
    """``feed``, ``sitemap``, ``archive`` or ``list``."""
    entries: int = 0
    """The number of URLs that it lists."""
    wanted: int = 0
    """The number of URLs among them that the crawl wants to fetch."""
    unchanged: bool = False
    """Whether it is the same as when a run last finished it. Its entries are not read then."""
    error: str = ""
    status: int | None = None
    """The HTTP status of an error, if the server responded."""
    newest: str = ""
    """The latest publication time among its entries, in ISO 8601."""
    warnings: tuple[str, ...] = ()
    """What was left out, or looks wrong, although it could be read: one phrase each."""
    articles: int = 0
    """In a dry run: the number of articles that are left after ``include`` and ``exclude``."""
    identified: int = 0
    """In a dry run: the number of those with a URL that ``identity.id_pattern`` matches."""
    disallowed: int = 0
    """In a dry run: the number of those that robots.txt disallows."""
    moved_to: str = ""
    """The URL that it has moved to for good, by permanent redirects only; empty if it has not."""
    delay: float = 0.0
    """In a dry run: the seconds between two requests to its host."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", mask_secrets(self.url))
        object.__setattr__(self, "moved_to", mask_secrets(self.moved_to))
        object.__setattr__(self, "warnings", tuple(self.warnings))  # a list in JSON


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error that ended a crawl, as plain data: the name of its class in ``core.errors``, its message and remedy."""

    error_class: str
    message: str
    remedy: str = ""

    @classmethod
    def from_error(cls, error: CopydeskError) -> Self:
        """Return an error as plain data."""
        return cls(type(error).__name__, error.message, error.remedy)

    def to_error(self) -> CopydeskError:
        """Return the error; an unknown class becomes ``Transient``."""
        error_class = getattr(errors, self.error_class, None)
        if (
            isinstance(error_class, type)
            and issubclass(error_class, CopydeskError)
            and not issubclass(error_class, QuarantineError)  # its arguments differ
        ):
            return error_class(self.message, self.remedy)
        return Transient(self.message, self.remedy)


@dataclass(frozen=True, slots=True)
class CrawlStats:
    """The counts of one crawl."""

    wire: str
    run_id: str
    finish_reason: str
    """``finished``, or what cut it short: ``interrupted``, ``timeout``, ``no responses``, ``database``, ``memory``,
    ``killed``, ``not started``, ``start_error``."""
    strategy: str = ""
    """The ``WireStrategy``: ``live`` or ``archive``. Empty if the crawl did not start."""
    scheduled: int = 0
    """The number of URLs that this attempt scheduled."""
    outcomes: dict[str, int] = field(default_factory=lambda: {outcome.value: 0 for outcome in Outcome})
    """The number of URLs by outcome, as counted by this attempt. Every outcome is a key; adds up to ``scheduled``."""
    reasons: dict[str, int] = field(default_factory=dict)
    """The number of URLs by ``outcome: reason``."""
    revisits: dict[str, int] = field(default_factory=dict)
    """The number of known pages among them that were fetched again, by outcome, without zeros."""
    recorded: dict[str, int] = field(default_factory=dict)
    """The number of URLs by outcome, as recorded in the database for this wire and run by all attempts."""
    scheduled_earlier: int = 0
    """The number of URLs that only earlier attempts of the run scheduled."""
    feeds: tuple[FeedReport, ...] = ()
    left_behind: dict[str, int] = field(default_factory=dict)
    """The number of listed items that were not fetched, by reason: a ``LeftBehind``."""
    wanted: tuple[str, ...] = ()
    """In a dry run: the URLs that a crawl would fetch, without duplicates."""
    body_bytes: int = 0
    """The size of the fetched pages, decoded, in bytes."""
    seconds: float = 0.0
    """The wall time."""
    error: ErrorInfo | None = None

    @property
    def total_scheduled(self) -> int:
        """The number of URLs that all attempts of the run scheduled."""
        return self.scheduled + self.scheduled_earlier

    @property
    def discovered(self) -> dict[str, int]:
        """The number of URLs by outcome, without known pages that were fetched again."""
        return {outcome: count - self.revisits.get(outcome, 0) for outcome, count in self.outcomes.items()}

    @property
    def total_discovered(self) -> int:
        """``total_scheduled`` without known pages that were fetched again."""
        return self.total_scheduled - sum(self.revisits.values())

    @property
    def is_balanced(self) -> bool:
        """Whether every scheduled URL has exactly one outcome."""
        return self.scheduled == sum(self.outcomes.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the stats from what ``to_dict`` returned.

        Raises:
            TypeError, AttributeError: ``data`` is something else.
        """
        feeds = tuple(FeedReport(**feed) for feed in data.get("feeds", ()))
        error = data.get("error")
        wanted = tuple(data.get("wanted", ()))
        return cls(**data | {"feeds": feeds, "wanted": wanted, "error": ErrorInfo(**error) if error else None})

    def write(self, path: Path) -> None:
        """Write the file atomically."""
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.to_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the stats in a file; None if the spider ended before it wrote them."""
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, AttributeError):
            return None
