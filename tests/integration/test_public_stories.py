"""Stories as the public sees them: the source, the versions, what digests contain, what was killed and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import dict_row
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.views import story_queries
from tests.article_store import PROFILE, Newsroom, name_article
from tests.story_builder import NOON, copy, cut, write_story

STORY = replace(write_story(1), agency="Hillwire")
KILLED = Document(STORY.id, "Story withdrawn", "Kill this story; the clerk was misquoted.", NOON, notice="kill")


@pytest.fixture
def room(database: str) -> Iterator[Newsroom]:
    with Newsroom.open(database) as found:
        yield found


def read(room: Newsroom, view: str) -> list[dict[str, Any]]:
    """All rows of a public view."""
    with room.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier("copydesk", view))).fetchall()


def show(room: Newsroom, *arguments: str) -> str:
    """What the command line says of the story of ``STORY``."""
    done = CliRunner().invoke(make_app(), ["story", str(room.story_of(STORY.id)), *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def list_events(room: Newsroom) -> list[str]:
    """Return the kinds of the published events, in order."""
    return [row["kind"] for row in sorted(read(room, "v_story_events"), key=lambda row: row["event_id"])]


def test_a_story_is_the_agencys_that_its_copies_credit(room: Newsroom) -> None:
    """The agency's own page is found last and bears a later time; the copies name it, and that decides."""
    early = replace(copy(STORY, "early", -2, title="The same below other words"), agency="Quay News")
    marked = replace(copy(STORY, "marked", 3, body=cut(STORY, 4)), agency="Hillwire", dateline="ALDMOOR")
    room.work(room.put([early], wire="quaynews", credit="Hillwire"))
    assert [(row["origin_agency"], row["origin_article"]) for row in read(room, "v_stories")] == [("Hillwire", None)]
    assert [row["origin_wire"] for row in read(room, "v_stories")] == [""], "nobody has said which wire that is"
    room.work(room.put([STORY], wire="hillwire") + room.put([marked], wire="ferrypost", credit="Hillwire"))
    (story,) = read(room, "v_stories")
    assert (story["origin_agency"], story["origin_wire"], story["origin_basis"]) == ("Hillwire", "hillwire", "credit")
    assert story["origin_article"] == name_article(STORY.id)
    assert story["representative"] == name_article("early"), "the earliest still represents it"
    copies = {row["article_id"]: row for row in read(room, "v_copies")}
    assert copies[name_article(STORY.id)]["is_origin"]
    late = copies[name_article("marked")]
    assert (late["origin_relation"], late["origin_delay"]) == ("excerpt", timedelta(hours=3))
    assert late["delay"] == timedelta(hours=5)
    assert copies[name_article("early")]["origin_delay"] == timedelta(hours=-2)


def test_an_agency_without_its_own_article_has_the_wire_that_is_that_agency(room: Newsroom) -> None:
    room.connection.execute("INSERT INTO copydesk.wire_agency VALUES ('hillwire', 'Hillwire')")
    room.work(room.put([replace(STORY, agency="Quay News")], wire="quaynews", credit="Hillwire"))
    assert [row["origin_wire"] for row in read(room, "v_stories")] == ["hillwire"]
    room.connection.execute("INSERT INTO copydesk.wire_agency VALUES ('hill-mirror', 'HILLWIRE')")
    assert [row["origin_wire"] for row in read(room, "v_stories")] == [""], "two wires may be meant"


def test_origins_do_not_depend_on_who_comes_first_and_again_writes_nothing(room: Newsroom) -> None:
    articles = room.put([STORY], wire="hillwire") + room.put([copy(STORY, "c")], wire="quaynews", credit="Hillwire")
    for article in reversed(articles):
        room.work([article])
    where = "SELECT *, ctid::text, xmin::text FROM copydesk.story_origin"
    before = room.connection.execute(where).fetchall()
    assert len(before) == 1
    room.work(articles)
    assert room.connection.execute(where).fetchall() == before


