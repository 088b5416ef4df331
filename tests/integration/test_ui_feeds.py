"""Feeds of stories: valid for a reader, with stable IDs, and not sent again if nothing has changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from copydesk.pipeline.core.records import Document
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
TITLE = "Ferry <b>sails</b> & \x01 returns"


def test_feeds_list_stories_of_a_search(store: ArticleStore, tmp_path: Path) -> None:
    ids = store.insert([Document("f1", TITLE, FERRY, NOW)], "north")
    store.process([*ids, *store.insert([Document("f2", TITLE, FERRY, NOW)], "east")])
    urn = store.get_story_id("f1").urn
    atom, feed, none, wrong, page = request_pages(
        tmp_path, "/stories.atom?q=harbour", "/stories.json?q=harbour", "/stories.atom?q=walrus",
        "/stories.atom?sort=best", "/stories?q=harbour",
    )  # fmt: skip
    parsed = feedparser.parse(atom[2])
    assert (atom[0], parsed.bozo, parsed.version) == (200, False, "atom10")
    assert parsed.feed.id.startswith("urn:uuid:")
    assert {link.rel: link.href for link in parsed.feed.links} == {
        "self": "http://testserver/stories.atom?q=harbour", "alternate": "http://testserver/stories?q=harbour",
    }  # fmt: skip
    (entry,) = parsed.entries
    assert (entry.id, entry.link) == (urn, f"http://testserver/story?id={urn.removeprefix('urn:uuid:')}")
    assert "&lt;b&gt;sails&lt;/b&gt; &amp; \ufffd" in atom[2]
    assert entry.summary == "2 copies on 2 wires, from north"
    assert entry.published == "2026-03-04T12:00:00Z"
    assert entry.updated_parsed > entry.published_parsed
    items = json.loads(feed[2])
    assert items["version"] == "https://jsonfeed.org/version/1.1"
    assert [(item["id"], item["date_modified"]) for item in items["items"]] == [(urn, entry.updated)]
    assert (none[0], feedparser.parse(none[2]).bozo, feedparser.parse(none[2]).entries) == (200, False, [])
    assert (wrong[0], list(json.loads(wrong[2]))) == (400, ["detail"])
    assert '<link rel="alternate" type="application/atom+xml" title="Stories" href="stories.atom?q=harbour">' in page[2]


def test_feed_is_sent_again_only_after_a_change(store: ArticleStore, tmp_path: Path) -> None:
    store.process(store.insert([Document("f1", TITLE, FERRY, NOW)], "north"))
    ((_, _, _, headers),) = request_pages(tmp_path, "/stories.atom")
    known = [
        {"If-None-Match": headers["etag"]}, {"If-None-Match": f'"x", W/{headers["etag"]}'},
        {"If-Modified-Since": headers["last-modified"]}, {"If-None-Match": '"x"'},
        {"If-None-Match": '"x"', "If-Modified-Since": headers["last-modified"]},
        {"If-Modified-Since": "Wed, 04 Mar 2026 12:00:00 GMT"}, {"If-Modified-Since": "soon"},
    ]  # fmt: skip
    answers = request_pages(tmp_path, *({"url": "/stories.atom", "headers": one} for one in known))
    assert [answer[0] for answer in answers] == [304, 304, 304, 200, 200, 200, 200]
    assert (answers[0][1], answers[0][3]["etag"]) == (0, headers["etag"])
    store.process(store.insert([Document("f2", TITLE, FERRY, NOW)], "east"))
    ((status, _, _, changed),) = request_pages(tmp_path, {"url": "/stories.atom", "headers": known[0]})
    assert status == 200
    assert changed["etag"] != headers["etag"]
