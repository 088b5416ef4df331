"""Stories in the public views: their origin, versions, digests, kills and events."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.store.wire_names import rename_wire
from copydesk.pipeline.views import story_queries
from tests.article_store import PROFILE, ArticleStore, article_id_for
from tests.story_builder import NOON, copy, cut, make_story

STORY = replace(make_story(1), agency="Hillwire")
KILLED = Document(STORY.id, "Story withdrawn", "Kill this story; the clerk was misquoted.", NOON, notice="kill")


def read_view(store: ArticleStore, view: str) -> list[dict[str, Any]]:
    """Return all rows of a public view."""
    with store.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("copydesk", view))).fetchall()


def run_story_command(store: ArticleStore, *arguments: str) -> str:
    """Run ``copydesk story`` for ``STORY``; return its output."""
    done = CliRunner().invoke(
        make_app(), ["story", str(store.get_story_id(STORY.id)), *arguments], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.output


def list_events(store: ArticleStore) -> list[str]:
    """Return the kinds of the published events, in order."""
    return [row["kind"] for row in sorted(read_view(store, "v_story_events"), key=lambda row: row["event_id"])]


def test_origin_is_the_agency_that_copies_credit(store: ArticleStore) -> None:
    """The agency's own page is found last and has a later time, but the copies credit the agency, which decides."""
    early = replace(copy(STORY, "early", -2, title="The same below other words"), agency="Quay News")
    marked = replace(copy(STORY, "marked", 3, body=cut(STORY, 4)), agency="Hillwire", dateline="ALDMOOR")
    store.process(store.insert([early], wire="quaynews", credit="Hillwire"))
    assert [(row["origin_agency"], row["origin_article"]) for row in read_view(store, "v_stories")] == [
        ("Hillwire", None)
    ]
    assert [row["origin_wire"] for row in read_view(store, "v_stories")] == [""], "the agency's wire is not known"
    store.process(store.insert([STORY], wire="hillwire") + store.insert([marked], wire="ferrypost", credit="Hillwire"))
    (story,) = read_view(store, "v_stories")
    assert (story["origin_agency"], story["origin_wire"], story["origin_basis"]) == ("Hillwire", "hillwire", "credit")
    assert story["origin_article"] == article_id_for(STORY.id)
    assert story["representative"] == article_id_for("early"), "the earliest copy is still the representative"
    copies = {row["article_id"]: row for row in read_view(store, "v_copies")}
    assert copies[article_id_for(STORY.id)]["is_origin"]
    late = copies[article_id_for("marked")]
    assert (late["origin_relation"], late["origin_delay"]) == ("excerpt", timedelta(hours=3))
    assert late["delay"] == timedelta(hours=5)
    assert copies[article_id_for("early")]["origin_delay"] == timedelta(hours=-2)


def test_origin_wire_is_the_agencys_own_wire(store: ArticleStore) -> None:
    store.connection.execute("INSERT INTO copydesk.wire_state VALUES ('hillwire', 'Hillwire')")
    store.process(store.insert([replace(STORY, agency="Quay News")], wire="quaynews", credit="Hillwire"))
    assert [row["origin_wire"] for row in read_view(store, "v_stories")] == ["hillwire"]
    store.connection.execute("INSERT INTO copydesk.wire_state VALUES ('hill-mirror', 'HILLWIRE')")
    assert [row["origin_wire"] for row in read_view(store, "v_stories")] == [""], "the wire is ambiguous"


def test_origin_does_not_depend_on_order_and_rerun_writes_nothing(store: ArticleStore) -> None:
    articles = store.insert([STORY], wire="hillwire") + store.insert(
        [copy(STORY, "c")], wire="quaynews", credit="Hillwire"
    )
    for article in reversed(articles):
        store.process([article])
    where = "SELECT *, ctid::text, xmin::text FROM copydesk.story_origin"
    before = store.connection.execute(where).fetchall()
    assert len(before) == 1
    store.process(articles)
    assert store.connection.execute(where).fetchall() == before


