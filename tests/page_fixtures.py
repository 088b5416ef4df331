"""The saved pages in tests/unit/pages, parsed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from copydesk.crawler.sources import FOLDER as SHIPPED_SOURCES
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.offline.read_page import parse_article

PAGES = Path(__file__).parent / "unit" / "pages"


def read_page_fixture(layout: str) -> Article:
    """Parse the saved page of a layout."""
    folder = PAGES / layout
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    wire = meta.get("wire", "")
    page = Page(
        url=meta["url"],
        body=next(folder.glob("page.*")).read_bytes(),
        fetched_at=datetime.fromisoformat(meta["fetched_at"]),
        wire=wire,
        content_type=meta.get("content_type", "text/html"),
        status=meta.get("status", 200),
    )
    return parse_article(page, read_sources([SHIPPED_SOURCES]).get(wire))
