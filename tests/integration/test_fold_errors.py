"""Similar but unrelated articles: market series, digests, templates and dividends, ten thousand of them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.bench.fold_errors import KindCount, count_network_errors

SEEDS = (71, 72, 73, 74)
"""Seeds that no rule was made with."""
KINDS = ("series", "roundup", "alert", "notice")


@pytest.mark.endure
@pytest.mark.timeout(900)
def test_no_lookalike_among_ten_thousand_is_merged() -> None:
    found: dict[str, KindCount] = defaultdict(KindCount)
    for seed in SEEDS:
        for kind, count in count_network_errors(seed, days=2, per_day=10_000).items():
            found[kind].add(count)
    assert sum(found[kind].articles for kind in KINDS) >= 10_000
    assert {kind: found[kind].examples for kind in KINDS} == {kind: [] for kind in KINDS}
    # Few errors among other articles, in which the same rules merge cut, extended and retitled copies.
    others = [count for kind, count in found.items() if kind not in (*KINDS, "kill")]
    assert 10_000 * sum(count.astray for count in others) <= sum(count.articles for count in others)
    assert 100 * sum(count.lost for count in others) <= sum(count.articles for count in others)
