"""Whole pages of every layout, from bytes to article: a folder a layout, with what is expected of it beside it.

``expected.json`` names the fields that matter to the layout; ``dropped`` there is the set of reasons.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from copydesk.crawler.sources import FOLDER as SHIPPED_SOURCES
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.offline.read_page import parse_article

PAGES = Path(__file__).parent / "pages"
LAYOUTS = sorted(folder.name for folder in PAGES.iterdir())
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def read_fixture(layout: str) -> Article:
    folder = PAGES / layout
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    body = next(folder.glob("page.*")).read_bytes()
    wire = meta.get("wire", "")
    page = Page(
        url=meta["url"],
        body=body,
        fetched_at=datetime.fromisoformat(meta["fetched_at"]),
        wire=wire,
        content_type=meta.get("content_type", "text/html"),
        status=meta.get("status", 200),
    )
    return parse_article(page, read_sources([SHIPPED_SOURCES]).get(wire))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout(layout: str) -> None:
    expected: dict[str, Any] = json.loads((PAGES / layout / "expected.json").read_text(encoding="utf-8"))
    article = read_fixture(layout)
    for name, value in expected.items():
        found = getattr(article, name)
        if isinstance(found, tuple) and name != "dropped":
            found = list(found)
        elif name == "dropped":
            found = sorted({piece.reason for piece in found})
        elif isinstance(found, datetime):
            found = found.isoformat()
        assert found == value, name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reading_twice_gives_the_same_article(layout: str) -> None:
    assert read_fixture(layout) == read_fixture(layout)


def test_the_dump_and_the_page_of_one_story_have_one_text() -> None:
    assert read_fixture("text-dump-banner").paragraphs == read_fixture("menafn-entry").paragraphs


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the text dump that the project grew from is not here")
def test_the_seed_is_cleaned() -> None:
    for path in sorted(SEEDS.glob("*.txt")):
        page = Page(
            url="",
            body=path.read_bytes(),
            fetched_at=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
            content_type="text/plain",
        )
        article = parse_article(page)
        assert article.title == path.read_text(encoding="utf-8").split("\n")[3].strip()
        assert article.agency == "MENAFN"
        assert len(article.paragraphs) == len(set(article.paragraphs)) == 5
        assert {"banner", "repeat", "disclaimer", "most_popular", "dateline"} <= {
            piece.reason for piece in article.dropped
        }
        text = article.body.casefold()
        assert not any(
            words in text for words in ("sorry", "disclaimer", "as is", "most popular", "market research", "comment")
        )
