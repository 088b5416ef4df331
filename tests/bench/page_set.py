"""The pages to read, as passed to every tool's process: this module imports no more than they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from copydesk.pipeline.core.records import Page

if TYPE_CHECKING:
    from copydesk.crawler.sample.ground_truth import Truth
    from copydesk.pipeline.core.source import Source


@dataclass(frozen=True, slots=True)
class PageCase:
    """One page to read. ``key`` identifies it, ``text`` is the decoded body for tools that do not accept bytes.
    ``source`` is the wire's own, if any; ``truth`` and ``days`` (acceptable dates of publication), if known.
    """

    key: str
    page: Page
    text: str
    source: Source | None = None
    truth: Truth | None = None
    days: frozenset[date] = frozenset()

    @property
    def has_rule(self) -> bool:
        return self.source is not None and bool(self.source.page)


@dataclass(frozen=True, slots=True)
class PageSet:
    """A named set of pages; ``timed`` are the indexes of those that speed is measured on."""

    name: str
    title: str
    cases: tuple[PageCase, ...]
    timed: tuple[int, ...]
    folder: Path | None = None
