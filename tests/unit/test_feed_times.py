"""Times of entries: every stated offset counts, and media in a sitemap do not date the article."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from copydesk.crawler.discovery.feed import read_feed
from copydesk.crawler.discovery.feed_time import parse_feed_time
from copydesk.crawler.discovery.sitemap import read_sitemap

NOW = datetime(2026, 3, 5, 15, tzinfo=UTC)
AT = datetime(2026, 3, 5, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 05 Mar 2026 09:15:00 -05:00", "Thu, 05 Mar 2026 11:15:00 GMT-3", "Thu, 05 Mar 2026 02:15:00 PM GMT",
        "Thu Mar 05 2026 19:45:00 GMT+0530 (India Standard Time)", "Mar 5, 2026 09:15 AM EST", "1772720100",
        "2026-03-05 14:15:00 +0000 UTC", "Thu, 05 Mar 2026 16:15:00 EET", "2026/03/05 15:15",
    ],
)  # fmt: skip
def test_offset_of_the_entry_is_used(text: str) -> None:
    assert parse_feed_time(text, ZoneInfo("Europe/Berlin"), NOW, "en") == AT


@pytest.mark.parametrize(
    "text",
    ["Thu, 05 Mar 2026 14:15:00 IST", "Thu, 05 Mar 2026 14:15:00 XYZ", "03/02/2026 14:15", "2026-03-05 or later"],
)
def test_ambiguous_time_is_none(text: str) -> None:
    assert parse_feed_time(text, UTC, NOW, "en") is None


@pytest.mark.parametrize(
    ("tag", "at"), [("en-us", datetime(2026, 2, 3, tzinfo=UTC)), ("en-gb", datetime(2026, 3, 2, tzinfo=UTC))]
)
def test_language_of_the_feed_decides_the_order(tag: str, at: datetime) -> None:
    body = (
        f"<rss version='2.0'><channel><title>t</title><language>{tag}</language><item><title>a</title>"
        "<link>https://wire.example/a</link><pubDate>02/03/2026</pubDate></item></channel></rss>"
    )
    (entry,) = read_feed(body.encode(), "https://wire.example/feed", UTC, NOW, language="en")
    assert entry.published_at == at


@pytest.mark.parametrize("media", ["video", "image"])
def test_media_do_not_date_the_article(media: str) -> None:
    body = (
        "<urlset xmlns:n='urn:n' xmlns:m='urn:m'><url><loc>https://wire.example/a</loc>"
        f"<m:{media}><m:loc>https://wire.example/m</m:loc><m:title>Clip</m:title>"
        f"<m:publication_date>2019-01-02T00:00:00Z</m:publication_date></m:{media}><n:news><n:title>A</n:title>"
        "<n:publication_date>2026-03-05T14:15:00Z</n:publication_date></n:news></url></urlset>"
    )
    (entry,) = read_sitemap(body.encode(), "https://wire.example/s.xml", UTC, NOW, 1 << 20).entries
    assert (entry.url, entry.published_at, entry.title) == ("https://wire.example/a", AT, "A")
