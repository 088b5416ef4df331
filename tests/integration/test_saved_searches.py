"""Saved searches report each story once, however many copies it gets, and not those that were there before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction, transaction
from copydesk.pipeline.runs.search_alerts import find_alerts
from copydesk.pipeline.runs.webhook_sending import make_payload
from copydesk.pipeline.store.saved_searches import add_matches, delete_search, list_searches, save_search
from copydesk.pipeline.store.webhook_deliveries import EVENT_SPAN as LEASE
from copydesk.pipeline.store.webhook_deliveries import add_deliveries, claim_next, list_deliveries
from copydesk.pipeline.store.wire_names import rename_wire
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
BRIDGE = "Engineers closed the old bridge for repairs that are expected to last until the autumn, they announced. " * 4
WHEAT = "Farmers expect a smaller wheat harvest because little rain fell during the spring across the plain. " * 4


def add_copy(store: ArticleStore, name: str, text: str, wire: str = "north") -> None:
    store.process(store.insert([Document(name, text[:20], text, datetime.now(UTC))], wire))


def save(name: str, **fields: str) -> None:
    with transaction(load_settings()) as connection:
        save_search(connection, name, fields, "someone")


def list_found() -> list[tuple[str, str]]:
    return [(alert.search, str(alert.story_id)) for alert in find_alerts(load_settings())]


def test_story_is_reported_once(store: ArticleStore) -> None:
    add_copy(store, "w1", WHEAT)
    save("ferries", q="harbour")
    save("copied", min_copies="2")
    save("wheat", q="wheat")
    save("gone", wire="no-such-wire")
    add_copy(store, "f1", FERRY)
    add_copy(store, "b1", BRIDGE)
    ferry = str(store.get_story_id("f1"))
    assert list_found() == [("ferries", ferry)]
    add_copy(store, "f2", FERRY, "east")
    assert list_found() == [("copied", ferry)]
    add_copy(store, "f3", FERRY, "west")
    assert list_found() == []
    with read_transaction(load_settings()) as connection:
        assert {search.name: search.matches for search in list_searches(connection)} == {
            "copied": 1, "ferries": 1, "gone": 0, "wheat": 0,
        }  # fmt: skip


def test_match_is_sent_to_webhooks(store: ArticleStore) -> None:
    with transaction(load_settings()) as connection:
        add_deliveries(connection, "desk", ["search.matched"])
    save("ferries", q="harbour")
    add_copy(store, "f1", FERRY)
    assert len(list_found()) == 1
    with transaction(load_settings()) as connection:
        for _ in range(2):
            add_deliveries(connection, "desk", ["search.matched"])
        (listed,) = list_deliveries(connection)
        due = claim_next(connection, "desk", 0, LEASE)
        assert due is not None
        payload = make_payload(due, "https://desk.example/")
    assert (listed.type, payload["type"], payload["data"]["search"]) == ("search.matched", "search.matched", "ferries")
    assert payload["data"]["story_id"] == str(store.get_story_id("f1"))


def test_search_follows_a_renamed_wire_and_finds_nothing_once_deleted(store: ArticleStore) -> None:
    add_copy(store, "w1", WHEAT)
    save("northern", wire="north")
    with transaction(load_settings()) as connection:
        rename_wire(connection, "north", "upnorth")
        assert [search.fields for search in list_searches(connection)] == [{"wire": "upnorth"}]
        delete_search(connection, "northern")
        assert add_matches(connection, "northern", [store.get_story_id("w1")]) == []


def test_names_are_unique_and_searches_are_removed(database: str, tmp_path: Path) -> None:
    save("ferries", q="harbour")
    for name in ("ferries", "", "a\nb", "a" * 81):
        with pytest.raises(BadInput):
            save(name, q="harbour")
    with transaction(load_settings()) as connection:
        delete_search(connection, "ferries")
        with pytest.raises(NotFound):
            delete_search(connection, "ferries")
    # The form is only for users who may write.
    assert "Save this search" not in request_pages(tmp_path, "/stories?q=harbour")[0][2]