def test_corrections_are_versions_of_the_story(store: ArticleStore) -> None:
    """One on the article's own page, one on a separate page."""
    store.process(
        store.insert([STORY], wire="hillwire") + store.insert([copy(STORY, "c")], wire="quaynews", credit="Hillwire")
    )
    figure = next(word for word in STORY.body.split() if word[0].isdigit())
    corrected_document = replace(STORY, body=STORY.body.replace(figure, "77"), notice="correction")
    update = replace(copy(corrected_document, "u", 2, title=f"UPDATE 1-{STORY.title} again"), notice="update")
    store.process(store.insert([corrected_document], wire="hillwire"))
    store.process(store.insert([replace(update, body=f"{update.body}\n\nThe pier holds 41 boats.")], wire="hillwire"))
    assert len(set(store.read_partition().values())) == 1
    versions = story_queries.list_story_versions(store.connection, PROFILE.profile_id, store.get_story_id(STORY.id))
    assert sorted(version.name for version in versions) == ["correction", "original", "update 1"]
    corrected = next(version for version in versions if version.name == "correction")
    assert versions[0].name == "original"
    assert corrected.wire == "hillwire"
    (story,) = read_view(store, "v_stories")
    assert (story["copies"], story["notice"]) == (3, "correction")
    story_json = json.loads(run_story_command(store, "--json"))
    assert [version["name"] for version in story_json["versions"]] == [version.name for version in versions]
    assert "figures removed" in run_story_command(store)


def test_kill_hides_the_story_and_keeps_its_events(store: ArticleStore) -> None:
    store.process(store.insert([STORY, copy(STORY, "c", 2)], wire="hillwire"))
    store.process(store.insert([KILLED], wire="hillwire"))
    assert read_view(store, "v_stories") == read_view(store, "v_copies") == read_view(store, "v_articles") == []
    (killed,) = read_view(store, "v_killed_stories")
    assert (killed["title"], killed["copies"], killed["kill_wire"]) == (STORY.title, 2, "hillwire")
    assert killed["kill_text"] == KILLED.body
    assert killed["killed_at"] is not None
    assert list_events(store) == ["founded", "joined", "killed"]
    page = run_story_command(store)
    assert page.startswith(STORY.title)
    assert "[killed]" in page
    assert KILLED.body in page
    assert [json.loads(line)["kind"] for line in run_story_command(store, "--events", "--json").splitlines()] == [
        "founded",
        "joined",
        "killed",
    ]
    store.process(
        store.insert([replace(STORY, body=f"{STORY.body}\n\nThe desk stands by the story.")], wire="hillwire")
    )
    assert read_view(store, "v_killed_stories") == []
    assert len(read_view(store, "v_copies")) == 2
    assert "revived" in run_story_command(store, "--events")


def test_separate_kill_notice_hides_its_story(store: ArticleStore) -> None:
    store.process(store.insert([STORY, make_story(2)], wire="hillwire"))
    notice = Document("k", f"KILL: {STORY.title}", "Kill this story, no copy follows.", NOON, notice="kill")
    store.process(store.insert([notice], wire="hillwire"))
    assert [row["story_id"] for row in read_view(store, "v_stories")] == [store.get_story_id(make_story(2).id)]
    (killed,) = read_view(store, "v_killed_stories")
    assert (killed["kill_article"], killed["title"]) == (article_id_for("k"), STORY.title)
    versions = story_queries.list_story_versions(store.connection, PROFILE.profile_id, store.get_story_id(STORY.id))
    assert [version.name for version in versions if version.kill_text] == ["kill"]


def test_digest_is_linked_with_its_items_in_either_order(store: ArticleStore) -> None:
    items = [STORY, *(make_story(seed) for seed in range(2, 7))]
    item_texts = "\n\n".join(f"{item.title.upper()} - {item.body.split(chr(10))[0]}" for item in items)
    digest = Document("digest", "Evening digest", f"The news at seven.\n\n{item_texts}", NOON + timedelta(hours=7))
    store.process(store.insert([*items[:3], digest]))
    store.process(store.insert(items[3:]))
    assert len(read_view(store, "v_stories")) == 7, "a digest is not merged with its items"
    parts = read_view(store, "v_digest_items")
    assert {row["digest_story"] for row in parts} == {store.get_story_id("digest")}
    assert {row["item_story"] for row in parts} == {store.get_story_id(item.id) for item in items}
    assert "Evening digest" in run_story_command(store).split("Digests that contain this story")[1]
    digest_items = story_queries.list_digest_items(store.connection, PROFILE.profile_id, store.get_story_id("digest"))
    assert [part.is_container for part in digest_items] == [True] * 6
    store.process(store.insert([KILLED]))
    assert len(read_view(store, "v_digest_items")) == 5, "a killed item is no longer shown"


def test_merges_and_splits_are_published_as_events(store: ArticleStore) -> None:
    stranger = replace(make_story(2), id="late", published_at=NOON + timedelta(hours=1))
    store.process(store.insert([STORY, stranger]))
    store.process(store.insert([copy(STORY, "late", 1)]))
    store.process(store.insert([stranger]))
    assert list_events(store) == ["founded", "founded", "joined", "left", "merged", "founded", "split", "left"]
    assert {row["related_story"] for row in read_view(store, "v_story_events")} > {store.get_story_id(STORY.id)}
    assert len(read_view(store, "v_stories")) == 2


