"""Selection, hosts and outcomes: what a run fetches, from where, and how it records the outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.crawler.accounting.outcomes import (
    OutcomeTracker,
    RequestDeferred,
    RequestRejected,
    classify_error,
    classify_status,
)
from copydesk.crawler.crawl_job import resolve_strategy
from copydesk.crawler.discovery import Entry
from copydesk.crawler.discovery.selection import (
    Candidate,
    History,
    build_candidates,
    select_candidates,
)
from copydesk.crawler.downloader.allowed_hosts import AllowedHosts, is_public
from copydesk.pipeline.core.errors import BadSource, BadWindow
from copydesk.pipeline.core.records import Outcome, Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy

START = datetime(2026, 3, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(START, START + HOUR)
URL = "https://wire.example/a"


def make_source(**discovery: object) -> Source:
    found = {"feeds": ["https://wire.example/rss"]} | discovery
    return Source.model_validate({"name": "w", "title": "W", "home": "https://www.wire.example/", "discovery": found})


def is_selected(
    entry: Entry,
    strategy: WireStrategy = WireStrategy.LIVE,
    fetched: datetime | None = None,
    since: datetime | None = None,
) -> bool:
    (candidate,) = build_candidates([entry], make_source())
    history = History(START + HOUR, {candidate.url_key: fetched} if fetched else {})
    return bool(select_candidates([candidate], WINDOW, strategy, history, since).wanted)


def test_window_is_half_open() -> None:
    later = START + 2 * HOUR
    assert is_selected(Entry(URL, START), fetched=later)
    assert not is_selected(Entry(URL, START + HOUR), fetched=later)
    assert not is_selected(Entry(URL, START - timedelta(microseconds=1)), fetched=later)


def test_live_window_selects_new_late_undated_and_changed() -> None:
    old, fetched = START - 5 * HOUR, START - HOUR
    assert is_selected(Entry(URL, old))
    assert not is_selected(Entry(URL, old), fetched=fetched)
    assert is_selected(Entry(URL))
    assert not is_selected(Entry(URL), fetched=fetched)
    assert is_selected(Entry(URL, old, updated_at=fetched + timedelta(minutes=1)), fetched=fetched)
    assert not is_selected(Entry(URL, old, updated_at=fetched - timedelta(minutes=1)), fetched=fetched)
    assert not is_selected(Entry(URL, old), since=START - HOUR)
    assert is_selected(Entry(URL), since=START - HOUR)


def test_archive_selects_only_its_window() -> None:
    assert is_selected(Entry(URL, START), WireStrategy.ARCHIVE)
    assert not is_selected(Entry(URL, START - HOUR), WireStrategy.ARCHIVE)
    assert not is_selected(Entry(URL), WireStrategy.ARCHIVE)


@pytest.mark.parametrize("strategy", [WireStrategy.LIVE, WireStrategy.ARCHIVE])
def test_retry_selects_only_changed_urls_of_an_earlier_try(strategy: WireStrategy) -> None:
    for updated, wanted in ((None, False), (START, False), (START + HOUR / 2, True)):
        (one,) = build_candidates([Entry(URL, START, updated)], make_source())
        known = {one.url_key: START + HOUR / 4}
        history = History(START + HOUR, known, fetched_earlier=known)
        assert bool(select_candidates([one], WINDOW, strategy, history).wanted) == wanted


def test_forms_of_one_url_are_one_candidate() -> None:
    source = make_source(include=["/a", "/b"], exclude=["/b/video"])
    entries = [
        Entry(f"{URL}?utm_source=x", START + HOUR, None), Entry(URL, START, START + 2 * HOUR, "T"),
        Entry("https://wire.example/b/video"), Entry("https://wire.example/c"),
    ]  # fmt: skip
    (one,) = build_candidates(entries, source)
    assert one.canonical_url == URL
    assert (one.entry.published_at, one.entry.updated_at, one.entry.title) == (START, START + 2 * HOUR, "T")


def test_auto_strategy_uses_the_archive_for_past_windows() -> None:
    with_archive = make_source(archive="https://wire.example/{%Y}.xml")
    long_after = START + 12 * HOUR
    assert resolve_strategy(with_archive, WINDOW, START + HOUR) is WireStrategy.LIVE
    assert resolve_strategy(with_archive, WINDOW, long_after) is WireStrategy.ARCHIVE
    with pytest.raises(BadWindow, match="has no dated archive, so a past window cannot be crawled"):
        resolve_strategy(make_source(), WINDOW, long_after)


def test_wire_with_only_an_archive_is_always_crawled_from_it() -> None:
    archive_only = make_source(feeds=[], archive="https://wire.example/{%Y}.xml")
    assert resolve_strategy(archive_only, WINDOW, START + HOUR) is WireStrategy.ARCHIVE


def test_requested_strategy_is_used() -> None:
    with_archive = make_source(archive="https://wire.example/{%Y}.xml")
    assert resolve_strategy(with_archive, WINDOW, START + 12 * HOUR, WireStrategy.LIVE) is WireStrategy.LIVE
    assert resolve_strategy(with_archive, WINDOW, START + HOUR, WireStrategy.ARCHIVE) is WireStrategy.ARCHIVE
    with pytest.raises(BadSource, match="no archive"):
        resolve_strategy(make_source(), WINDOW, START + HOUR, WireStrategy.ARCHIVE)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("0.0.0.0", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),
        ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::127.0.0.1", False), ("64:ff9b::10.0.0.1", False), ("2002:7f00:1::", False),
        ("", False), ("localhost", False),
    ],
)  # fmt: skip
def test_public_addresses_are_recognized(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_allowed_hosts_are_the_registered_domain() -> None:
    site = AllowedHosts(make_source())
    assert site.allows("https://wire.example/x")
    assert site.allows("http://amp.wire.example/x")
    assert not site.allows("https://wire.example.org/x")
    assert not site.allows("https://notwire.example/x")
    assert not site.allows("https://wire.example:x/")
    assert not site.allows_private("wire.example", 443)


def test_private_host_is_allowed_only_at_its_port() -> None:
    source = Source.model_validate(
        {"name": "w", "title": "W", "home": "http://127.0.0.1:8801", "allow_private": True,
         "discovery": {"feeds": ["http://127.0.0.1:8801/rss"]}}
    )  # fmt: skip
    site = AllowedHosts(source)
    assert site.allows_private("127.0.0.1", 8801)
    assert not site.allows_private("127.0.0.1", 22)
    assert not site.allows("http://127.0.0.1:22/")


def make_candidate(number: int) -> Candidate:
    (one,) = build_candidates([Entry(f"{URL}{number}")], make_source())
    return one


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([None, *Outcome])), max_size=40))
def test_each_url_keeps_its_first_outcome(steps: list[tuple[int, Outcome | None]]) -> None:
    tally = OutcomeTracker()
    first: dict[int, Outcome | None] = {}
    for number, outcome in steps:
        candidate = make_candidate(number)
        if outcome is None:
            assert tally.schedule(candidate) is (number not in first)
            if number not in first:
                first[number] = None
        elif tally.set_outcome(candidate.url_key, outcome):
            assert first[number] is None
            first[number] = outcome
    settled = [outcome for outcome in first.values() if outcome]
    assert tally.scheduled == len(first) == sum(tally.outcomes.values()) + len(tally.pending)
    assert tally.outcomes == {outcome.value: settled.count(outcome) for outcome in Outcome}


def test_transient_errors_fail_and_permanent_ones_are_refused() -> None:
    assert classify_status(503) == (Outcome.FAILED, "http 503")
    assert classify_status(403) == (Outcome.REFUSED, "http 403")
    assert classify_status(302) == (Outcome.REFUSED, "redirect")
    assert classify_error(RequestDeferred("timeout")) == (Outcome.FAILED, "timeout")
    assert classify_error(RequestRejected("robots")) == (Outcome.REFUSED, "robots")
    assert classify_error(ZeroDivisionError()) == (Outcome.FAILED, "error ZeroDivisionError")
