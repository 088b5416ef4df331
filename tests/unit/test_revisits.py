"""Which known pages a crawl fetches again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from copydesk.crawler.spiders.revisit_choice import (
    CONTESTED_STEP,
    LATER_LEARNING_VISITS,
    LEARNING_VISITS,
    LISTED_STEP,
    MIN_CONTESTED_SHARE,
    MIN_REVISITS,
    MIN_SHARE,
    choose_revisits,
    compute_share,
    is_sampled,
)
from copydesk.pipeline.core.source_values import format_revisit, parse_revisit
from copydesk.pipeline.store.revisits import DueRevisit, RevisitYield

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KEYS = [sha256(str(number).encode()).digest() for number in range(1000)]


def make_due(key: bytes, step: int = 0, *, is_contested: bool = False, is_killed: bool = False) -> DueRevisit:
    url = f"https://wire.example/{key.hex()}"
    return DueRevisit(key, UUID(int=0), url, url, '"e"', None, b"", None, "", NOW, step, NOW, is_contested, is_killed)


def test_new_wire_is_learned_from_ten_pages_of_each_step() -> None:
    due = [make_due(key, step) for key in KEYS[:100] for step in (0, 1)]
    chosen = choose_revisits(due, {}, {0: RevisitYield(0, 4, 0)}, delay=0)
    assert [sum(one.revisit == step for one in chosen) for step in (0, 1)] == [LEARNING_VISITS - 4, LEARNING_VISITS]


def test_later_step_is_learned_sooner_if_younger_ones_found_no_change() -> None:
    due = [make_due(key, step) for key in KEYS[:100] for step in (1, 2)]
    for changes, visits in ((0, LATER_LEARNING_VISITS), (1, LEARNING_VISITS)):
        chosen = choose_revisits(due, {}, {0: RevisitYield(0, 20, changes)}, delay=0)
        assert [sum(one.revisit == step for one in chosen) for step in (1, 2)] == [visits, visits]
    short = choose_revisits(due, {}, {0: RevisitYield(0, LEARNING_VISITS - 1, 0)}, delay=0)
    assert len(short) == 2 * LEARNING_VISITS


def test_contested_copies_do_not_count_for_others() -> None:
    due = [make_due(key, is_contested=True) for key in KEYS[:5]] + [make_due(key) for key in KEYS[5:]]
    chosen = choose_revisits(due, {}, {CONTESTED_STEP: RevisitYield(CONTESTED_STEP, 50, 50)}, delay=0)
    assert [one.revisit for one in chosen] == 5 * [CONTESTED_STEP] + LEARNING_VISITS * [0]


@pytest.mark.parametrize(
    ("changes", "share"), [(0, MIN_SHARE), (1, MIN_SHARE), (5, 0.25), (7, 0.49), (10, 1.0), (40, 1.0)]
)
def test_share_follows_from_how_often_pages_change(changes: int, share: float) -> None:
    assert compute_share(RevisitYield(0, 100, changes), MIN_SHARE) == pytest.approx(share)
    found = {0: RevisitYield(0, 100, changes)}
    chosen = choose_revisits(map(make_due, KEYS), {}, found, delay=0)
    assert len(chosen) / len(KEYS) == pytest.approx(share, abs=0.05)


def test_page_listed_as_unchanged_is_only_a_sample() -> None:
    found = {step: RevisitYield(step, 100, 50 if step == 0 else 0) for step in (LISTED_STEP, 0)}
    listed = dict.fromkeys(KEYS[:500], NOW - timedelta(hours=1)) | dict.fromkeys(KEYS[500:], NOW + timedelta(hours=1))
    chosen = choose_revisits(map(make_due, KEYS), listed, found, delay=0)
    assert {one.candidate.url_key for one in chosen if one.revisit == 0} == set(KEYS[500:])
    assert sum(one.revisit == LISTED_STEP for one in chosen) < 10


def test_copy_of_killed_text_is_always_fetched_unless_its_feed_lists_it_as_unchanged() -> None:
    found = {step: RevisitYield(step, 100, 0) for step in (CONTESTED_STEP, LISTED_STEP, 0)}
    due = [make_due(key, is_contested=True, is_killed=True) for key in KEYS[:50]]
    assert len(choose_revisits(due, {}, found, delay=0)) == 50
    assert len(choose_revisits(due, dict.fromkeys(KEYS, NOW), found, delay=0)) < 5


def test_revisits_of_a_crawl_end_within_two_minutes() -> None:
    due = [make_due(key, is_contested=True, is_killed=True) for key in KEYS]
    assert len(choose_revisits(due, {}, {}, delay=2)) == 60
    assert len(choose_revisits(due, {}, {}, delay=60)) == MIN_REVISITS


@pytest.mark.parametrize(("changes", "share"), [(0, MIN_CONTESTED_SHARE), (20, 1.0)])
def test_copies_of_corrected_stories_have_a_share_of_their_own(changes: int, share: float) -> None:
    due = [make_due(key, is_contested=True) for key in KEYS]
    found = {0: RevisitYield(0, 100, 0), CONTESTED_STEP: RevisitYield(CONTESTED_STEP, 100, changes)}
    assert len(choose_revisits(due, {}, found, delay=0)) / len(KEYS) == pytest.approx(share, abs=0.05)


def test_change_found_while_learning_does_not_make_all_pages_due() -> None:
    due = [make_due(key) for key in KEYS]
    assert len(choose_revisits(due, {}, {0: RevisitYield(0, 4, 2)}, delay=0)) == LEARNING_VISITS - 4


def test_each_step_has_a_sample_of_its_own() -> None:
    samples = [{key for key in KEYS if is_sampled(key, step, 0.1)} for step in range(5)]
    assert all(60 < len(sample) < 140 for sample in samples)
    assert len(samples[0] & samples[1]) < 30


@pytest.mark.parametrize("value", [["8h", "1h"], ["1h", "1h"], ["5m"], ["31d"], "1h", ["soon"], ["1h"] * 8])
def test_invalid_schedule_is_rejected(value: object) -> None:
    with pytest.raises(ValueError, match=r"age|between"):
        parse_revisit(value)


def test_schedule_is_written_as_it_is_read() -> None:
    assert format_revisit(parse_revisit(["30m", "3h", "2d"])) == ["30m", "3h", "2d"]
    assert parse_revisit([]) == ()
