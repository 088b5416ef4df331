"""Whether a wire's pages have changed their layout: its page rules no longer find the text, the generic way does.

A single odd page is not a changed layout: the wire's newest articles are looked at, so many together that a share can
be told, however few of them an hour has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

from copydesk.pipeline.db import Row, load_queries

MIN_ARTICLES = 5
"""Articles that it takes to tell a changed layout from an odd page."""

MIN_FALLBACK_PERCENT = 50
"""The least share of them that came without a rule, in percent."""

MAX_RUNS = 2000
"""Runs that are looked back on, at the most."""


@dataclass(frozen=True, slots=True)
class LayoutCount:
    """How many articles of one run came by the wire's page rules, and how many otherwise."""

    window_start: datetime
    by_rule: int
    by_fallback: int


@dataclass(frozen=True, slots=True)
class LayoutChange:
    """Since which run's window a layout is a changed one, and of how many of the newest articles that is told."""

    since: datetime
    by_fallback: int
    articles: int

    def __str__(self) -> str:
        return (
            f"layout changed since {self.since:%Y-%m-%d %H:%M}: "
            f"{self.by_fallback} of its newest {self.articles} articles came without its page rules"
        )


def detect_layout_change(counts: Sequence[LayoutCount]) -> LayoutChange | None:
    """The change that the counts of a wire's runs tell, the newest run first; None where the rules hold.

    Whole runs are taken until they have ``LEAST`` articles together; fewer tell nothing.
    """
    articles = otherwise = 0
    for one in counts:
        articles += one.by_rule + one.by_fallback
        otherwise += one.by_fallback
        if articles >= MIN_ARTICLES:
            break
    if articles < MIN_ARTICLES or otherwise * 100 < articles * MIN_FALLBACK_PERCENT:
        return None
    since = counts[0].window_start
    for one in counts:
        if one.by_fallback * 100 < (one.by_rule + one.by_fallback) * MIN_FALLBACK_PERCENT:
            break
        if one.by_fallback:
            since = one.window_start
    return LayoutChange(since, otherwise, articles)


def count_extraction_paths(connection: Connection[Row], run_id: str, wire: str, cleaner: str) -> dict[str, int]:
    """How the run's articles of one wire came: by its page rules, or otherwise."""
    row = connection.execute(
        load_queries("layout")["count_extraction_paths"], {"run_id": run_id, "wire": wire, "cleaner": cleaner}
    ).fetchone()
    by_rule, by_fallback = row or (0, 0)
    return {"by_rule": by_rule, "by_fallback": by_fallback}


def detect_layout_changes(
    connection: Connection[Row], wires: Sequence[str], until: datetime | None = None
) -> dict[str, LayoutChange]:
    """The wires of which the layout has changed, as known by the runs whose window ends by ``until`` (None: by all)."""
    changes: dict[str, LayoutChange] = {}
    for wire in wires:
        rows = connection.execute(
            load_queries("layout")["list_layout_counts"], {"wire": wire, "until": until, "limit": MAX_RUNS}
        )
        if change := detect_layout_change([LayoutCount(*row) for row in rows]):
            changes[wire] = change
    return changes
