"""Why a crawl leaves items behind that its wire lists, or has listed."""

from __future__ import annotations

from enum import StrEnum


class LeftBehind(StrEnum):
    """The reasons for which a crawl does not fetch an item; the ledger counts items by reason."""

    OVER_MAX_PAGES = "over max_pages"
    """The run has reached the wire's ``max_pages``. The next run continues."""
    OVER_RUN_BUDGET = "over requests_per_run"
    """The run has sent as many requests as it may. The next run continues."""
    OVER_DAY_BUDGET = "over requests_per_day"
    """A host has got as many requests on this day (UTC) as it may get. The first run of the next day continues."""
    HOST_BUSY = "host busy"
    """A host asked for a pause (Retry-After). The first run after that continues."""
    HOST_IN_USE = "host in use"
    """Another crawl is requesting pages from a host other than the wire's own. The next run continues."""
    BEFORE_FIRST_CRAWL = "before first crawl"
    """A sitemap of a new wire lists older items than its first crawl takes."""
    NO_LONGER_LISTED = "no longer listed"
    """A feed lists nothing of the time after the last successful crawl; the number of items is an estimate."""

    @property
    def is_continued(self) -> bool:
        """Whether a later run requests the items: the wire is not covered until then."""
        return self in CONTINUED_REASONS

    def describe(self, count: int) -> str:
        """Return a clause about the wire: how many items are left behind, why, and what to do."""
        return _CLAUSES[self].format(count=f"{count:,}")


CONTINUED_REASONS = frozenset(
    {
        LeftBehind.OVER_MAX_PAGES,
        LeftBehind.OVER_RUN_BUDGET,
        LeftBehind.OVER_DAY_BUDGET,
        LeftBehind.HOST_BUSY,
        LeftBehind.HOST_IN_USE,
    }
)
"""The reasons for which the rest is left to later runs."""

_CLAUSES = {
    LeftBehind.OVER_MAX_PAGES: "{count} listed URLs exceed politeness.max_pages and are left to the next run",
    LeftBehind.OVER_RUN_BUDGET: (
        "{count} feeds and pages exceed politeness.requests_per_run and are left to the next run"
    ),
    LeftBehind.OVER_DAY_BUDGET: (
        "{count} feeds and pages exceed politeness.requests_per_day and are left to the next day (UTC)"
    ),
    LeftBehind.HOST_BUSY: (
        "{count} feeds and pages are left to a later run, because their host asked for a pause (Retry-After)"
    ),
    LeftBehind.HOST_IN_USE: (
        "{count} feeds and pages are left to the next run, because another wire's crawl is using their host"
    ),
    LeftBehind.BEFORE_FIRST_CRAWL: (
        "{count} URLs of its sitemaps are too old for its first crawl; to fetch them, set discovery.archive and "
        "create a backfill"
    ),
    LeftBehind.NO_LONGER_LISTED: (
        "about {count} items are missing: its feeds no longer list what appeared after the last successful crawl; to "
        "fetch them, set discovery.archive and create a backfill"
    ),
}
