"""The ledger's checks: the outcomes add up to the scheduled URLs and pages."""

from __future__ import annotations

import pytest

from copydesk.pipeline.core.errors import LedgerUnbalanced
from copydesk.pipeline.store.ledger import Ledger

CRAWLED = {"scheduled": 10, "stored": 6, "unchanged": 2, "refused": 1, "failed": 1}
CLEANED = {"pages": 8, "article": 5, "unchanged": 2, "quarantined": 1}


def test_balanced_ledger_passes() -> None:
    Ledger({"north": {"crawl": CRAWLED, "clean": CLEANED}, "": {"fold": {"articles": 7, "in_stories": 7}}}).check("r")


def test_stage_that_did_not_run_is_not_checked() -> None:
    Ledger({"north": {"clean": CLEANED}}).check("r")


@pytest.mark.parametrize(
    ("wire", "stage", "counts", "message"),
    [
        ("north", "crawl", {**CRAWLED, "stored": 5}, "wire north: 10 addresses"),
        ("north", "clean", {**CLEANED, "missing": 1, "pages": 9}, "wire north: 9 pages"),
        ("", "fold", {"articles": 7, "in_stories": 6}, "7 articles but in_stories 6"),
    ],
)
def test_unbalanced_counts_are_reported(wire: str, stage: str, counts: dict[str, int], message: str) -> None:
    with pytest.raises(LedgerUnbalanced, match=message):
        Ledger({wire: {stage: counts}}).check("r")


def test_stored_page_without_result_is_reported() -> None:
    counts = {"crawl": CRAWLED, "clean": {"pages": 5, "article": 5}}
    with pytest.raises(LedgerUnbalanced, match="wire north: 6 pages were stored, but only 5 were processed"):
        Ledger({"north": counts}).check("r")


def test_total_sums_all_wires() -> None:
    ledger = Ledger({"north": {"crawl": CRAWLED}, "south": {"crawl": CRAWLED}})
    assert ledger.total("crawl", "stored") == 12
