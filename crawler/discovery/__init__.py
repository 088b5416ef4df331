"""Discovery: the entries of feeds, news sitemaps and list pages. Parses bytes; knows no network."""

from copydesk.crawler.discovery.entry import Entry, FeedError, FeedKind

__all__ = ["Entry", "FeedError", "FeedKind"]
