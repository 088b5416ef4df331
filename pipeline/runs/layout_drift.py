"""Detect that a wire's pages have changed their layout: its page rules no longer match, the generic extraction does.

One unusual page is not a changed layout. The share is computed over enough of the wire's newest articles, of as many
runs as that takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one

MIN_ARTICLES = 5
"""Minimum number of articles to detect a change: with fewer, one unusual page would count too much."""

MIN_FALLBACK_PERCENT = 50
"""Minimum share of articles extracted without a rule, in percent: at half, the rules no longer fit the wire."""

MAX_RUNS = 2000
"""Maximum number of runs to look back: twelve weeks of hourly runs."""


@dataclass(frozen=True, slots=True)
class LayoutCount:
    """How the articles of one run were extracted.

    Attributes:
        window_start: Start of the run's window.
        by_rule: Number of articles extracted by the wire's page rules.
        by_fallback: Number of other articles.
    """

    window_start: datetime
    by_rule: int
    by_fallback: int


@dataclass(frozen=True, slots=True)
class _WireLayoutCount(LayoutCount):
    wire: str


@dataclass(frozen=True, slots=True)
class _PathCount:
    by_rule: int
    by_fallback: int


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """A change of a wire's layout.

    Attributes:
        since: Start of the window of the first run with the new layout.
        by_fallback: Number of the newest articles that were extracted without the page rules.
        articles: Number of the newest articles.
    """

    since: datetime
    by_fallback: int
    articles: int

    def __str__(self) -> str:
        return (
            f"layout changed since {self.since:%Y-%m-%d %H:%M}: "
            f"{self.by_fallback} of its newest {self.articles} articles were extracted without its page rules"
        )


def detect_layout_change(counts: Sequence[LayoutCount]) -> LayoutChange | None:
    """Return the change of a wire's layout; None if its rules match, or if there are too few articles.

    Args:
        counts: The counts of the wire's runs, the newest first. As many of them are used as it takes to have
            ``MIN_ARTICLES``.
    """
    articles = by_fallback = 0
    for run in counts:
        articles += run.by_rule + run.by_fallback
        by_fallback += run.by_fallback
        if articles >= MIN_ARTICLES:
            break
    if articles < MIN_ARTICLES or by_fallback * 100 < articles * MIN_FALLBACK_PERCENT:
        return None
    since = counts[0].window_start
    for run in counts:
        if run.by_fallback * 100 < (run.by_rule + run.by_fallback) * MIN_FALLBACK_PERCENT:
            break
        if run.by_fallback:
            since = run.window_start
    return LayoutChange(since, by_fallback, articles)


def count_extraction_paths(connection: Connection[Row], run_key: UUID, wire: str, cleaner: str) -> dict[str, int]:
    """Return the number of the run's articles of one wire that were extracted ``by_rule`` and ``by_fallback``."""
    arguments = {"run_key": run_key, "wire": wire, "cleaner": cleaner}
    row = fetch_one(connection, _PathCount, queries.layout.count_extraction_paths, arguments)
    return asdict(row) if row else {"by_rule": 0, "by_fallback": 0}


def detect_layout_changes(
    connection: Connection[Row], wires: Sequence[str], until: datetime | None = None
) -> dict[str, LayoutChange]:
    """Return the changes of layouts by wire; wires without a change are left out.

    Args:
        connection: A connection in a transaction.
        wires: The wires to check.
        until: Use only runs with a window that ends at this time or earlier; None for all runs.
    """
    changes: dict[str, LayoutChange] = {}
    for wire in wires:
        arguments = {"wire": wire, "until": until, "limit": MAX_RUNS}
        counts = fetch_all(connection, LayoutCount, queries.layout.list_layout_counts, arguments)
        if change := detect_layout_change(counts):
            changes[wire] = change
    return changes


def find_possible_changes(connection: Connection[Row], wires: Sequence[str], max_runs: int) -> list[str]:
    """Return the wires with a layout that seems to have changed in the latest runs: one query for all of them.

    Args:
        connection: A connection in a transaction.
        wires: The wires to check.
        max_runs: The number of runs, of any wires.
    """
    arguments = {"wires": list(wires), "limit": max_runs}
    counts: dict[str, list[LayoutCount]] = {}
    for row in fetch_all(connection, _WireLayoutCount, queries.layout.list_recent_layout_counts, arguments):
        counts.setdefault(row.wire, []).append(row)
    return [wire for wire, found in counts.items() if detect_layout_change(found)]
