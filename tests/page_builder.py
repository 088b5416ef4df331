"""Build pages with a short news text."""

from __future__ import annotations

from datetime import UTC, datetime

from copydesk.pipeline.core.records import Page

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEXT = "<p>" + "The harbour was closed on Monday because of the fog, its master said at noon. " * 4 + "</p>"


def make_page(html: str) -> Page:
    """Return the page as fetched at noon."""
    return Page(url="https://post.example/1", body=html.encode(), fetched_at=NOW, wire="post")
