"""The calculations of the cleaning benchmark: scores and speeds."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from copydesk.pipeline.core.records import Page
from tests.bench.clean import Board, Outcome, Row, measure_speed
from tests.bench.extractors import ExtractedPage
from tests.bench.machine import Machine
from tests.bench.page_set import PageCase
from tests.bench.pages import make_sample
from tests.bench.report import list_cells, list_columns, write_markdown
from tests.bench.scores import Score, compare_bodies, read_days, score_sample
from tests.bench.workers import Timing


def test_bodies_are_compared_by_word_4_grams() -> None:
    assert compare_bodies("one two three four five", "one two three four five") == (1, 1)
    assert compare_bodies("one two three four five", "one two three four") == (1, 0.5)
    assert compare_bodies("one two three four", "and so one two three four") == pytest.approx((1 / 3, 1))
    assert compare_bodies("a flash", "a flash") == (1, 1)
    assert compare_bodies("a flash", "") == (0, 0)
    assert compare_bodies("", "") == (1, 1)


def test_timestamp_counts_as_local_and_utc_day() -> None:
    assert read_days("2026-03-04T23:30:00-05:00") == {date(2026, 3, 4), date(2026, 3, 5)}
    assert read_days("2026-03-04") == {date(2026, 3, 4)}
    assert read_days("2026-03-04 about noon") == {date(2026, 3, 4)}
    assert read_days("yesterday") == read_days("") == set()


def test_truth_scores_one_and_a_dateline_makes_it_inexact() -> None:
    pages = make_sample(14, 4)
    assert len({case.page.wire for case in pages.cases}) == 14
    assert all(pages.cases[at].has_rule for at in pages.timed)
    true = [
        ExtractedPage(case.truth.printed_title, "\n".join(case.truth.paragraphs), case.truth.published_at.isoformat())
        for case in pages.cases
        if case.truth
    ]
    best = score_sample(pages.cases, true)
    assert (best.f1, best.exact, best.title, best.date, best.failed) == (1, 1, 1, 1, 0)
    dated = [ExtractedPage(one.title.upper(), f"LONDON (AP) {one.body}") for one in true]
    worse = score_sample(pages.cases, dated)
    assert 0.5 < worse.f1 < 1
    assert (worse.exact, worse.title, worse.date) == (0, 1, 0)
    failed = score_sample(pages.cases, [ExtractedPage(failed="ValueError: no")] * 14)
    assert (failed.f1, failed.failed) == (0, 14)


def test_same_seed_gives_the_same_pages() -> None:
    def read(case: PageCase) -> Page:
        return case.page

    assert list(map(read, make_sample(6, 2).cases)) == list(map(read, make_sample(6, 2).cases))


def test_speed_is_that_of_the_fastest_round() -> None:
    speed = measure_speed(
        [Timing(2, 1), Timing(1, 0.8), Timing(3, 2)], [Timing(5, 4), Timing(6, 4.4)], pages=10, peak=7
    )
    assert (speed.per_second, speed.wall_median, speed.ratio, speed.cpu_ratio) == (10, 2, 5, 5)


def test_table_has_a_cell_for_each_heading() -> None:
    speed = measure_speed([Timing(1, 1)], [Timing(1, 1)], pages=10, peak=2**20)
    row = Row("someone", "1.2", False, Score(10, 0.9, 0.9, 0.9, 1, 1, wire_f1=0.95), speed)
    board = Board("saved", "Saved pages", (row,))
    assert dict(zip(list_columns(board), list_cells(row), strict=True))["wire F1"] == "0.950"
    machine = Machine(datetime(2026, 3, 4, tzinfo=UTC).date().isoformat(), "Some CPU", 2, 8, "Linux", "3.11", 0.1)
    markdown = write_markdown(Outcome(machine, (board,), ("No saved pages.",)))
    assert "| someone 1.2 | 0.900 |" in markdown
    assert "- No saved pages." in markdown
