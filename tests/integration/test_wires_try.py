"""`copydesk wires try` reads one article for real, without a database, and names the selectors that match nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_process import run_command
from tests.mockserver import MockResponse, MockSite
from tests.mockserver.feeds import rss
from tests.mockserver.fixtures import make_site  # noqa: F401 - fixture
from tests.mockserver.wire import MockWire

NOW = datetime.now(UTC).replace(microsecond=0)
PARAGRAPHS = [
    "The harbour authority will close its northern berth for eleven weeks, it said on Tuesday after a meeting.",
    "Ferries to the outer islands will leave from the fish quay instead, and the last sailing will be earlier.",
    "The repair will cost three million crowns, which the council has already set aside for this year.",
]
PAGE = """<html lang="en"><head><title>Northern berth closes | Mock wire</title></head><body>
<h1 class="headline">Northern berth closes</h1><time class="when" datetime="{time}">today</time>
<div class="story">{text}<div class="promo"><p>Read our newsletter every morning.</p></div></div></body></html>"""


def try_wire(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command("wires", "try", *arguments)


@pytest.fixture(name="wire")
def make_wire(site: MockSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MockWire:
    monkeypatch.setenv("COPYDESK_SOURCES", str(tmp_path))
    monkeypatch.setenv("COPYDESK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    page = MockResponse.page(PAGE.format(text=text, time=(NOW - timedelta(minutes=5)).isoformat()))
    feed = rss([(f"{site.url}/old", NOW - timedelta(hours=5)), (f"{site.url}/new", NOW - timedelta(minutes=5))])
    site.paths = {"/feed": MockResponse.xml(feed), "/new": page, "/old": page}
    return MockWire(tmp_path, site.url)


def write_rule(wire: MockWire, **overrides: Any) -> None:
    wire.write(discovery={"feeds": [f"{wire.home}/feed"]})
    rule = {"title": "h1.headline", "body": "div.story", "published": "time.when@datetime", "remove": [".promo"]}
    path = wire.folder / "mock.toml"
    lines = [f"{key} = {json.dumps(value)}" for key, value in (rule | overrides).items()]
    path.write_text("\n".join([path.read_text(), "[[page]]", *lines, ""]))


def test_newest_article_is_read_with_its_selectors(site: MockSite, wire: MockWire) -> None:
    write_rule(wire)
    tried = try_wire("mock", "--json")
    assert tried.returncode == 0, tried.stderr
    result = json.loads(tried.stdout)
    assert result["url"] == f"{site.url}/new"
    assert result["listed_by"] == f"{site.url}/feed"
    assert result["paragraphs"] == PARAGRAPHS
    fields = {field["name"]: field for field in result["fields"]}
    assert (fields["title"]["value"], fields["title"]["via"]) == ("Northern berth closes", "h1.headline")
    assert fields["published_at"]["via"] == "time.when@datetime"
    assert fields["title"]["generic"] == "Northern berth closes"
    assert {"reason": "rule", "text": "Read our newsletter every morning."} in result["dropped"]
    assert [report["matches"] for report in result["selectors"]] == [1, 1, 1, 1]
    assert "/old" not in {seen.path for seen in site.requests}


def test_selector_without_a_match_is_an_error(wire: MockWire) -> None:
    write_rule(wire, title="h1.headlin", remove=[".advert"])
    tried = try_wire("mock", f"{wire.home}/old")
    assert tried.returncode == 78
    assert "'h1.headlin' (title) of the page rule matches nothing" in tried.stderr
    assert str(wire.folder / "mock.toml") in tried.stderr
    assert "Northern berth closes" in tried.stdout


def test_selector_of_a_missing_field_is_tried_on_older_articles(site: MockSite, wire: MockWire) -> None:
    write_rule(wire, byline="span.by", section="a.topic")
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    html = PAGE.format(text=f'{text}<span class="by">By Ada Holm</span>', time=(NOW - timedelta(hours=5)).isoformat())
    site.paths["/old"] = MockResponse.page(html)
    tried = try_wire("mock")
    assert tried.returncode == 78
    assert "'a.topic' (section) of the page rule matches nothing" in tried.stderr  # on no article
    assert "span.by" not in tried.stderr
    assert f"This article has no byline; the selector matches on {site.url}/old" in tried.stdout
    site.paths["/old"] = MockResponse.page(html.replace("<h1", '<a class="topic">Harbours</a><h1'))
    assert try_wire("mock").returncode == 0
    assert try_wire("mock", f"{site.url}/new").returncode == 78  # the article that was asked for


def test_saved_page_is_read_without_a_request(site: MockSite, wire: MockWire) -> None:
    write_rule(wire)
    saved = wire.folder / "saved.html"
    response = site.paths["/new"]
    assert isinstance(response, MockResponse)
    saved.write_bytes(response.body)
    tried = try_wire("mock", "--file", str(saved))
    assert tried.returncode == 0, tried.stderr
    assert "3 paragraphs" in tried.stdout
    assert site.requests == []


def test_refused_request_is_explained(site: MockSite, wire: MockWire) -> None:
    wire.write(discovery={"feeds": [f"{site.url}/feed"]}, allow_private=False)
    private = try_wire("mock")
    assert private.returncode == 78
    assert "set allow_private = true in" in private.stderr
    wire.write(discovery={"feeds": [f"{site.url}/feed"]})
    site.paths["/robots.txt"] = MockResponse(b"User-agent: *\nDisallow: /new\n", headers={"Content-Type": "text/plain"})
    forbidden = try_wire("mock")
    assert forbidden.returncode == 2
    assert "could not be read: robots" in forbidden.stderr
    assert site.requests_for("/new") == []
