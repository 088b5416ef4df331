"""The shipped sources: complete, cheap to load, with patterns that identify articles and rules that read pages."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from copydesk.crawler.sources import FOLDER
from copydesk.crawler.sources.catalogue_page import HEADINGS, PAGE_PATH, render_page
from copydesk.pipeline.core.agencies import find_agency
from copydesk.pipeline.core.catalogue_keys import WireKind, WireStatus
from copydesk.pipeline.core.records import Page
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import list_source_files, read_sources
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.offline.read_page import parse_article

CATALOGUE = Path(__file__).parent / "catalogue"
PAGES: dict[str, dict[str, Any]] = json.loads((CATALOGUE / "pages" / "expected.json").read_text(encoding="utf-8"))
"""For each wire with a page rule a page in its layout, with an invented text."""
SOURCES = read_sources([FOLDER])
FOLDERS = {
    WireKind.AGENCY: "agencies",
    WireKind.PRESS_RELEASE: "press-releases",
    WireKind.INSTITUTION: "institutions",
    WireKind.BROADCASTER: "broadcasters",
    WireKind.NEWSPAPER: "newspapers",
    WireKind.AGGREGATOR: "aggregators",
}


def list_urls(source: Source) -> list[str]:
    discovery = source.discovery
    return [source.home, *discovery.feeds, *discovery.sitemaps, *(page.url for page in discovery.lists)]


def read_urls() -> list[dict[str, str]]:
    with (CATALOGUE / "urls.tsv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_catalogue_is_large_and_diverse() -> None:
    assert len(SOURCES) >= 200
    assert len({source.language for source in SOURCES.values()}) >= 30
    assert {source.kind for source in SOURCES.values()} == set(WireKind) == set(HEADINGS)


def test_files_are_in_the_folder_of_their_kind() -> None:
    found = {name: path.parent.name for name, path in list_source_files([FOLDER]).items()}
    assert found == {name: FOLDERS[source.kind] for name, source in SOURCES.items() if source.kind}


def test_every_source_has_country_status_and_evidence() -> None:
    incomplete = [
        name
        for name, source in SOURCES.items()
        if not (source.country and source.evidence and source.status is WireStatus.UNVERIFIED)
    ]
    assert incomplete == []


def test_homes_and_feeds_are_unique() -> None:
    homes = Counter(source.home.rstrip("/").lower() for source in SOURCES.values())
    feeds = Counter(url for source in SOURCES.values() for url in list_urls(source)[1:])
    assert [url for url, count in (homes + feeds).items() if count > 1] == []


def test_urls_are_on_public_hosts() -> None:
    unusable = []
    for source in SOURCES.values():
        for url in list_urls(source):
            parts = urlsplit(url)
            host = parts.hostname or ""
            is_public = re.fullmatch(r"(?!.*(?:\.local|\.internal|\.example|localhost)$)[a-z0-9.-]+\.[a-z]{2,}", host)
            if not is_public or parts.port or parts.username or parts.scheme not in {"http", "https"}:
                unusable.append(url)
            with pytest.raises(ValueError, match="does not appear"):
                ipaddress.ip_address(host)
    assert unusable == []


def test_requests_are_slow_and_obey_robots() -> None:
    hasty = [
        name
        for name, source in SOURCES.items()
        if source.politeness.delay < 2 or source.politeness.concurrency > 1 or not source.politeness.robots
    ]
    assert hasty == []


def test_agency_has_the_spelling_of_credits() -> None:
    found = {source.agency: find_agency(source.agency) for source in SOURCES.values() if source.agency}
    assert {agency: known for agency, known in found.items() if known and known != agency} == {}


def test_only_agencies_claim_the_text_as_their_own() -> None:
    assert [name for name, source in SOURCES.items() if source.agency and source.kind is not WireKind.AGENCY] == [
        "menafn"
    ]


def test_sample_urls_cover_every_pattern() -> None:
    assert {row["wire"] for row in read_urls()} == {n for n, source in SOURCES.items() if source.identity.id_pattern}


@pytest.mark.parametrize("row", read_urls(), ids=lambda row: row["wire"])
def test_pattern_identifies_the_article(row: dict[str, str]) -> None:
    source = SOURCES[row["wire"]]
    first, same, other = (canonicalize(row[key], source.identity) for key in ("url", "same_article", "other_article"))
    assert "/id/" in first
    assert first == same
    assert first != other


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.identity.id_pattern])
def test_pattern_has_one_group_and_matches_no_feed(name: str) -> None:
    source = SOURCES[name]
    pattern = re.compile(source.identity.id_pattern or "")
    assert pattern.groups == 1
    assert [url for url in list_urls(source) if pattern.search(url)] == []


def test_loading_reads_each_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: Counter[str] = Counter()
    original = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda path, **keys: read.update([path.stem]) or original(path, **keys))
    read_sources([FOLDER])
    assert read == Counter(dict.fromkeys(SOURCES, 1))


def test_catalogue_page_is_up_to_date() -> None:
    page = PAGE_PATH.read_text(encoding="utf-8")
    assert page == render_page(page), "run `make docs`"


def test_every_page_rule_has_a_page() -> None:
    assert set(PAGES) | {"menafn"} == {name for name, source in SOURCES.items() if source.page}


@pytest.mark.parametrize("name", PAGES)
def test_page_rule_reads_the_layout(name: str) -> None:
    expected = PAGES[name]
    page = Page(
        url=expected["url"],
        body=(CATALOGUE / "pages" / f"{name}.html").read_bytes(),
        fetched_at=datetime(2026, 3, 14, 8, tzinfo=UTC),
        wire=name,
        content_type="text/html",
        status=200,
    )
    article = parse_article(page, SOURCES[name])
    assert article.via.startswith(f"rule:{name}@")
    assert (article.title, list(article.paragraphs)) == (expected["title"], expected["paragraphs"])
