"""Times that pages write in attributes: of abbreviations, and with names that begin with ``data-``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copydesk.pipeline.extract.extraction import extract
from tests.page_builder import TEXT, make_page


def read_minute(markup: str) -> str:
    """Return the time of publication to the minute; empty without one."""
    html = f"<html lang=en><body>{markup}</body></html>"
    found = extract(replace(make_page(html), url="https://wire.example/news/fog-closes-harbour"))
    return found.published_at.isoformat()[:16] if found.published_at else ""


HEADLINE = "<h1>Fog closes harbour</h1>"


@pytest.mark.parametrize(
    "element",
    [
        "<abbr class=published title='2026-05-04T14:15:00Z'>yesterday</abbr>",
        "<abbr class='updated published' title='2026-05-04T14:15:00Z'>May 4</abbr>",
        "<span data-date='2026-05-04T14:15:00Z'>yesterday</span>",
        "<span class=date data-timestamp='1777904100'></span>",
        "<div data-published='2026-05-04 14:15:00 UTC'>Monday</div>",
        "<p data-publish-date='2026-05-04T16:15:00+02:00'></p>",
        "<time data-datetime='2026-05-04T14:15:00Z'></time>",
    ],
)
def test_attribute_is_a_declared_time(element: str) -> None:
    assert read_minute(f"<main>{HEADLINE}{element}{TEXT * 3}</main>") == "2026-05-04T14:15"


def test_attribute_around_the_article_counts() -> None:
    article = f"<div data-published-at='2026-05-04T14:15:00Z'>{HEADLINE}{TEXT * 3}</div>"
    assert read_minute(article) == "2026-05-04T14:15"


@pytest.mark.parametrize(
    "element",
    [
        "<table><tr><td data-date='2026-05-04'>4</td></tr></table>",
        "<div data-date='2026-05-04T14:15:00Z'><a href=/x>Another story of the harbour</a></div>",
        "<button data-date='2026-05-04'>Day</button>",
        "<span data-updated='2026-05-04T14:15:00Z'></span>",
        "<span data-date='soon'></span>",
        "<abbr title='2026-05-04T14:15:00Z'>UTC</abbr>",
    ],
)
def test_attribute_of_something_else_is_not(element: str) -> None:
    assert read_minute(f"<main>{HEADLINE}{element}{TEXT * 3}</main>") == ""
