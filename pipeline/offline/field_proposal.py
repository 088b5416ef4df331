"""Propose selectors for the fields of an article besides its text, where they agree with the generic extraction."""

from __future__ import annotations

from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser

from copydesk.pipeline.core.byline import parse_byline
from copydesk.pipeline.core.records import Article, Page
from copydesk.pipeline.core.source import PageRule, Source
from copydesk.pipeline.core.times import Label
from copydesk.pipeline.extract.dates import make_time_reader
from copydesk.pipeline.extract.extraction import extract, parse_rule_time
from copydesk.pipeline.extract.field_selectors import (
    propose_byline,
    propose_modified,
    propose_published,
    propose_section,
    propose_title,
)


def add_fields(
    rule: PageRule, trees: Sequence[LexborHTMLParser], usable: Sequence[tuple[Page, Article]], source: Source
) -> PageRule:
    """Return a rule with selectors of title, times, author and section.

    Args:
        rule: The rule, with the selector of the text.
        trees: The parsed pages.
        usable: Each page, and what the generic extraction found.
        source: The wire.
    """
    pages, articles = [page for page, _ in usable], [article for _, article in usable]
    titles = [extract(page, source).title for page in pages]
    readers = [make_time_reader(page, source, source.language) for page in pages]

    def is_published(page: int, wording: str) -> bool:
        found, known = parse_rule_time(wording, readers[page]), articles[page].published_at
        return found is not None and found.has_clock and found.instant == known

    def is_modified(page: int, wording: str) -> bool:
        found, known = parse_rule_time(wording, readers[page], Label.UPDATED), articles[page].modified_at
        return (found.instant if found is not None else None) == known

    def is_author(page: int, wording: str) -> bool:
        people = parse_byline(wording, marked=True).people
        return bool(people) and ", ".join(people) == articles[page].byline

    changed = next((at for at, article in enumerate(articles) if _was_changed(article)), None)
    return rule.model_copy(
        update={
            "title": propose_title(trees, titles),
            "published": propose_published(trees, is_published),
            "modified": "" if changed is None else propose_modified(trees, is_modified, changed),
            "byline": propose_byline(trees, is_author, articles[0].byline),
            "section": propose_section(trees, [article.section for article in articles]),
        }
    )


def _was_changed(article: Article) -> bool:
    """Return whether a page gives a time of change. Many repeat that of publication there, which shows nothing."""
    return article.modified_at is not None and article.modified_at != article.published_at
