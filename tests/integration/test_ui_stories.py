"""The page that lists stories: search, filters, orders, pages of the list, and what it says if nothing is found."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest

from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.views.paging import Position, decode_position
from copydesk.pipeline.views.story_list import StoryFilter, StorySort, StoryState, list_stories
from tests.article_store import ArticleStore
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
FERRY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
BRIDGE = "Engineers closed the old bridge for repairs that are expected to last until the autumn, they announced. " * 4
WHEAT = "Farmers expect a smaller wheat harvest because little rain fell during the spring across the plain. " * 4


@pytest.fixture
def stories(store: ArticleStore) -> dict[str, UUID]:
    """Save a story with three copies on two wires, one with one copy, and one that was killed; return their IDs."""
    ids = store.insert(
        [Document("f1", "Ferry sails again", FERRY, NOW), Document("f2", "Ferry sails again", FERRY, NOW)], "north"
    )
    late = NOW + timedelta(hours=5)
    ids += store.insert([Document("f3", "Ferry sails again", FERRY, late, agency="Reuters")], "east")
    ids += store.insert([Document("b1", "Bridge closed for repairs", BRIDGE, NOW + timedelta(hours=1))], "north")
    ids += store.insert([Document("w1", "Wheat harvest shrinks", WHEAT, NOW + timedelta(hours=2))], "north")
    kill = Document("w1", "Wheat harvest shrinks", "This story is withdrawn.", NOW + timedelta(hours=3), notice="kill")
    store.process(ids)
    store.process(store.insert([kill], "north"))
    return {name: store.get_story_id(name) for name in ("f1", "b1", "w1")}


def list_ids(wanted: StoryFilter, sort: StorySort = StorySort.PUBLISHED) -> list[UUID]:
    with read_transaction(load_settings()) as connection:
        return [story.story_id for story in list_stories(connection, wanted, sort).rows]


def test_filters_select_stories(stories: dict[str, UUID]) -> None:
    ferry, bridge, wheat = stories["f1"], stories["b1"], stories["w1"]
    assert list_ids(StoryFilter()) == [bridge, ferry]
    assert list_ids(StoryFilter(search="harbour master")) == [ferry]
    assert list_ids(StoryFilter(search='"old bridge" -ferry')) == [bridge]
    assert list_ids(StoryFilter(search="walrus")) == []
    assert list_ids(StoryFilter(since=NOW + timedelta(hours=2))) == [ferry]
    assert list_ids(StoryFilter(until=NOW + timedelta(minutes=1))) == [ferry]
    assert list_ids(StoryFilter(wire="east")) == [ferry]
    assert list_ids(StoryFilter(min_copies=2)) == [ferry]
    assert list_ids(StoryFilter(state=StoryState.KILLED)) == [wheat]
    assert set(list_ids(StoryFilter(state=StoryState.ANY))) == {ferry, bridge, wheat}
    # A killed story is found by the words of the text that was withdrawn.
    assert list_ids(StoryFilter(search="rain plain", state=StoryState.ANY)) == [wheat]


def test_stories_are_found_by_agency_and_language(store: ArticleStore, stories: dict[str, UUID]) -> None:
    store.connection.execute("UPDATE copydesk.article_version SET language = 'pt-BR' WHERE title LIKE 'Bridge%'")
    store.connection.execute("UPDATE copydesk.article_version SET agency = 'Lusa' WHERE title LIKE 'Bridge%'")
    store.connection.execute("SELECT copydesk.save_story_totals(profile_id, ARRAY[story_id]) FROM copydesk.story")
    store.connection.commit()
    assert list_ids(StoryFilter(agency="lusa")) == [stories["b1"]]
    assert list_ids(StoryFilter(language="pt")) == list_ids(StoryFilter(language="pt-BR")) == [stories["b1"]]
    assert list_ids(StoryFilter(language="p")) == []


def test_stories_are_sorted(stories: dict[str, UUID]) -> None:
    ferry, bridge = stories["f1"], stories["b1"]
    assert list_ids(StoryFilter(), StorySort.PUBLISHED) == [bridge, ferry]
    for sort in (StorySort.LAST_COPY, StorySort.COPIES, StorySort.WIRES):
        assert list_ids(StoryFilter(), sort) == [ferry, bridge]


@pytest.mark.parametrize("sort", StorySort)
def test_pages_of_list_have_each_story_once(store: ArticleStore, sort: StorySort) -> None:
    texts = [" ".join(f"word{number}x{place}" for place in range(60)) for number in range(7)]
    # Several have the same time, which the sort key alone cannot distinguish.
    documents = [Document(text[:8], text[:30], text, NOW + timedelta(hours=n // 3)) for n, text in enumerate(texts)]
    store.process(store.insert(documents, "north"))
    found: list[UUID] = []
    after = ""
    with read_transaction(load_settings()) as connection:
        while True:
            page = list_stories(connection, StoryFilter(), sort, after, limit=2)
            assert page.total == 7
            found += [story.story_id for story in page.rows]
            if page.end is None:
                break
            after = page.end.encode()
    assert len(found) == len(set(found)) == 7
    assert found == list_ids(StoryFilter(), sort)


def test_page_links_to_the_rest_of_the_same_list(store: ArticleStore, tmp_path: Path) -> None:
    texts = [" ".join(f"word{number}x{place}" for place in range(60)) for number in range(53)]
    store.process(store.insert([Document(text[:8], text[:30], text, NOW) for text in texts], "north"))
    query = "stories?since=2026-03-01&wire=north&sort=last"
    ((status, _, text, _),) = request_pages(tmp_path, f"/{query}")
    assert status == 200
    assert "1–50 of 53 stories" in text
    (following,) = [html.unescape(link) for link in re.findall(r'<a href="([^"]*)" rel="next">', text)]
    assert following.startswith(query)
    assert f'<a href="{html.escape(query)}" target="_top">Permalink</a>' in text
    assert '<option value="last" selected>' in text
    ((_, _, rest, _),) = request_pages(tmp_path, f"/{following}")
    assert "51–53 of 53 stories" in rest


def test_list_says_what_to_do_if_nothing_is_found(stories: dict[str, UUID], tmp_path: Path) -> None:
    paths = {
        "/stories?q=walrus": (200, "No stories match. Articles are stored from"),
        "/stories?q=%22%22": (400, "has no words"),
        "/stories?q=" + "a" * 1500: (400, "has more than 1000 characters"),
        "/stories?since=soon": (400, "use ISO 8601 or a relative time"),
        "/stories?since=now&until=yesterday": (400, "is empty"),
        "/stories?wire=nort": (404, "No wire named 'nort'."),
        "/stories?language=English": (400, "is not a language code"),
        "/stories?min_copies=0": (400, "is not a number of copies"),
        "/stories?min_copies=" + "0" * 19 + "1" + "9" * 100: (400, "is not a number of copies"),
        "/stories?state=dead": (400, "is not one of the choices"),
        "/stories?sort=best": (400, "is not one of the choices"),
        "/stories?after=x": (400, "The link to this page of the list is invalid."),
        "/stories?q=" + quote("<script>alert(1)</script>"): (200, "&lt;script&gt;alert(1)"),
        "/stories?q=%00": (404, "Not found"),
        # Whether a replacement character alone is a word depends on the server's locale.
        "/stories?q=%ED%A0%80+nowhere": (200, "No stories match"),
        "/stories?q=" + "a" * 5000: (422, "at most 2000 characters"),
    }
    for (path, (status, part)), answer in zip(paths.items(), request_pages(tmp_path, *paths), strict=True):
        assert (path, answer[0]) == (path, status)
        assert (path, part) == (path, part if part in html.unescape(answer[2]) or part in answer[2] else answer[2])


def test_empty_database_says_how_stories_appear(database: str, tmp_path: Path) -> None:
    ((status, _, text, headers),) = request_pages(tmp_path, "/stories")
    assert status == 200
    assert "No stories yet. Unpause" in text
    assert "form-action 'self'" in headers["content-security-policy"]


@pytest.mark.parametrize("key", [[float("inf")], [0, 2**70], [0, 1, "a\0b"], [0, 1, "\ud800"], [0, 1], [0, "x", "y"]])
def test_position_that_the_database_could_not_store_is_bad_input(key: list[object]) -> None:
    offset, *rest = key
    text = Position(offset, rest).encode()  # type: ignore[arg-type]  # as in a URL that was made by hand
    with pytest.raises(BadInput):
        decode_position(text, (int, str))
