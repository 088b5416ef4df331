"""When a wire's layout counts as changed: not because of a single page, and only until its rules match again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copydesk.pipeline.runs.layout_drift import LayoutCount, detect_layout_change

NEWEST = datetime(2026, 3, 4, 12, tzinfo=UTC)


def make_counts(*runs: tuple[int, int]) -> list[LayoutCount]:
    """Return the counts of hourly runs, the newest first, as (by rule, otherwise)."""
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
def test_single_pages_and_few_articles_are_not_a_layout_change(runs: list[tuple[int, int]]) -> None:
    assert detect_layout_change(make_counts(*runs)) is None


@pytest.mark.parametrize(
    ("runs", "hours", "otherwise", "articles"),
    [
        ([(0, 6), (9, 0)], 0, 6, 6),
        ([(1, 5), (0, 9), (9, 0)], 1, 5, 6),
        ([(0, 2), (0, 2), (0, 2), (0, 0), (0, 1), (9, 0)], 4, 6, 6),
        ([(0, 0), (0, 7)], 1, 7, 7),
    ],
)
def test_layout_change_is_reported_with_its_first_hour(
    runs: list[tuple[int, int]], hours: int, otherwise: int, articles: int
) -> None:
    change = detect_layout_change(make_counts(*runs))
    assert change is not None
    assert change.since == NEWEST - timedelta(hours=hours)
    assert (change.by_fallback, change.articles) == (otherwise, articles)
    assert f"{otherwise} of its newest {articles} articles" in str(change)
