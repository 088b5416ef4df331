"""`copydesk wires new` writes the source of each layout of the sample network, and its pages match the truth."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copydesk.crawler.sample.ground_truth import make_truth
from copydesk.crawler.sample.printed_article import Article, articles_between
from copydesk.crawler.sample.sample_wires import load_wires
from copydesk.crawler.sample.website import Site
from copydesk.pipeline.clean.recurrence import ArticleSample, find_recurring_paragraphs
from copydesk.pipeline.core.records import Article as CleanArticle
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import read_source
from copydesk.pipeline.offline.read_page import parse_article
from tests.airflow_process import run_command
from tests.sample_network import RunningNetwork, running_network

NOW = datetime(2026, 3, 4, tzinfo=UTC)
WIRES = ("northgate", "meridian", "pressline", "gulfbrief", "harborpost", "southtide")
"""One wire of each layout."""
MIN_SHARE = 0.95
DAYS = 3
MAX_PAGES = 40


def run_cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("wires", *arguments)


@pytest.fixture(scope="module")
def network() -> Iterator[RunningNetwork]:
    with running_network(now=NOW) as running:
        yield running


@pytest.fixture
def folder(isolate_settings: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    return tmp_path


def list_articles(network: RunningNetwork, wire: str) -> list[Article]:
    return list(articles_between(network.network, NOW - timedelta(days=DAYS), NOW, wire=wire))[-MAX_PAGES:]


def read_article(network: RunningNetwork, article: Article, source: Source) -> CleanArticle:
    site = Site(network.network, load_wires()[article.wire], network.origins[article.wire], lambda: NOW)
    reply = site.respond(article.path, {}, {})
    charset = reply.headers["content-type"].partition("charset=")[2] or None
    page = Page(site.origin + article.path, reply.body, NOW, source.name, charset=charset)
    return parse_article(page, source)


def is_exact(article: Article, found: CleanArticle) -> bool:
    truth = make_truth(article)
    return found.paragraphs == truth.paragraphs and found.title in {truth.title, truth.printed_title}


def test_one_wire_of_each_layout_is_tested() -> None:
    assert {load_wires()[name].layout for name in WIRES} == {wire.layout for wire in load_wires().values()}


@pytest.mark.parametrize("wires", [WIRES[:2], pytest.param(WIRES, marks=pytest.mark.slow)], ids=["two", "all"])
def test_layouts_are_read_without_help(network: RunningNetwork, folder: Path, wires: tuple[str, ...]) -> None:
    """Boilerplate that three articles cannot show is learned from the wire's pages, as `maintain` does."""

    def write_wire(name: str) -> subprocess.CompletedProcess[str]:
        origin = network.origins[name]
        return run_cli("new", f"{origin}/", "--allow-private", "--name", name, "-o", str(folder), "--json")

    results = {name: write_wire(name) for name in wires}
    shares: dict[str, tuple[float, float]] = {}
    for name, result in results.items():
        assert result.returncode == 0, result.stderr
        report = json.loads(result.stdout)
        assert report["rule"] is not None, report["notes"]
        assert all(row["value"] for row in report["fields"] if row["field"] in {"title", "text"})
        source = read_source(folder / f"{name}.toml")
        assert (source.language, source.identity.id_pattern is not None) == (load_wires()[name].language, True)
        articles = list_articles(network, name)
        first = [read_article(network, article, source) for article in articles]
        samples = [
            ArticleSample(found.title, article.published_at, found.paragraphs, (), found.language)
            for article, found in zip(articles, first, strict=True)
        ]
        learned = {evidence.key for evidence in find_recurring_paragraphs(samples) if not evidence.objection}
        second = [read_article(network, article, source.with_learned(learned)) for article in articles]
        shares[name] = (
            sum(map(is_exact, articles, first)) / len(articles),
            sum(map(is_exact, articles, second)) / len(articles),
        )
    print({name: f"{before:.2f}, after learning {after:.2f}" for name, (before, after) in shares.items()})
    assert all(after >= MIN_SHARE for _, after in shares.values()), shares
    assert sum(before >= MIN_SHARE for before, _ in shares.values()) >= len(wires) - 1, shares

    saved = run_cli("check", *wires[:2], "--pages", "--json")
    assert saved.returncode == 0, saved.stderr
    assert len(saved.stdout.splitlines()) >= 6
    path = folder / "northgate.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('title = "h1.c-headline"', 'title = "span.c-kicker"'))
    broken = run_cli("check", "northgate", "--pages")
    assert broken.returncode == 78
    assert "title" in broken.stdout
    assert "differ from what is expected" in broken.stderr


def test_refusal_names_its_cure(network: RunningNetwork, folder: Path) -> None:
    url = f"{network.origins['meridian']}/"
    private = run_cli("new", url)
    assert private.returncode == 78
    assert "add --allow-private" in private.stderr
    (folder / "taken.toml").write_text(
        f'name = "taken"\ntitle = "T"\nhome = "{url}"\ndiscovery.feeds = ["{url}feed.xml"]\n', encoding="utf-8"
    )
    taken = run_cli("new", url, "--allow-private", "--name", "taken")
    assert taken.returncode == 65
    assert "Choose another one with --name." in taken.stderr
    assert [path.name for path in folder.iterdir()] == ["taken.toml"]
