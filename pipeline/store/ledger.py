"""A run's bookkeeping: counts by wire, stage and outcome, and the sums that have to come out even.

scheduled = stored + unchanged + refused + quarantined + failed      (addresses, a wire)
pages     = article + unchanged + refused + quarantined              (pages, a wire)
articles  = in stories                                               (articles, a run)
pages    >= stored                                                   (a wire that was crawled)

Beside these, ``layout`` counts a wire's articles by how they came: by its page rules, or otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import Connection

from copydesk.pipeline.core.errors import LedgerUnbalanced
from copydesk.pipeline.db import Row, load_queries

FETCH_OUTCOMES = ("stored", "unchanged", "refused", "quarantined", "failed")
CLEAN_OUTCOMES = ("article", "unchanged", "refused", "quarantined")
RERUN_REMEDY = "Clear the run's failed tasks and let them run again; nothing is counted twice."


@dataclass(frozen=True, slots=True)
class Ledger:
    """The counts of one run: ``counts[wire][stage][outcome]``; the wire is empty for what concerns the whole run."""

    run_id: str
    counts: Mapping[str, Mapping[str, Mapping[str, int]]]

    def get(self, wire: str, stage: str, outcome: str) -> int:
        return self.counts.get(wire, {}).get(stage, {}).get(outcome, 0)

    def total(self, stage: str, outcome: str) -> int:
        """The sum over all wires."""
        return sum(self.get(wire, stage, outcome) for wire in self.counts)

    def check(self) -> None:
        """Hold the identities.

        Raises:
            LedgerUnbalanced: the first one that does not hold, with both sides.
        """
        for wire, stages in self.counts.items():
            _check_sum(self.run_id, wire, "addresses", stages.get("crawl"), "scheduled", FETCH_OUTCOMES)
            _check_sum(self.run_id, wire, "pages", stages.get("clean"), "pages", CLEAN_OUTCOMES)
            _check_sum(self.run_id, wire, "articles", stages.get("fold"), "articles", ("in_stories",))
            stored, pages = self.get(wire, "crawl", "stored"), self.get(wire, "clean", "pages")
            if "clean" in stages and pages < stored:
                raise LedgerUnbalanced(
                    f"Run {self.run_id}, wire {wire}: {stored} pages were stored, but only {pages} came to be read.",
                    RERUN_REMEDY,
                )


def _check_sum(
    run_id: str, wire: str, unit: str, counts: Mapping[str, int] | None, total_key: str, part_keys: tuple[str, ...]
) -> None:
    if counts is None:
        return
    told = counts.get(total_key, 0)
    found = sum(counts.get(part, 0) for part in part_keys)
    if told != found:
        shown = " + ".join(f"{part} {counts.get(part, 0)}" for part in part_keys)
        raise LedgerUnbalanced(
            f"Run {run_id}{f', wire {wire}' if wire else ''}: {told} {unit} but {shown} = {found}.", RERUN_REMEDY
        )


def save_counts(connection: Connection[Row], run_id: str, wire: str, stage: str, counts: Mapping[str, int]) -> None:
    """Store the counts of one stage of a run, in place of those stored before."""
    queries = load_queries("ledger")
    key = {"run_id": run_id, "wire": wire, "stage": stage}
    connection.execute(queries["delete_other_outcomes"], {**key, "outcomes": list(counts)})
    for outcome, count in sorted(counts.items()):
        connection.execute(queries["save_count"], {**key, "outcome": outcome, "count": count})


def read_ledger(connection: Connection[Row], run_id: str) -> Ledger:
    """The stored counts of a run."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for wire, stage, outcome, count in connection.execute(load_queries("ledger")["list_counts"], (run_id,)):
        counts.setdefault(wire, {}).setdefault(stage, {})[outcome] = count
    return Ledger(run_id, counts)