def test_sources_and_spread_of_a_story(store: ArticleStore) -> None:
    """Four outlets have one text: two with a credit, one without, and the agency itself."""
    store.process(
        store.insert([STORY], wire="hillwire")
        + store.insert([copy(STORY, "post", 0.5)], wire="ferrypost", credit="Hillwire")
        + store.insert([copy(STORY, "post-again", 1)], wire="ferrypost", credit="Hillwire")
        + store.insert([copy(STORY, "silent", 2, agency="")], wire="silent")
        + store.insert([copy(STORY, "quay", 4)], wire="quaynews", credit="Hillwire")
    )
    (story,) = read_view(store, "v_stories")
    assert (story["wires"], story["independent_sources"]) == (4, 1)
    sources = {row["wire"]: (row["origin"], row["basis"], row["evidence"]) for row in read_view(store, "v_sources")}
    assert sources["hillwire"] == ("Hillwire", "own", {})
    assert sources["ferrypost"] == ("Hillwire", "credit", {"credit": "Hillwire"})
    assert sources["silent"][:2] == ("Hillwire", "text")
    assert sources["silent"][2]["wire"] == "hillwire"
    spread = sorted(read_view(store, "v_spread"), key=lambda row: row["nth"])
    assert [(row["nth"], row["wire"], row["minutes"]) for row in spread] == [
        (1, "hillwire", 0), (2, "ferrypost", 30), (3, "silent", 120), (4, "quaynews", 240)
    ]  # fmt: skip
    assert {row["outlets"] for row in spread} == {4}
    text = run_story_command(store)
    assert "4 outlets, 1 independent source\n" in text
    assert "Spread: hillwire first, 2 of 4 outlets after 30 minutes, quaynews last after 240 minutes" in text
    assert "credits nobody, has the text of hillwire" in text
    shown = json.loads(run_story_command(store, "--json"))
    assert shown["independent_sources"] == 1
    assert [row["wire"] for row in shown["spread"]] == ["hillwire", "ferrypost", "silent", "quaynews"]
    assert len(shown["sources"]) == 4
    store.process(store.insert([replace(STORY, id="other")], wire="hillwire"))
    assert len(read_view(store, "v_sources")) == 4, "another copy of a wire is no other outlet"


def test_outlets_of_one_publisher_are_one_source(store: ArticleStore) -> None:
    store.connection.execute(
        "INSERT INTO copydesk.wire_state (wire, agency, owner) VALUES ('morning', '', 'Tide Press'),"
        " ('evening', '', 'Tide Press')"
    )
    first = replace(STORY, agency="")
    rewritten = copy(first, "rewritten", body=f"{cut(STORY, 6)}\n\n{cut(make_story(2), 2)}")
    store.process(store.insert([first], wire="morning") + store.insert([rewritten], wire="evening"))
    (story,) = read_view(store, "v_stories")
    assert (story["wires"], story["independent_sources"]) == (2, 1)
    assert {row["basis"] for row in read_view(store, "v_sources")} == {"owner"}


def test_passages_show_the_earliest_article_of_each_paragraph(store: ArticleStore) -> None:
    added = cut(make_story(3), 1)
    store.process(
        store.insert([STORY], wire="hillwire")
        + store.insert([copy(STORY, "post", 2, body=f"{STORY.body}\n\n{added}")], wire="ferrypost", credit="Hillwire")
        + store.insert([copy(STORY, "quay", 4, body=f"{cut(STORY, 6)}\n\n{added}")], wire="quaynews", credit="Hillwire")
    )
    lines = run_story_command(store, "--passages", "quaynews", "--json").splitlines()
    assert [json.loads(line)["wire"] for line in lines] == ["hillwire"] * 6 + ["ferrypost"]
    text = run_story_command(store, "--passages", "2")
    assert "this copy" in text
    assert "of the words are in earlier articles: hillwire" in text


def test_renamed_wire_without_agency_is_a_source_under_its_new_name(store: ArticleStore) -> None:
    store.process(store.insert([replace(STORY, agency="")], wire="morning"))
    assert [row["origin"] for row in read_view(store, "v_sources")] == ["morning"]
    rename_wire(store.connection, "morning", "evening")
    assert [(row["wire"], row["origin"]) for row in read_view(store, "v_sources")] == [("evening", "evening")]
