"""Discovery: what a feed, a news sitemap or a list page says there is to fetch. Bytes in, entries out, no network."""

from copydesk.crawler.discovery.entry import Entry, FeedError

__all__ = ["Entry", "FeedError"]
