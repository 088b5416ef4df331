"""Pages of many kinds, each with the values that the article must have.

A case is a folder of ``tests/cases/pages``: the page (``input.html``), and ``expected.json`` with its URL and the
expected values.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copydesk.pipeline.clean.clean_article import clean
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.extract.extraction import extract

CASES = Path(__file__).parents[1] / "cases" / "pages"
FETCHED_AT = datetime(2026, 11, 1, tzinfo=UTC)
# What a case may expect of an article: fields as they are, and these.
DERIVED = {
    "in_body": "text that the body contains",
    "not_in_body": "text that it does not contain",
    "paragraphs": "number of paragraphs",
    "published_day": "day of publication in UTC, as YYYY-MM-DD",
    "published_at": "time of publication in UTC, in ISO 8601",
    "modified_at": "time of the last change in UTC, in ISO 8601",
}
FIELDS = set(Article.__slots__) - {"dropped"} | set(DERIVED)


def read_case(name: str) -> tuple[Article, dict[str, Any]]:
    """Return the article of a case's page, and what it must be."""
    case = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    page = Page(url=case["url"], body=(CASES / name / "input.html").read_bytes(), fetched_at=FETCHED_AT)
    return clean(extract(page), page), case["expected"]


def get_value(article: Article, field: str, wanted: Any) -> Any:
    """Return a field as a case writes it."""
    if field in {"in_body", "not_in_body"}:
        return wanted if (wanted in article.body) == (field == "in_body") else article.body
    if field == "paragraphs":
        return len(article.paragraphs)
    if field == "published_day":
        return article.published_at.date().isoformat() if article.published_at else ""
    value = asdict(article)[field]
    return value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/expected.json")))
def test_page_has_its_expected_fields(name: str) -> None:
    article, expected = read_case(name)
    assert set(expected) <= FIELDS
    assert {field: get_value(article, field, wanted) for field, wanted in expected.items()} == expected
