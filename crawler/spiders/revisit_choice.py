"""Chooses which of a wire's known pages a crawl fetches again. Pure.

How often is learned: a page that its feed lists as unchanged, or one at a step of the schedule at which the wire's
pages hardly ever change, is fetched only as a sample. See Cho and Garcia-Molina, "Effective page refresh policies for
web crawlers" (ACM TODS 28, 2003): visits are worth most where changes have been seen, and some elsewhere are needed
to see that this has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from copydesk.crawler.discovery.entry import Entry
from copydesk.crawler.discovery.selection import Candidate
from copydesk.crawler.request_targets import PageTarget
from copydesk.pipeline.store.pages import LatestPage
from copydesk.pipeline.store.revisits import DueRevisit, RevisitYield

LISTED_STEP = -1
"""The step of pages that a feed lists as unchanged, for all steps of the schedule."""
CONTESTED_STEP = -2
"""The step of copies of a story with a kill or a correction. They change more often than others, so they do not count
for the share of those, and have one of their own. Copies of a killed text are always visited."""
MIN_CONTESTED_SHARE = 0.2
LEARNING_VISITS = 10
"""Visits of a step after which its share is computed. Without a change in ten, fewer than a quarter of the pages
change (with 95 % confidence)."""
LATER_LEARNING_VISITS = 3
"""The same, if the visits of a younger step have found no change: what has not changed soon hardly changes later."""
FULL_YIELD = 0.1
"""The share of visits that find a change from which on all pages are visited. Below, the share of the visited pages
falls with its square: half as many changes are worth a quarter of the visits, each of which finds half as many."""
MIN_SHARE = 0.02
MIN_LISTED_SHARE = 0.005
"""The share of pages that is visited in any case: of those that a feed lists as unchanged, at each of five steps."""
MIN_SHARES = {LISTED_STEP: MIN_LISTED_SHARE, CONTESTED_STEP: MIN_CONTESTED_SHARE}
MAX_SECONDS = 120.0
"""How long the revisits of a crawl may take at the wire's delay: the stories of the run wait for them."""
MIN_REVISITS = 10


def count_learning_visits(step: int, yields: Mapping[int, RevisitYield]) -> int:
    """Return how many visits of a step are needed before its share is computed."""
    younger = [found for other, found in yields.items() if 0 <= other < step and found.visits >= LEARNING_VISITS]
    return LATER_LEARNING_VISITS if younger and not any(found.changes for found in younger) else LEARNING_VISITS


def compute_share(found: RevisitYield | None, min_share: float, learning_visits: int = LEARNING_VISITS) -> float:
    """Return the share of the due pages to visit, from what earlier visits have found."""
    if found is None or found.visits < learning_visits:
        return 1.0
    return min(1.0, max(min_share, (found.changes / found.visits / FULL_YIELD) ** 2))


def is_sampled(url_key: bytes, step: int, share: float) -> bool:
    """Return whether a page belongs to a share of the pages; the same for every crawl, and another one at each step."""
    offset = 4 * max(step, 0)
    return int.from_bytes(url_key[offset : offset + 4]) < share * 2**32


def choose_revisits(
    due: Iterable[DueRevisit], listed: Mapping[bytes, datetime], yields: Mapping[int, RevisitYield], delay: float
) -> list[PageTarget]:
    """Choose the pages to fetch again.

    Args:
        due: The due pages, the most urgent first.
        listed: When the pages that the feeds of this crawl list were last changed, by URL key, where a feed says so.
        yields: What earlier revisits have found, by step.
        delay: Seconds between two requests to the wire.

    Returns:
        The chosen pages in the same order.
    """
    limit = max(MIN_REVISITS, int(MAX_SECONDS / delay)) if delay else None
    learned = {step: found.visits for step, found in yields.items()}
    chosen: list[PageTarget] = []
    for page in due:
        changed_at = listed.get(page.url_key)
        is_listed = changed_at is not None and changed_at <= page.fetched_at
        step = LISTED_STEP if is_listed else CONTESTED_STEP if page.is_contested else page.step
        if is_listed or not page.is_killed:
            found, needed = yields.get(step), count_learning_visits(step, yields)
            if (found is None or found.visits < needed) and learned.get(step, 0) >= needed:
                continue  # this crawl has chosen enough pages to learn from
            share = compute_share(found, MIN_SHARES.get(step, MIN_SHARE), needed)
            if not is_sampled(page.url_key, page.step, share):
                continue
            learned[step] = learned.get(step, 0) + 1
        if limit is not None and len(chosen) >= limit:
            break
        chosen.append(_make_target(page, step))
    return chosen


def _make_target(page: DueRevisit, step: int) -> PageTarget:
    entry = Entry(page.url, published_at=page.published_hint, source=page.feed_source)
    candidate = Candidate(entry, page.canonical_url, page.url_key)
    latest = LatestPage(page.url_key, page.page_id, page.etag, page.last_modified, page.sha256, page.fetched_at)
    return PageTarget(candidate, latest, step)
