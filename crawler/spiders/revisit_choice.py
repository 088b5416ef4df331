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
LEARNING_VISITS = 10
"""Visits of a step after which its share is computed. Without a change in ten, fewer than a quarter of the pages
change (with 95 % confidence)."""
SHARE_PER_YIELD = 10
"""How many times the share of visits that find a change is visited: all pages, if one of ten changes."""
MIN_SHARE = 0.02
MIN_LISTED_SHARE = 0.005
"""The share of pages that is visited in any case: of those that a feed lists as unchanged, at each of five steps."""
MAX_SECONDS = 120.0
"""How long the revisits of a crawl may take at the wire's delay: the stories of the run wait for them."""
MIN_REVISITS = 10


def compute_share(found: RevisitYield | None, min_share: float) -> float:
    """Return the share of the due pages to visit, from what earlier visits have found."""
    if found is None or found.visits < LEARNING_VISITS:
        return 1.0
    return min(1.0, max(min_share, SHARE_PER_YIELD * found.changes / found.visits))


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
        step = LISTED_STEP if is_listed else page.step
        if is_listed or not page.is_contested:
            found = yields.get(step)
            share = compute_share(found, MIN_LISTED_SHARE if is_listed else MIN_SHARE)
            if share == 1.0 and not (found and found.changes) and learned.get(step, 0) >= LEARNING_VISITS:
                continue  # this crawl has chosen enough pages to learn from
            if not is_sampled(page.url_key, page.step, share):
                continue
            learned[step] = learned.get(step, 0) + 1
        if limit is not None and len(chosen) >= limit:
            break
        chosen.append(_make_target(page, step))
    return chosen


def _make_target(page: DueRevisit, step: int) -> PageTarget:
    candidate = Candidate(Entry(page.url, published_at=page.published_hint), page.canonical_url, page.url_key)
    latest = LatestPage(page.url_key, page.page_id, page.etag, page.last_modified, page.sha256, page.fetched_at)
    return PageTarget(candidate, latest, step)
