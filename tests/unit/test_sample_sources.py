"""The sample wires' source files are valid and match the wires' pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from copydesk.crawler.sample.edits import Role
from copydesk.crawler.sample.network import Network
from copydesk.crawler.sample.page_markup import format_time, load_furniture
from copydesk.crawler.sample.printed_article import articles_between
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.source_toml import write_sources
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.urls import canonicalize

END = datetime(2026, 3, 4, tzinfo=UTC)
ORIGINS = {name: f"http://127.0.0.1:{9000 + at}" for at, name in enumerate(load_wires())}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    folder = tmp_path_factory.mktemp("sources")
    write_sources(folder, ORIGINS)
    return read_sources([folder])


def test_each_wire_has_a_source_and_half_have_page_rules(sources: dict[str, Source]) -> None:
    assert list(sources) == sorted(load_wires())
    assert all(source.allow_private and source.politeness.robots for source in sources.values())
    assert all(source.politeness.delay == 0 for source in sources.values())
    assert 5 <= sum(bool(source.page) for source in sources.values()) <= 8
    assert sum(source.discovery.archive is None for source in sources.values()) >= 2
    assert any(source.discovery.lists and not source.discovery.sitemaps for source in sources.values())


def test_sources_can_be_written_without_boilerplate(tmp_path: Path) -> None:
    write_sources(tmp_path, ORIGINS, boilerplate=False)
    assert not any(source.boilerplate for source in read_sources([tmp_path]).values())


def test_rules_identity_and_boilerplate_match_the_pages(sources: dict[str, Source]) -> None:
    network, checked = Network(7, 120), set()
    for article in articles_between(network, END - timedelta(days=1), END):
        source, wire = sources[article.wire], load_wires()[article.wire]
        url = ORIGINS[article.wire] + article.path
        assert any(re.search(pattern, url) for pattern in source.discovery.include)
        noisy = canonicalize(url + (wire.feed_noise or "?utm_source=a&utm_campaign=b#top"), source.identity)
        assert canonicalize(url, source.identity) == noisy
        assert "/id/" in noisy
        for block in article.blocks:
            if block.role in {Role.DISCLAIMER, Role.HOUSE, Role.TRAILER}:
                assert any(re.fullmatch(pattern, block.text) for pattern in source.boilerplate), block
            if block.role is Role.BODY:
                assert not any(re.fullmatch(pattern, block.text) for pattern in source.boilerplate)
        for rule in source.page:
            page = (
                Site(network, wire, ORIGINS[wire.name], lambda: END)
                .respond(article.path, {}, {})
                .body.decode("utf-8" if wire.encoding == "utf-8" else "cp1252")
            )
            tree = LexborHTMLParser(page.replace("\u00ad", ""))
            for selector in rule.remove:
                for node in tree.css(selector):
                    node.decompose()
            texts = [node.text() for node in tree.css(rule.body)]
            assert any(text.endswith(article.paragraphs[0]) for text in texts[:2])  # a note may be above
            assert set(article.paragraphs[1:]) <= set(texts)
            title, published = tree.css_first(rule.title), tree.css_first(rule.published.split("@")[0])
            assert title is not None
            assert published is not None
            assert title.text() == article.printed_title
            checked.add(wire.name)
    assert checked == {name for name, source in sources.items() if source.page}


def test_each_wire_formats_times_differently() -> None:
    at = datetime(2026, 3, 3, 23, 5, tzinfo=UTC)
    clocks = {name: format_time(at, wire) for name, wire in load_wires().items()}
    assert clocks["gulfbrief"] == "03/04/2026 03:05:00 AM"
    assert clocks["alpenkurier"] == "04. März 2026, 00:05"
    assert clocks["costadiario"] == "3 de marzo de 2026, 18:05".replace("3 de", "03 de", 1)
    assert len(set(clocks.values())) == len(clocks)
    assert all(load_furniture(wire.language).nav for wire in load_wires().values())
