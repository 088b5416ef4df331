"""The ledger of a run: counts by wire, stage and outcome, and the sums that must agree.

scheduled = stored + unchanged + refused + quarantined + failed      (URLs, per wire)
pages     = article + unchanged + refused + quarantined              (pages, per wire)
articles  = in stories                                               (articles, per run)
pages    >= stored                                                   (per wire that was crawled)

In addition, ``layout`` counts a wire's articles by the step that extracted them: its page rules, or another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import LedgerUnbalanced
from copydesk.pipeline.core.records import Outcome
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_one
from copydesk.pipeline.store.states import LedgerStage, PageOutcome

RERUN_REMEDY = "Clear the run's failed tasks and let them run again; nothing is counted twice."


@dataclass(frozen=True, slots=True)
class _CountRow:
    wire: str
    stage: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The counts of one run: ``counts[wire][stage][outcome]``; the wire is empty for counts of the whole run."""

    counts: Mapping[str, Mapping[str, Mapping[str, int]]]

    def get(self, wire: str, stage: str, outcome: str) -> int:
        """Return one count, 0 if there is none."""
        return self.counts.get(wire, {}).get(stage, {}).get(outcome, 0)

    def total(self, stage: str, outcome: str) -> int:
        """Return the sum over all wires."""
        return sum(self.get(wire, stage, outcome) for wire in self.counts)

    def check(self, run: str) -> None:
        """Verify that the sums agree.

        Args:
            run: The run's name, for the error.

        Raises:
            LedgerUnbalanced: A sum does not agree; the message has both sides of the first one.
        """
        for wire, stages in self.counts.items():
            _check_sum(run, wire, "addresses", stages.get(LedgerStage.CRAWL), "scheduled", tuple(Outcome))
            _check_sum(run, wire, "pages", stages.get(LedgerStage.CLEAN), "pages", tuple(PageOutcome))
            _check_sum(run, wire, "articles", stages.get(LedgerStage.FOLD), "articles", ("in_stories",))
            stored = self.get(wire, LedgerStage.CRAWL, Outcome.STORED)
            pages = self.get(wire, LedgerStage.CLEAN, "pages")
            if LedgerStage.CLEAN in stages and pages < stored:
                raise LedgerUnbalanced(
                    f"Run {run}, wire {wire}: {stored} pages were stored, but only {pages} were processed.",
                    RERUN_REMEDY,
                )


def _check_sum(
    run: str, wire: str, unit: str, counts: Mapping[str, int] | None, total_key: str, part_keys: tuple[str, ...]
) -> None:
    if counts is None:
        return
    total = counts.get(total_key, 0)
    parts_sum = sum(counts.get(part, 0) for part in part_keys)
    if total != parts_sum:
        parts = " + ".join(f"{part} {counts.get(part, 0)}" for part in part_keys)
        raise LedgerUnbalanced(
            f"Run {run}{f', wire {wire}' if wire else ''}: {total} {unit} but {parts} = {parts_sum}.", RERUN_REMEDY
        )


@dataclass(frozen=True, slots=True)
class ArticleCounts:
    """The number of a run's articles, of those that are in a story, and of these stories."""

    articles: int = 0
    in_stories: int = 0
    stories: int = 0


def count_articles(connection: Connection[Row], run_key: UUID, profile_id: str) -> ArticleCounts:
    """Count the articles that the run's pages are versions of."""
    params = {"run_key": run_key, "profile_id": profile_id}
    return fetch_one(connection, ArticleCounts, queries.ledger.count_articles, params) or ArticleCounts()


def save_counts(
    connection: Connection[Row], run_key: UUID, wire: str, stage: LedgerStage, counts: Mapping[str, int]
) -> None:
    """Save the counts of one stage of a run; they replace those saved before."""
    key = {"run_key": run_key, "wire": wire, "stage": stage}
    columns = {"outcomes": [str(outcome) for outcome in counts], "counts": list(counts.values())}
    connection.execute(queries.ledger.delete_other_outcomes, {**key, "outcomes": columns["outcomes"]})
    connection.execute(queries.ledger.save_counts, {**key, **columns})


def read_ledger(connection: Connection[Row], run_key: UUID) -> Ledger:
    """Return the saved counts of a run."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for row in fetch_all(connection, _CountRow, queries.ledger.list_counts, (run_key,)):
        counts.setdefault(row.wire, {}).setdefault(row.stage, {})[row.outcome] = row.count
    return Ledger(counts)
