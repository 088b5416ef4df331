"""`copydesk stories --search`, `story --diff` and `articles`: what they find, and what they say otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from copydesk.pipeline.cli.completion import complete_story
from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views.story_queries import find_story
from tests.article_store import ArticleStore, article_id_for

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
BODY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
COPY = BODY.replace("Wednesday", "Thursday", 1)
COUNCIL = "The council of the town approved a new budget for its schools and libraries after a long debate. " * 4
HONG_KONG = "香港政府今天宣布新政策，市民可以在網上申請。" * 12


@pytest.fixture(autouse=True)
def store(database: str) -> Iterator[ArticleStore]:
    found = ArticleStore(database)
    ids = found.insert([Document("one", "Ferry sails again", BODY, AT)], "northgate")
    ids += found.insert([Document("two", "Ferry sails again", COPY, AT + timedelta(hours=2))], "eastgate")
    ids += found.insert([Document("three", "Town approves budget", COUNCIL, AT + timedelta(hours=3))], "eastgate")
    ids += found.insert([Document("four", "香港新政策", HONG_KONG, AT + timedelta(hours=4))], "eastgate")
    found.process(ids)
    yield found
    found.close()


def run(*arguments: str) -> str:
    done = CliRunner().invoke(make_app(), arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def list_titles(*arguments: str) -> list[str]:
    return [json.loads(line)["title"] for line in run("stories", "--json", *arguments).splitlines()]


@pytest.mark.parametrize(
    ("search", "titles"),
    [
        ("FERRY", ["Ferry sails again"]),
        ("budget schools", ["Town approves budget"]),
        ('"new budget"', ["Town approves budget"]),
        ("ferry or budget", ["Ferry sails again", "Town approves budget"]),
        ("storm -thursday", ["Ferry sails again"]),
        ("網上申請", ["香港新政策"]),
    ],
)
def test_search_finds_words_of_any_copy(search: str, titles: list[str]) -> None:
    assert sorted(list_titles("--search", search)) == sorted(titles)


def test_search_without_words_is_rejected() -> None:
    with pytest.raises(BadInput, match="has no words"):
        run("stories", "--search", "!?")


def test_filters_combine_and_an_empty_result_says_how_to_widen_it() -> None:
    assert list_titles("--search", "ferry", "--wire", "eastgate", "--min-copies", "2") == ["Ferry sails again"]
    output = run("stories", "--search", "ferry", "--language", "de", "--since", "2026-03-01")
    assert output == (
        "No stories match --search 'ferry', --since 2026-03-01, --language de. Articles are stored from 2026-03-04"
        " 10:00 to 2026-03-04 14:00. Remove or widen an option.\n"
    )


@pytest.mark.parametrize("command", ["stories", "articles"])
def test_unknown_wire_is_an_error_with_suggestions(store: ArticleStore, command: str) -> None:
    store.connection.execute("INSERT INTO copydesk.wire_state (wire, agency) VALUES ('northgate', '')")
    store.connection.commit()
    with pytest.raises(NotFound) as caught:
        run(command, "--wire", "nothgate")
    assert str(caught.value).startswith("No wire named 'nothgate'. Did you mean northgate?")


def test_articles_are_listed_with_the_latest_first() -> None:
    rows = [json.loads(line) for line in run("articles", "--wire", "eastgate", "--limit", "2", "--json").splitlines()]
    assert [row["title"] for row in rows] == ["香港新政策", "Town approves budget"]
    assert "Ferry sails again" in run("articles")


def test_story_is_found_by_the_beginning_of_its_id(store: ArticleStore) -> None:
    story = str(store.get_story_id("one"))
    profile = get_live_profile_id(store.connection)
    for length in range(6, len(story) + 1):
        assert str(find_story(store.connection, profile, story[:length].upper()).story_id) == story
    for wrong in ("", story.replace("-", ""), f"{story}0", story[:9] + "-", "f" * 9, "İ"):
        with pytest.raises(NotFound):
            find_story(store.connection, profile, wrong)


def test_difference_is_shown_word_by_word(store: ArticleStore) -> None:
    story = str(store.get_story_id("one"))[:8]
    output = run("story", story, "--diff", "1", "2")
    assert output.startswith("--- northgate, 2026-03-04 10:00, https://wire.example/one\n+++ eastgate, ")
    assert "said on [-Wednesday-]{+Thursday+} morning." in output
    assert output.endswith("1 word removed, 1 word added.\n")
    assert run("story", story, "--diff", "northgate", str(article_id_for("two"))[:6]) == output
    row = json.loads(run("story", story, "--diff", "1", "eastgate", "--json"))
    assert [change["kind"] for change in row["body"]] == ["equal", "removed", "added", "equal"]
    assert "have the same words" in run("story", story, "--diff", "v1", "northgate")


@pytest.mark.parametrize(
    ("name", "message"),
    [("3", "no copy '3'"), ("v9", "no version v9. It has 1 version"), ("eastgat", "Did you mean eastgate?")],
)
def test_unknown_copy_is_an_error(store: ArticleStore, name: str, message: str) -> None:
    with pytest.raises(NotFound) as caught:
        run("story", str(store.get_story_id("one")), "--diff", "1", name)
    assert message in str(caught.value)


def test_parts_of_a_story_are_shown_alone(store: ArticleStore) -> None:
    story = str(store.get_story_id("one"))
    assert [json.loads(line)["wire"] for line in run("story", story, "--copies", "--json").splitlines()] == [
        "northgate", "eastgate",
    ]  # fmt: skip
    assert "original" in run("story", story, "--versions")
    with pytest.raises(BadInput, match="cannot be combined"):
        run("story", story, "--versions", "--copies")


def test_ids_of_stories_are_completed(store: ArticleStore) -> None:
    story = str(store.get_story_id("three"))
    assert complete_story(story[:6]) == [(story[:8], "Town approves budget")]
    assert len(complete_story("")) == 3
    assert complete_story("%") == []
