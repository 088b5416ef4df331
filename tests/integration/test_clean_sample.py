"""Pages of the sample network in every layout and language are cleaned exactly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

import pytest

from copydesk.crawler.sample.ground_truth import make_truth
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.printed_article import Article, articles_between
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.offline.read_page import parse_article

END = datetime(2026, 3, 4, tzinfo=UTC)
NETWORK = Network(seed=7, per_day=200)
ORIGINS = {name: f"http://{name}.test" for name in load_wires()}
PAGES = 60
EXACT = 0.98


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    folder = tmp_path_factory.mktemp("sources")
    write_sources(folder, ORIGINS)
    return read_sources([folder])


def pick_articles() -> Iterator[Article]:
    """Yield a day's articles, alternating between the wires."""
    by_wire: defaultdict[str, list[Article]] = defaultdict(list)
    for article in articles_between(NETWORK, END - timedelta(days=1), END):
        by_wire[article.wire].append(article)
    yield from (article for row in zip_longest(*by_wire.values()) for article in row if article)


def clean_article(article: Article, source: Source, layout: str = "") -> tuple[str, ...]:
    """Clean the page as the wire's site serves it, with its charset."""
    wire = load_wires()[article.wire]
    site = Site(NETWORK, wire, ORIGINS[article.wire], lambda: END + timedelta(days=1), layout)
    reply = site.respond(article.path, {}, {})
    page = Page(
        url=site.origin + article.path,
        body=reply.body,
        fetched_at=END + timedelta(days=1),
        wire=article.wire,
        content_type=reply.headers["content-type"],
    )
    return parse_article(page, source).paragraphs


def test_sample_pages_are_cleaned_exactly(sources: dict[str, Source]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    wrong: list[str] = []
    for _, article in zip(range(PAGES), pick_articles(), strict=False):
        wire = load_wires()[article.wire]
        seen[wire.layout, wire.language] += 1
        if clean_article(article, sources[article.wire]) != make_truth(article).paragraphs:
            wrong.append(f"{wire.name} {article.path}")
    assert {(wire.layout, wire.language) for wire in load_wires().values()} <= set(seen), "a layout was not tested"
    assert sum(seen.values()) == PAGES
    assert len(wrong) <= PAGES * (1 - EXACT), wrong


def test_relaunched_site_is_still_read(sources: dict[str, Source]) -> None:
    """No page rule matches any more; generic extraction reads most of it exactly."""
    chosen = [article for _, article in zip(range(14), pick_articles(), strict=False)]
    exact = [
        clean_article(article, sources[article.wire], "relaunch") == make_truth(article).paragraphs
        for article in chosen
    ]
    assert sum(exact) >= len(exact) * 0.9
