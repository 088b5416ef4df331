"""Estimates how many items are no longer listed by a feed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from copydesk.crawler.discovery.selection import Candidate, History

MIN_ENTRIES_TO_ESTIMATE = 10
"""With fewer entries, a feed has a gap only if it is longer than ``MIN_GAP``: a feed that is made anew each day lists
few items in its first hour."""
MIN_GAP = timedelta(hours=1)
MIN_MISSED = 3
"""Fewer missed items than this may be the irregularity of a wire."""


def estimate_missed(candidates: Iterable[Candidate], history: History, covered_until: datetime | None) -> int:
    """Return about how many items are no longer listed by a feed, and were never seen there by a crawl.

    A feed has a gap if no crawl has seen any of its entries, and all of them were published after the time that
    earlier crawls cover. The number of items in the gap follows from how close its entries are.

    Args:
        candidates: All entries of the feed.
        history: What is known of them.
        covered_until: Until when earlier crawls have covered the wire (aware); None for a new wire.
    """
    listed = list(candidates)
    known = history.last_fetched.keys() | history.attempts.keys() | history.fetched_earlier.keys()
    if covered_until is None or any(candidate.url_key in known for candidate in listed):
        return 0
    times = sorted(time for one in listed if (time := one.entry.published_or_updated) is not None)
    if len(times) < 2 or times[0] <= covered_until or times[0] == times[-1]:
        return 0
    gap = times[0] - covered_until
    if len(times) < MIN_ENTRIES_TO_ESTIMATE and gap <= MIN_GAP:
        return 0
    missed = round(gap / (times[-1] - times[0]) * (len(times) - 1))
    return missed if missed >= MIN_MISSED else 0
