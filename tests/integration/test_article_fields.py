"""Every field of an article, from a page's bytes to the view that users read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.urls import hash_url
from copydesk.pipeline.db import connect
from copydesk.pipeline.offline.read_page import parse_article
from copydesk.pipeline.store.articles import ParseResult, save_parse_results
from copydesk.pipeline.store.pages import FetchedPage, save_pages
from copydesk.pipeline.store.stored_pages import read_pages
from tests.mockserver.fixtures import fetch_rows
from tests.run_keys import run_key_for

URL = "https://wire.example/business/lamps"
PAGE = """<html lang="en"><head><title>Lampworks lights a street | The Wick</title>
<link rel="canonical" href="/business/lamps"><meta name="ticker" content="NYSE:LMPW">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lampworks lights a street",
"author": {"name": "Ada Wick"}, "articleSection": "Business", "image": {"url": "/lamp.jpg"},
"datePublished": "2026-03-15T10:00:00+01:00", "dateModified": "2026-03-15T11:30:00+01:00",
"isAccessibleForFree": false}</script></head><body><h1>Lampworks lights a street</h1><article>
<p>ELSTOW (AP) — Lampworks (TSX: LMP) lit the last dark street of Elstow on Sunday, its ISIN being DE0007164600.</p>
<p>The lamps had been out since the winter of 1968, and the owls had grown used to it ...</p></article>
<div><p>Subscribe to continue reading</p></div></body></html>"""


def test_every_field_reaches_the_view(database: str) -> None:
    page = Page(url=URL, body=PAGE.encode(), fetched_at=datetime(2026, 3, 15, 12, tzinfo=UTC), wire="wick")
    with connect(load_settings()) as connection:
        fetch = save_pages(connection, run_key_for("run"), [FetchedPage(page, URL, hash_url(URL))])[0]
        assert fetch.page_id is not None
        stored = next(iter(read_pages(connection, [fetch.page_id], "")))
        reading = ParseResult(stored.page_id, "wick", stored.canonical_url, page.fetched_at, parse_article(page))
        save_parse_results(connection, run_key_for("run"), "test", [reading])
        connection.commit()
    rows = fetch_rows(
        database,
        """SELECT truncated, tickers, isins, author, byline, agency, section, language, image_url, published_source,
                  modified_source, published_at, modified_at, published_offset FROM copydesk.v_articles""",
    )
    assert rows == [
        (
            True, ["NYSE:LMPW", "TSX:LMP"], ["DE0007164600"], "Ada Wick", "Ada Wick", "AP", "Business", "en",
            "https://wire.example/lamp.jpg", "2026-03-15T10:00:00+01:00", "2026-03-15T11:30:00+01:00",
            datetime(2026, 3, 15, 9, tzinfo=UTC), datetime(2026, 3, 15, 10, 30, tzinfo=UTC),
            timedelta(hours=1),
        )
    ]  # fmt: skip
