"""Why a crawl leaves items behind that its wire lists, or has listed."""

from __future__ import annotations

from enum import StrEnum


class LeftBehind(StrEnum):
    """The reasons for which a crawl does not fetch an item; the ledger counts items by reason."""

    OVER_MAX_PAGES = "over max_pages"
    """The run has reached the wire's ``max_pages``. The next run continues."""
    BEFORE_FIRST_CRAWL = "before first crawl"
    """A sitemap of a new wire lists older items than its first crawl takes."""
    NO_LONGER_LISTED = "no longer listed"
    """A feed lists nothing of the time after the last successful crawl; the number of items is an estimate."""

    def describe(self, count: int) -> str:
        """Return a clause about the wire: how many items are left behind, why, and what to do."""
        return _CLAUSES[self].format(count=f"{count:,}")


_CLAUSES = {
    LeftBehind.OVER_MAX_PAGES: "{count} listed URLs exceed politeness.max_pages and are left to the next run",
    LeftBehind.BEFORE_FIRST_CRAWL: (
        "{count} URLs of its sitemaps are older than its first crawl takes; to get them, set discovery.archive and "
        "create a backfill"
    ),
    LeftBehind.NO_LONGER_LISTED: (
        "about {count} items are missing: its feeds no longer list what appeared after the last successful crawl; to "
        "get them, set discovery.archive and create a backfill"
    ),
}
