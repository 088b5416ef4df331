"""The calculations of the folding benchmark: agreement of groups with the truth, and claims about a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench import dedupers, signers
from tests.bench.agreement import compare_groups, join_pairs
from tests.bench.dedupers import join_links
from tests.bench.fold import DedupBoard, FoldOutcome, Run, SignBoard, Signing
from tests.bench.fold_report import list_claims, write_fold_markdown
from tests.bench.growth_claims import GrowthMeasurement, check_growth
from tests.bench.machine import Machine
from tests.bench.signers import shingle

TRUTH = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "3"}
KINDS = {"a": "news", "b": "news", "c": "news", "d": "series", "e": "roundup"}
MACHINE = Machine("2026-01-01 00:00 UTC", "one", 2, 4.0, "Linux", "3.11", 0.0)


def test_identical_grouping_agrees_fully() -> None:
    same = compare_groups(TRUTH, dict.fromkeys("abc", "x") | {"d": "y", "e": "z"}, KINDS)
    assert (same.ari, same.precision, same.recall, same.largest, same.wrong) == (1, 1, 1, 3, 0)
    assert same.wrong_by_kind == {"news": 0, "series": 0, "roundup": 0}


def test_lost_and_wrong_pairs_are_counted_by_kind() -> None:
    found = {"a": "x", "b": "x", "c": "z", "d": "x", "e": "z"}
    agreement = compare_groups(TRUTH, found, KINDS)
    assert agreement.precision == pytest.approx(1 / 4)
    assert agreement.recall == pytest.approx(1 / 3)
    # Adjusted Rand index by hand: (1 - 3 * 4 / 10) / ((3 + 4) / 2 - 3 * 4 / 10).
    assert agreement.ari == pytest.approx((1 - 1.2) / (3.5 - 1.2))
    assert agreement.wrong == 3
    assert agreement.wrong_by_kind == {"news": 3, "series": 2, "roundup": 1}


def test_singletons_have_full_precision_and_no_recall() -> None:
    alone = compare_groups(TRUTH, {one: one for one in TRUTH})
    assert (alone.precision, alone.recall, alone.ari) == (1, 0, 0)


def test_pairs_and_links_are_joined_transitively() -> None:
    story = join_pairs("abcde", [("b", "a"), ("c", "d"), ("d", "a")])
    assert len({story[one] for one in "abcd"}) == 1
    assert story["e"] == "e"
    assert join_links(5, [(3, 1), (1, 0), (2, 2)]) == [0, 0, 2, 0, 4]


def test_shingles_have_five_words_or_all() -> None:
    assert shingle("One, two: three four five SIX") == ["one two three four five", "two three four five six"]
    assert shingle("A flash") == ["a flash"]


def test_claims_are_checked_against_the_run() -> None:
    def sign(name: str, wall: float) -> Signing:
        one = signers.find_signer(name)
        return Signing(name, one.package, "1", one.way, one.ours, 1_000, wall, wall, 0)

    def fold(name: str, wall: float) -> Run:
        one = dedupers.find_deduper(name)
        return Run(name, one.package, "1", one.way, one.ours, 10, wall, wall, 0, compare_groups(TRUTH, TRUTH))

    walls = {signers.OURS: 1.0, signers.RENSA: 2.5, signers.SHA1: 4.0}
    board = SignBoard("Texts", tuple(sign(name, wall) for name, wall in walls.items()))
    runs = DedupBoard("reuters", "Stories", (fold(dedupers.OURS, 2.0), fold(dedupers.STOCK, 3.0)))
    outcome = FoldOutcome(MACHINE, (board,), (runs,), (), (), ("One was left out.",))
    assert [(claim.figure, claim.shown) for claim in list_claims(outcome)] == [
        ("2.50 times", True),
        ("4.00 times", False),
        ("2.00 s against 3.00 s", True),
    ]
    slower = replace(runs, rows=(fold(dedupers.OURS, 4.0), fold(dedupers.STOCK, 3.0)))
    assert not next(list_claims(replace(outcome, signing=(), dedup=(slower,)))).shown
    markdown = write_fold_markdown(outcome)
    assert "| **copydesk, MinHash** | **1,000** | **2.50** |" in markdown
    assert "- NOT shown: Texts: signing at least 5 x MinHash.bulk, sha1 (4.00 times)" in markdown
    assert "- One was left out." in markdown


def test_growth_claims_are_checked_by_stored_articles() -> None:
    few = GrowthMeasurement(105_000, 0.5, 1.0, 0.5, 1.9, 21_000, 150, 20, 7_000)
    many = replace(few, articles=1_006_000, match=1.5, cpu=2.4)
    assert [(claim.figure, claim.shown) for claim in check_growth([few, many])] == [
        ("1.25 times, 1.26 by the processor", True),
        ("2.00 s", True),
        ("150 MB the worker, 20 MB its server process", True),
        ("2.50 s", True),
        ("150 MB the worker, 20 MB its server process", True),
    ]
    worse = replace(many, match=4.1, backend_mb=351)
    assert [claim.shown for claim in check_growth([few, worse])] == [False, True, True, False, False]
    # The window of a tenth of the articles is not full, so nothing is claimed about it.
    assert len(list(check_growth([replace(few, articles=10_000), few]))) == 4
    outcome = FoldOutcome(MACHINE, (), (), (), (few,), ())
    assert "- shown: 1,000 new articles into 105,000: at most 5 s (2.00 s)" in write_fold_markdown(outcome)
    assert "was not measured: `--articles 1000000`" in write_fold_markdown(outcome)
    assert "was not measured" not in write_fold_markdown(replace(outcome, database_growth=(few, many)))
