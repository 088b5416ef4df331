"""Reading one page: extraction and cleaning, chained."""

from __future__ import annotations

from pipeline.clean import clean
from pipeline.extract.chain import extract
from pipeline.records import Article, Page
from pipeline.source import Source


def read_article(page: Page, source: Source | None = None) -> Article:
    """The article that a page holds, or one of kind ``refused`` with the reason.

    Pure, but not safe against hostile pages by itself: run it in ``pipeline.extract.sandbox`` for pages from outside.

    Raises:
        Quarantine: the page can't be read whole.
    """
    return clean(extract(page, source), page, source)
