"""A story's page and two of its texts side by side, with the reasons why they are in one story."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from copydesk.pipeline.core.records import Document
from tests.article_store import ArticleStore, article_id_for
from tests.ui_requests import request_pages

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
LINES = [
    f"Paragraph {number} says that the ferry sails to pier {number} of the island after a storm." for number in range(9)
]
HOSTILE = "<script>alert(1)</script>\"'<img src=x>"


def test_copies_are_compared_word_by_word(store: ArticleStore, tmp_path: Path) -> None:
    changed = [*LINES[:4], LINES[4].replace("storm", "calm"), *LINES[5:], HOSTILE]
    ids = store.insert([Document("a", "Ferry sails again", "\n".join(LINES), NOW)], "north")
    ids += store.insert([Document("b", "Ferry sails again", "\n".join(changed), NOW + timedelta(hours=2))], "east")
    store.process(ids)
    story = store.get_story_id("a")
    a, b = article_id_for("a"), article_id_for("b")
    page, swapped, default, versions, absent, wrong, unknown = request_pages(
        tmp_path,
        f"/compare?story={story}&a={a}&b={b}", f"/compare?story={story}&a={b}&b={a}", f"/compare?story={story}",
        f"/compare?story={story}&a=v1&b={b}", f"/compare?story={story}&a=v9&b={b}", f"/compare?story={story}&a=x&b=%27",
        f"/compare?story={'0' * 36}",
    )  # fmt: skip
    assert [one[0] for one in (page, swapped, default, versions, absent, wrong, unknown)] == [200] * 4 + [404] * 3
    assert "<del>storm</del>" in page[2]
    assert "<ins>calm</ins>" in page[2]
    assert "<del>calm</del>" in swapped[2]
    assert "<del>storm</del>" in default[2]
    # Equal paragraphs are next to each other: one row each, with the title's.
    assert len(re.findall("<tr><td", page[2])) == 10
    assert "A copy keeps its title." in page[2]
    assert "They were published 2 hours apart." in page[2]
    assert "sequences of words of the shorter text are in the other one" in page[2]
    assert "&lt;script&gt;alert(1)" in page[2]
    assert "<img" not in page[2]
    ((status, _, text, _),) = request_pages(tmp_path, f"/story?id={story}")
    assert status == 200
    assert "A copy keeps its title." in text
    assert "Story founded" in text
    assert f"compare?story={story}&amp;a={a}&amp;b={b}" in text


def test_texts_of_any_size_are_compared(store: ArticleStore, tmp_path: Path) -> None:
    body = "\n".join(LINES)
    store.process(store.insert([Document(name, "Ferry sails again", body, NOW) for name in ("a", "b")], "north"))
    store.process(store.insert([Document("c", "Wheat harvest shrinks", "Little rain fell. " * 40, NOW)], "north"))
    store.connection.execute(
        "UPDATE copydesk.article_version SET body = repeat('\"&<', 3500000), title = repeat('\"', 100000)"
        " WHERE title LIKE 'Ferry%'"
    )
    store.connection.commit()
    large, single = request_pages(
        tmp_path, f"/compare?story={store.get_story_id('a')}", f"/compare?story={store.get_story_id('c')}"
    )
    assert large[0] == 200
    assert large[1] < 2 * 1024 * 1024
    assert "The first 20000 characters of each are compared" in large[2]
    assert single[0] == 404
    assert "nothing to compare" in single[2]
