"""Whole pages of every layout, from bytes to article: one folder per layout, with the expected article.

``expected.json`` contains the fields that matter for the layout; ``dropped`` in it is the set of reasons.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from copydesk.pipeline.core.records import Page
from copydesk.pipeline.offline.read_page import parse_article
from tests.page_fixtures import PAGES, read_page_fixture

LAYOUTS = sorted(folder.name for folder in PAGES.iterdir())
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_gives_the_expected_article_each_time(layout: str) -> None:
    expected: dict[str, Any] = json.loads((PAGES / layout / "expected.json").read_text(encoding="utf-8"))
    article = read_page_fixture(layout)
    for name, value in expected.items():
        found = getattr(article, name)
        if isinstance(found, tuple) and name != "dropped":
            found = list(found)
        elif name == "dropped":
            found = sorted({piece.reason for piece in found})
        elif isinstance(found, datetime):
            found = found.isoformat()
        assert found == value, name
    assert read_page_fixture(layout) == article


def test_dump_and_page_of_one_story_have_the_same_text() -> None:
    assert read_page_fixture("text-dump-banner").paragraphs == read_page_fixture("menafn-entry").paragraphs


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed dump is missing")
def test_seed_dump_is_cleaned() -> None:
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
