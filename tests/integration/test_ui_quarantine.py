"""The pages about the quarantine: browsed by reason and wire, and the input shown as text."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.store.runs import open_run
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOSTILE = b"<script>alert(1)</script>\0\x1b[31m\xe2\x80\xae<img src=x onerror=alert(1)>{{ 7 * 7 }}" + b'"' * 10_000_000
LARGE = 53


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    """Save 53 pages of the wire north that are not HTML, and one of the wire east with hostile bytes."""
    with ArticleStore.open(database) as store:
        store.insert([Document(f"n{number}", "Ferry", "It sails.", NOW) for number in range(LARGE)], "north")
        store.insert([Document("e", "Ferry", "It sails.", NOW)], "east")
        run_key = open_run(
            store.connection, "newswire", "x", kind="scheduled", mode="auto", window=None, wires=["north"]
        )
        store.connection.execute(
            "INSERT INTO copydesk.page_body (content_sha256, content_at, body)"
            " SELECT content_sha256, content_at, %s FROM copydesk.page WHERE wire = 'east'",
            (zlib.compress(HOSTILE),),
        )
        store.connection.execute(
            "UPDATE copydesk.page_content SET is_body_deleted = false"
            " WHERE content_sha256 IN (SELECT content_sha256 FROM copydesk.page_body)"
        )
        store.connection.execute(
            "INSERT INTO copydesk.quarantine (stage, subject_id, wire, reason, detail, run_key)"
            " SELECT 'clean', page_id::text, wire, CASE wire WHEN 'east' THEN 'parser_crash' ELSE 'not_html' END,"
            " '<b>detail</b>', %s FROM copydesk.page",
            (run_key,),
        )
        store.connection.commit()
        yield store


def test_quarantine_is_browsed_by_reason_and_input_is_text(store: ArticleStore, tmp_path: Path) -> None:
    every, reason, wire, nothing, wrong = request_pages(
        tmp_path, "/quarantine", "/quarantine?reason=parser_crash", "/quarantine?wire=north", "/quarantine?wire=west",
        "/quarantine?after=x",
    )  # fmt: skip
    assert [one[0] for one in (every, reason, wire, nothing, wrong)] == [200, 200, 200, 200, 400]
    assert "1–50 of 54 pages" in every[2]
    assert "<b>53</b>" in every[2]
    assert "&lt;b&gt;detail" in every[2]
    assert len(re.findall(r'href="quarantined\?id=', reason[2])) == 1
    assert "No pages in quarantine match." in nothing[2]
    (following,) = [html.unescape(link) for link in re.findall(r'<a href="([^"]*)" rel="next">', wire[2])]
    (shown,) = re.findall(r'href="(quarantined\?id=\d+)"', reason[2])
    (deleted, *_) = re.findall(r'href="(quarantined\?id=\d+)"', wire[2])
    rest, page, without_body, *absent = request_pages(
        tmp_path, f"/{following}", f"/{shown}", f"/{deleted}", "/quarantined?id=0", "/quarantined?id=x",
        "/quarantined?id=" + "9" * 30, "/quarantined?id=%C2%B2", "/quarantined?id=%00",
    )  # fmt: skip
    assert "51–53 of 53 pages" in rest[2]
    assert page[0] == without_body[0] == 200
    assert page[1] < 2 * 1024 * 1024
    assert "&lt;script&gt;alert(1)" in page[2]
    assert "<img" not in page[2]
    assert not {"\0", "\x1b", "\u202e"} & set(page[2])
    assert "{{ 7 * 7 }}" in page[2]
    assert "Only the first 50000 bytes are shown." in page[2]
    assert [one[0] for one in absent] == [404] * 5


def test_page_that_the_archive_does_not_have_is_explained(
    store: ArticleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_PAGE_ARCHIVE__URL", (tmp_path / "archive").as_uri())
    store.connection.execute("INSERT INTO copydesk.warc_file (name, is_complete) VALUES ('pages/1.warc.gz', true)")
    store.connection.execute(
        "UPDATE copydesk.page_content SET warc_file_id = 1, warc_offset = 0, warc_length = 1 WHERE NOT is_body_deleted"
    )
    store.connection.execute("DELETE FROM copydesk.page_body")
    store.connection.commit()
    ((_, _, listed, *_),) = request_pages(tmp_path, "/quarantine?reason=parser_crash")
    (shown,) = re.findall(r'href="(quarantined\?id=\d+)"', listed)
    ((status, _, page, *_),) = request_pages(tmp_path, f"/{shown}")
    assert status == 200
    assert f"There is no folder {(tmp_path / 'archive').as_uri()}." in page
    (tmp_path / "archive").mkdir()
    ((_, _, page, *_),) = request_pages(tmp_path, f"/{shown}")
    assert "The archived page cannot be read: there is no file" in page
