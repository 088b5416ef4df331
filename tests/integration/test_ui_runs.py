"""The pages about one run: every number opens its list, and each page shows what was read and cut."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from copydesk.pipeline.core.records import Document
from copydesk.pipeline.store.ledger import save_counts
from copydesk.pipeline.store.runs import open_run
from copydesk.pipeline.store.states import LedgerStage
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
BODY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
HOSTILE = "<script>alert(1)</script>"
RUN = urlencode({"dag_id": "newswire", "run_id": "one&two"})


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    """Save a run that read one page, refused one, and failed to fetch a third URL."""
    with ArticleStore.open(database) as store:
        store.process(store.insert([Document("a", "Ferry sails again", BODY, NOW)], "north"))
        refused = store.insert([Document("b", HOSTILE, "It sails.", NOW)], "north")
        connection = store.connection
        run_key = open_run(
            connection, "newswire", "one&two", kind="scheduled", mode="auto", window=None, wires=["north", "east"]
        )
        key = {"run_key": run_key, "refused": refused[0], "hostile": f'[{{"reason": "byline", "text": "{HOSTILE}"}}]'}
        connection.execute(
            "INSERT INTO copydesk.fetch (run_key, wire, url_key, url, outcome, reason, status, page_id)"
            " SELECT %(run_key)s, 'north', url_key, url, 'stored', '', 200, page_id FROM copydesk.page"
            " UNION ALL SELECT %(run_key)s, 'east', 'key', 'javascript:alert(1)', 'failed', 'timed_out', NULL, NULL",
            key,
        )
        connection.execute("INSERT INTO copydesk.run_page SELECT %(run_key)s, 'north', page_id FROM copydesk.page", key)
        connection.execute(
            "INSERT INTO copydesk.page_result"
            " (page_id, wire, cleaner, outcome, reason, article_id, version_id, run_key)"
            " SELECT page_id, 'north', 'test', CASE WHEN article_id = %(refused)s THEN 'refused' ELSE 'article' END,"
            " CASE WHEN article_id = %(refused)s THEN 'consent_page' ELSE '' END,"
            " CASE WHEN article_id <> %(refused)s THEN article_id END, version_id, %(run_key)s"
            " FROM copydesk.article_version",
            key,
        )
        connection.execute("UPDATE copydesk.article_version SET dropped = %(hostile)s::jsonb", key)
        save_counts(connection, run_key, "north", LedgerStage.CRAWL, {"scheduled": 2, "stored": 2})
        save_counts(connection, run_key, "east", LedgerStage.CRAWL, {"scheduled": 1, "failed": 1})
        save_counts(connection, run_key, "north", LedgerStage.CLEAN, {"pages": 2, "article": 1, "refused": 1})
        connection.commit()
        yield store
        connection.execute("DELETE FROM copydesk.article WHERE article_id = %(refused)s", key)
        connection.commit()


def test_every_number_of_a_run_opens_its_list(store: ArticleStore, tmp_path: Path) -> None:
    ((status, _, text, _),) = request_pages(tmp_path, f"/run?{RUN}")
    assert status == 200
    numbers = re.findall(r'<a href="(outcomes[^"]*)"[^>]*>(\d+)</a>', text)
    assert len(numbers) >= 9
    answers = request_pages(tmp_path, *(f"/{html.unescape(address)}" for address, _ in numbers))
    for (address, number), (status, _, found, _) in zip(numbers, answers, strict=True):
        assert (address, status, found.count("<tr>") - 1) == (address, 200, int(number))


def test_lists_show_reasons_and_pages_show_what_was_cut(store: ArticleStore, tmp_path: Path) -> None:
    clean, failed, wrong_stage, wrong_outcome, absent = request_pages(
        tmp_path, f"/outcomes?{RUN}&stage=clean", f"/outcomes?{RUN}&outcome=failed", f"/outcomes?{RUN}&stage=fold",
        f"/outcomes?{RUN}&stage=clean&outcome=stored", "/outcomes?dag_id=newswire&run_id=none",
    )  # fmt: skip
    assert "consent page" in clean[2]
    assert "Ferry sails again" in clean[2]
    assert "timed out" in failed[2]
    assert 'href="javascript:' not in failed[2]
    assert [one[0] for one in (wrong_stage, wrong_outcome, absent)] == [400, 400, 404]
    pages = re.findall(r'href="(page\?id=[^"]*)"', clean[2])
    for status, _, text, _ in request_pages(tmp_path, *(f"/{address}" for address in pages)):
        assert status == 200
        assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)" in "".join(
        answer[2] for answer in request_pages(tmp_path, *(f"/{address}" for address in pages))
    )
    unknown, malformed = request_pages(tmp_path, "/page?id=" + "0" * 32, "/page?id=x")
    assert (unknown[0], malformed[0]) == (404, 404)
