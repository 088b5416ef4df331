"""Requests to the plugin's pages that nobody makes by accident: impossible ids, and stories of any size."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.urls import to_printable_url
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BODY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
MAX_PAGE_BYTES = 2 * 1024 * 1024


def test_impossible_id_is_not_found(store: ArticleStore, tmp_path: Path) -> None:
    paths = [
        "/run?dag_id=newswire&run_id=%00", "/run?dag_id=%00&run_id=x", "/run?dag_id=newswire&run_id=a%00b",
        "/story?id=%00", "/story?id=a%00", "/?x=%00", "/run?dag_id=newswire&run_id=" + "x" * 5000,
        "/run?dag_id=newswire&run_id=%ED%A0%80%FF", "/story?id=%F0%9F%A6%86", "/story?id=" + "a" * 5000,
        "/story?id=%25", "/story?id=" + "0" * 36,
    ]  # fmt: skip
    for path, (status, _, text, headers) in zip(paths, request_pages(tmp_path, *paths), strict=True):
        assert (status, path) == (404, path)
        assert "<h1>Not found</h1>" in text
        assert "default-src 'none'" in headers["content-security-policy"]


def test_ambiguous_story_id_is_a_bad_request_with_a_page(store: ArticleStore, tmp_path: Path) -> None:
    texts = [" ".join(f"word{number}x{place}" for place in range(60)) for number in range(20)]
    store.process(store.insert([Document(text[:8], text[:30], text, NOW) for text in texts], "north"))
    ids = [str(row[0]) for row in store.connection.execute("SELECT story_id FROM copydesk.story").fetchall()]
    prefix = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    ((status, _, text, _),) = request_pages(tmp_path, f"/story?id={prefix}")
    assert status == 400
    assert "have an ID that starts with" in text
    assert "Use more characters of the ID." in text


def update(store: ArticleStore, statement: LiteralString) -> None:
    store.connection.execute(statement)
    store.connection.commit()


@pytest.mark.slow
def test_size_of_a_page_is_bounded(store: ArticleStore, tmp_path: Path) -> None:
    copies = [Document(f"{number:03}", "Ferry sails again", BODY, NOW) for number in range(300)]
    store.process(store.insert(copies, "north"))
    # The worst that markup can do to a text is to make each character six.
    update(store, "UPDATE copydesk.article SET title = repeat('\"', 10000)")
    update(store, "UPDATE copydesk.article_version SET title = repeat('\"', 10000), body = repeat('\"', 5000000),"
                 " byline = repeat('\"', 100000), dateline = repeat('\"', 100000)")  # fmt: skip
    update(store, "UPDATE copydesk.page SET url = url || '?' || repeat('\"', 2000)")
    (story,) = store.connection.execute("SELECT story_id FROM copydesk.story LIMIT 1").fetchall()
    overview, page = request_pages(tmp_path, "/", f"/story?id={story[0]}")
    for status, size, _, _ in (overview, page):
        assert status == 200
        assert size < MAX_PAGE_BYTES
    assert "The text is cut here" in page[2]
    assert "The first 200 of 300 copies" in page[2]


def test_url_is_shown_without_characters_that_reorder_it(store: ArticleStore, tmp_path: Path) -> None:
    store.process(store.insert([Document("a", "Ferry sails again", BODY, NOW)], "north"))
    update(
        store, "UPDATE copydesk.page SET url = 'https://wire.example/' || chr(8238) || 'txt.exe' || chr(8232) || 'é'"
    )
    (story,) = store.connection.execute("SELECT story_id FROM copydesk.story LIMIT 1").fetchall()
    ((_, _, text, _),) = request_pages(tmp_path, f"/story?id={story[0]}")
    assert "https://wire.example/%E2%80%AEtxt.exe%E2%80%A8é" in text
    assert not {"\u202e", "\u2028"} & set(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://wire.example/a?b=c%20d#e", "https://wire.example/a?b=c%20d#e"),
        ("https://wire.example/новости/日本", "https://wire.example/новости/日本"),
        ("https://wire.example/\u202egpj.exe", "https://wire.example/%E2%80%AEgpj.exe"),
        ("https://wire.example/\u2066a\u2069\u200f\u2029\x85\xa0", "https://wire.example/%E2%81%A6a%E2%81%A9%E2%80%8F%E2%80%A9%C2%85%C2%A0"),
        ("https://wire.example/\ud800", "https://wire.example/%3F"),
    ],
)  # fmt: skip
def test_invisible_characters_of_a_url_are_shown_as_percent_escapes(url: str, shown: str) -> None:
    assert to_printable_url(url) == shown