def test_corrections_are_versions_of_the_story(room: Newsroom) -> None:
    """One on the article's own page, one on a page of its own."""
    room.work(room.put([STORY], wire="hillwire") + room.put([copy(STORY, "c")], wire="quaynews", credit="Hillwire"))
    figure = next(word for word in STORY.body.split() if word[0].isdigit())
    mended = replace(STORY, body=STORY.body.replace(figure, "77"), notice="correction")
    update = replace(copy(mended, "u", 2, title=f"UPDATE 1-{STORY.title} again"), notice="update")
    room.work(room.put([mended], wire="hillwire"))
    room.work(room.put([replace(update, body=f"{update.body}\n\nThe pier holds 41 boats.")], wire="hillwire"))
    assert len(set(room.partition().values())) == 1
    versions = story_queries.list_story_versions(room.connection, PROFILE.profile_id, room.story_of(STORY.id))
    assert sorted(version.name for version in versions) == ["correction", "original", "update 1"]
    corrected = next(version for version in versions if version.name == "correction")
    assert versions[0].name == "original"
    assert corrected.wire == "hillwire"
    (story,) = read(room, "v_stories")
    assert (story["copies"], story["notice"]) == (3, "correction")
    told = json.loads(show(room, "--json"))
    assert [version["name"] for version in told["versions"]] == [version.name for version in versions]
    assert "figures removed" in show(room)


def test_a_kill_withdraws_the_story_from_the_public_and_keeps_the_trail(room: Newsroom) -> None:
    room.work(room.put([STORY, copy(STORY, "c", 2)], wire="hillwire"))
    room.work(room.put([KILLED], wire="hillwire"))
    assert read(room, "v_stories") == read(room, "v_copies") == read(room, "v_articles") == []
    (killed,) = read(room, "v_killed_stories")
    assert (killed["title"], killed["copies"], killed["kill_wire"]) == (STORY.title, 2, "hillwire")
    assert killed["kill_text"] == KILLED.body
    assert killed["killed_at"] is not None
    assert list_events(room) == ["founded", "joined", "killed"]
    page = show(room)
    assert page.startswith(STORY.title)
    assert "[killed]" in page
    assert KILLED.body in page
    assert [json.loads(line)["kind"] for line in show(room, "--events", "--json").splitlines()] == [
        "founded",
        "joined",
        "killed",
    ]
    room.work(room.put([replace(STORY, body=f"{STORY.body}\n\nThe desk stands by the story.")], wire="hillwire"))
    assert read(room, "v_killed_stories") == []
    assert len(read(room, "v_copies")) == 2
    assert "revived" in show(room, "--events")


def test_a_kill_on_a_page_of_its_own(room: Newsroom) -> None:
    room.work(room.put([STORY, write_story(2)], wire="hillwire"))
    notice = Document("k", f"KILL: {STORY.title}", "Kill this story, no copy follows.", NOON, notice="kill")
    room.work(room.put([notice], wire="hillwire"))
    assert [row["story_id"] for row in read(room, "v_stories")] == [room.story_of(write_story(2).id)]
    (killed,) = read(room, "v_killed_stories")
    assert (killed["kill_article"], killed["title"]) == (name_article("k"), STORY.title)
    versions = story_queries.list_story_versions(room.connection, PROFILE.profile_id, room.story_of(STORY.id))
    assert [version.name for version in versions if version.kill_text] == ["kill"]


def test_a_digest_is_linked_with_its_items_whoever_comes_first(room: Newsroom) -> None:
    items = [STORY, *(write_story(seed) for seed in range(2, 7))]
    told = "\n\n".join(f"{item.title.upper()} - {item.body.split(chr(10))[0]}" for item in items)
    digest = Document("digest", "Evening digest", f"The news at seven.\n\n{told}", NOON + timedelta(hours=7))
    room.work(room.put([*items[:3], digest]))
    room.work(room.put(items[3:]))
    assert len(read(room, "v_stories")) == 7, "a digest is none of its items"
    parts = read(room, "v_digest_items")
    assert {row["digest_story"] for row in parts} == {room.story_of("digest")}
    assert {row["item_story"] for row in parts} == {room.story_of(item.id) for item in items}
    assert "Evening digest" in show(room).split("Digests that contain this story")[1]
    held = story_queries.list_digest_items(room.connection, PROFILE.profile_id, room.story_of("digest"))
    assert [part.is_container for part in held] == [True] * 6
    room.work(room.put([KILLED]))
    assert len(read(room, "v_digest_items")) == 5, "a killed item is no longer shown"


def test_merged_and_split_stories_are_told(room: Newsroom) -> None:
    stranger = replace(write_story(2), id="late", published_at=NOON + timedelta(hours=1))
    room.work(room.put([STORY, stranger]))
    room.work(room.put([copy(STORY, "late", 1)]))
    room.work(room.put([stranger]))
    assert list_events(room) == ["founded", "founded", "joined", "left", "merged", "founded", "split", "left"]
    assert {row["related_story"] for row in read(room, "v_story_events")} > {room.story_of(STORY.id)}
    assert len(read(room, "v_stories")) == 2
