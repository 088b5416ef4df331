"""What a crawl tells of itself at its end: a small JSON file, from the spider's process to its parent."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from copydesk.pipeline.core.records import Outcome

FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One feed, sitemap or list page: how many entries it named, how many of them are wanted, or its ``error``.

    ``unchanged``: it answered as it did when a run last finished it, and was not read again. ``status`` is the HTTP
    status of an error, if there was an answer.
    """

    url: str
    kind: str
    entries: int = 0
    wanted: int = 0
    unchanged: bool = False
    error: str = ""
    status: int | None = None
    newest: str = ""


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """The error that ended a crawl: the name of its class in ``core.errors``, its message and remedy."""

    error_class: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class CrawlStats:
    """The counts of one crawl. ``outcomes`` names every outcome and sums up to ``scheduled``; ``reasons`` counts
    ``outcome: reason``. ``recorded`` are the outcomes on record for this wire and run, earlier tries of it included;
    ``earlier`` is how many addresses those tries alone had.
    ``over_limit``: wanted, but beyond the wire's ``max_pages``. ``finish_reason`` is "finished",
    or what cut it short: interrupted, timeout, no answers, database, killed, start_error. ``wanted`` lists addresses,
    each once, in a dry run only. ``bytes`` are those of page bodies, decoded; ``seconds`` is wall time."""

    wire: str
    run_id: str
    finish_reason: str
    mode: str = ""
    scheduled: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: {outcome.value: 0 for outcome in Outcome})
    reasons: dict[str, int] = field(default_factory=dict)
    recorded: dict[str, int] = field(default_factory=dict)
    scheduled_earlier: int = 0
    feeds: tuple[FeedReport, ...] = ()
    over_limit: int = 0
    wanted: tuple[str, ...] = ()
    body_bytes: int = 0
    seconds: float = 0.0
    error: ErrorInfo | None = None

    @property
    def feed_errors(self) -> dict[str, str]:
        """What was wrong with the feeds that could not be read, by address."""
        return {feed.url: feed.error for feed in self.feeds if feed.error}

    @property
    def total_scheduled(self) -> int:
        """How many addresses the run has had so far: this try's own count, and those of earlier tries alone."""
        return self.scheduled + self.scheduled_earlier

    @property
    def is_balanced(self) -> bool:
        """Whether every scheduled URL has exactly one outcome."""
        return self.scheduled == sum(self.outcomes.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        feeds = tuple(FeedReport(**feed) for feed in data.get("feeds", ()))
        error = data.get("error")
        wanted = tuple(data.get("wanted", ()))
        return cls(**data | {"feeds": feeds, "wanted": wanted, "error": ErrorInfo(**error) if error else None})

    def write(self, path: Path) -> None:
        """Write the file whole or not at all."""
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self.to_dict(), file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The stats of a crawl that ended, or None where it did not come to write them."""
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, AttributeError):
            return None
