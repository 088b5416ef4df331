"""From the bytes of a feed to candidates and warnings."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.crawler.discovery import FeedKind
from copydesk.crawler.request_targets import FeedTarget
from copydesk.crawler.spiders.feed_reader import MIN_FILTERED_ENTRIES, FeedContent, read_document
from copydesk.pipeline.core.source import Source

URL = "https://wire.example/f"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def read(body: str, kind: FeedKind = FeedKind.FEED, before: int = 0, **discovery: object) -> FeedContent:
    source = Source.model_validate({"name": "w", "title": "W", "home": URL, "discovery": {"feeds": [URL]} | discovery})
    return read_document(body.encode(), FeedTarget(URL, kind, link_selector="a"), source, URL, "", NOW, before)


def make_feed(count: int) -> str:
    items = "".join(f"<item><title>{number}</title><link>/{number}</link></item>" for number in range(count))
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'


def test_feed_of_which_no_url_matches_is_reported() -> None:
    (warning,) = read(make_feed(MIN_FILTERED_ENTRIES), include=["/news/"]).warnings
    assert warning == f"none of its {MIN_FILTERED_ENTRIES} URLs matches discovery.include and discovery.exclude"
    assert read(make_feed(MIN_FILTERED_ENTRIES - 1), include=["/news/"]).warnings == ()
    assert read(make_feed(MIN_FILTERED_ENTRIES), exclude=["/[1-9]"]).warnings == ()


def test_feed_that_was_never_full_may_be_empty() -> None:
    assert read(make_feed(0)).warnings == ()
    assert len(read(make_feed(0), before=3).warnings) == 1
    assert read(make_feed(1), before=3).warnings == ()


def test_index_lists_sitemaps_and_no_pages() -> None:
    children = "".join(f"<sitemap><loc>/{number}.xml</loc></sitemap>" for number in range(9))
    content = read(f"<sitemapindex>{children}</sitemapindex>", FeedKind.SITEMAP, before=5)
    assert (len(content.children), content.candidates, content.warnings) == (9, [], ())


def test_links_of_one_article_on_a_list_page_are_one_candidate() -> None:
    content = read('<a href="/a-b-c?ref=x">A</a><a href="/a-b-c?ref=y">5 comments</a>', FeedKind.LIST)
    assert [candidate.canonical_url for candidate in content.candidates] == ["https://wire.example/a-b-c"]
    assert content.warnings == ()
