"""What a crawl selects of a feed, what it postpones, and how it estimates what the feed no longer lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.discovery import Entry
from copydesk.crawler.discovery.missed import MIN_ENTRIES_TO_ESTIMATE, MIN_MISSED, estimate_missed
from copydesk.crawler.discovery.selection import Candidate, History, build_candidates, select_candidates
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.store.attempts import Attempts

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
END = datetime(2026, 3, 4, 11, tzinfo=UTC)
WINDOW = Window(END - HOUR, END)
SOURCE = Source.model_validate(
    {"name": "w", "title": "W", "home": "https://wire.example/", "discovery": {"feeds": ["https://wire.example/rss"]}}
)


def make_candidates(*ages: timedelta | None) -> list[Candidate]:
    """Return one candidate for each age, counted back from the end of the window."""
    entries = [
        Entry(f"https://wire.example/{number}", None if age is None else END - age) for number, age in enumerate(ages)
    ]
    return build_candidates(entries, SOURCE)


def make_attempts(candidate: Candidate, first: timedelta, last: timedelta) -> dict[bytes, Attempts]:
    return {candidate.url_key: Attempts(candidate.url_key, END - first, END - last)}


def test_window_comes_first_then_the_latest() -> None:
    candidates = make_candidates(5 * HOUR, None, HOUR / 2, 2 * HOUR, 40 * 24 * HOUR, HOUR / 4)
    selection = select_candidates(candidates, WINDOW, WireStrategy.LIVE, History(END))
    assert selection.wanted == [candidates[number] for number in (2, 5, 3, 0, 4, 1)]


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (2 * HOUR, 2 * HOUR, True),
        (MINUTE * 3, MINUTE, True),
        (2 * HOUR, 0 * HOUR, True),
        (2 * HOUR + MINUTE, 0 * HOUR, False),
        (9 * HOUR, 4 * HOUR, False),
        (9 * HOUR, 4.5 * HOUR, True),
    ],
)
def test_failed_url_is_tried_again_after_as_long_as_it_has_failed(
    first: timedelta, last: timedelta, wanted: bool
) -> None:
    (candidate,) = make_candidates(30 * HOUR)
    history = History(END, attempts=make_attempts(candidate, first, last))
    selection = select_candidates([candidate], WINDOW, WireStrategy.LIVE, history)
    assert (selection.wanted, selection.postponed) == (([candidate], []) if wanted else ([], [candidate]))


def test_failed_url_is_tried_at_once_if_it_is_in_the_window_or_has_changed() -> None:
    (inside,) = make_candidates(HOUR / 2)
    attempts = make_attempts(inside, HOUR, MINUTE)
    assert select_candidates([inside], WINDOW, WireStrategy.LIVE, History(END, attempts=attempts)).wanted == [inside]
    entry = Entry("https://wire.example/0", END - 30 * HOUR, END - 5 * HOUR)
    (changed,) = build_candidates([entry], SOURCE)
    history = History(END, attempts=make_attempts(changed, 9 * HOUR, 6 * HOUR))
    assert select_candidates([changed], WINDOW, WireStrategy.LIVE, history).wanted == [changed]


def test_failed_url_of_a_sitemap_is_not_given_up_because_of_its_age() -> None:
    (candidate,) = make_candidates(300 * HOUR)
    history = History(END, attempts=make_attempts(candidate, 20 * HOUR, 10 * HOUR))
    assert select_candidates([candidate], WINDOW, WireStrategy.LIVE, history, END - HOUR).wanted == [candidate]


def test_archive_is_searched_for_unknown_items_back_to_a_limit() -> None:
    candidates = make_candidates(HOUR / 2, 3 * HOUR, 9 * HOUR, None, -HOUR, 4 * HOUR)
    history = History(END, last_fetched={candidates[5].url_key: END - 3 * HOUR})
    selection = select_candidates(candidates, WINDOW, WireStrategy.ARCHIVE, history, END - 6 * HOUR)
    assert selection.wanted == [candidates[0], candidates[1]]
    assert selection.too_old == [candidates[2]]
    assert select_candidates(candidates, WINDOW, WireStrategy.ARCHIVE, history).wanted == [candidates[0]]


ages = st.one_of(st.none(), st.integers(-600, 60_000).map(lambda minutes: minutes * MINUTE))


@given(st.lists(ages, max_size=30), st.sets(st.integers(0, 29)), st.sets(st.integers(0, 29)))
def test_every_unknown_item_of_a_feed_is_fetched_or_postponed(
    listed: list[timedelta | None], known: set[int], failed: set[int]
) -> None:
    candidates = make_candidates(*listed)
    fetched = {one.url_key: END for number, one in enumerate(candidates) if number in known}
    attempts: dict[bytes, Attempts] = {}
    for number, one in enumerate(candidates):
        if number in failed - known:
            attempts |= make_attempts(one, 3 * HOUR, HOUR)
    selection = select_candidates(candidates, WINDOW, WireStrategy.LIVE, History(END, fetched, attempts))
    chosen = {one.url_key for one in selection.wanted + selection.postponed}
    assert {one.url_key for one in candidates} - fetched.keys() <= chosen
    assert selection.too_old == []
    assert {one.url_key for one in selection.postponed} <= attempts.keys()


def test_gap_before_the_oldest_entry_is_estimated_from_the_distance_of_the_entries() -> None:
    listed = make_candidates(*(number * 5 * MINUTE for number in range(13)))  # one hour
    assert estimate_missed(listed, History(END), END - 11 * HOUR) == 120
    assert estimate_missed(listed, History(END), END - HOUR) == 0
    assert estimate_missed(listed, History(END), None) == 0


def test_feed_with_a_known_entry_has_no_gap() -> None:
    listed = make_candidates(*(number * 5 * MINUTE for number in range(13)))
    key = listed[4].url_key
    for history in (
        History(END, last_fetched={key: END}),
        History(END, attempts=make_attempts(listed[4], HOUR, HOUR)),
        History(END, fetched_earlier={key: END}),
    ):
        assert estimate_missed(listed, history, END - 11 * HOUR) == 0


def test_short_gap_counts_only_if_the_feed_is_long() -> None:
    gap_start = END - HOUR
    for entries, missed in ((MIN_ENTRIES_TO_ESTIMATE, True), (MIN_ENTRIES_TO_ESTIMATE - 1, False)):
        listed = make_candidates(*(number * MINUTE for number in range(entries)))
        assert (estimate_missed(listed, History(END), gap_start) > 0) is missed
    few = make_candidates(0 * MINUTE, 10 * MINUTE)
    assert estimate_missed(few, History(END), END - 10 * MINUTE - HOUR) == 0
    assert estimate_missed(few, History(END), END - 11 * MINUTE - HOUR) == 6


def test_few_missed_items_may_be_the_irregularity_of_a_wire() -> None:
    listed = make_candidates(*(number * 10 * MINUTE for number in range(MIN_ENTRIES_TO_ESTIMATE)))
    oldest = END - 10 * MINUTE * (MIN_ENTRIES_TO_ESTIMATE - 1)
    assert estimate_missed(listed, History(END), oldest - 10 * MINUTE * MIN_MISSED) == MIN_MISSED
    assert estimate_missed(listed, History(END), oldest - 10 * MINUTE * (MIN_MISSED - 1)) == 0


@given(st.lists(ages, max_size=30), st.one_of(st.none(), ages))
def test_estimate_is_a_count(listed: list[timedelta | None], covered: timedelta | None) -> None:
    estimate = estimate_missed(make_candidates(*listed), History(END), None if covered is None else END - covered)
    assert estimate == 0 or estimate >= MIN_MISSED
