"""When a wire's layout counts as changed: not for one unusual page, and only until its rules match again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.runs.layout_drift import LayoutCount, detect_layout_change

NEWEST = datetime(2026, 3, 4, 12, tzinfo=UTC)


def count_back(*runs: tuple[int, int]) -> list[LayoutCount]:
    """Runs of an hour each, the newest first, as (by rule, otherwise)."""
    return [LayoutCount(NEWEST - at * timedelta(hours=1), *run) for at, run in enumerate(runs)]


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [(8, 0), (9, 0)],
        [(7, 1), (9, 0)],
        [(0, 1), (9, 0)],
        [(0, 4)],
        [(0, 0), (0, 0)],
        [(6, 0), (0, 9), (0, 9)],
    ],
)
def test_rules_that_match_an_odd_page_and_too_few_articles_are_no_change(runs: list[tuple[int, int]]) -> None:
    assert detect_layout_change(count_back(*runs)) is None


@pytest.mark.parametrize(
    ("runs", "hours", "otherwise", "articles"),
    [
        ([(0, 6), (9, 0)], 0, 6, 6),
        ([(1, 5), (0, 9), (9, 0)], 1, 5, 6),
        ([(0, 2), (0, 2), (0, 2), (0, 0), (0, 1), (9, 0)], 4, 6, 6),
        ([(0, 0), (0, 7)], 1, 7, 7),
    ],
)
def test_a_changed_layout_is_told_with_the_hour_it_began_in(
    runs: list[tuple[int, int]], hours: int, otherwise: int, articles: int
) -> None:
    change = detect_layout_change(count_back(*runs))
    assert change is not None
    assert change.since == NEWEST - timedelta(hours=hours)
    assert (change.by_fallback, change.articles) == (otherwise, articles)
    assert f"{otherwise} of its newest {articles} articles" in str(change)
