"""Every copy's relation to representative and origin is shown; for a copy of a copy, via the copy between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from tests.article_store import Newsroom, name_article
from tests.story_builder import NOON, copy, cut, make_corpus, write_story

STORY = write_story(1)
NEWS = write_story(2)
UPDATE = copy(STORY, "update", 1, body=f"{cut(NEWS, 3)}\n\n{STORY.body}", notice="update")
"""The first version below new paragraphs, under the same title."""
PART = copy(UPDATE, "part", 2, body=cut(NEWS, 3), title="Other words above the news")
"""Of the update the new paragraphs alone: nothing of the first version is left."""
LONGER = copy(UPDATE, "longer", 3, body=f"{cut(NEWS, 3)}\n\n{write_story(3).body}", title=PART.title)
"""What a site made of that: it shares too little with the update."""


@pytest.fixture
def room(database: str) -> Iterator[Newsroom]:
    with Newsroom.open(database) as found:
        yield found


def read_copies(room: Newsroom) -> dict[UUID, dict[str, Any]]:
    with room.connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM copydesk.v_copies").fetchall()
    return {row["article_id"]: row for row in rows}


def test_a_copy_of_a_copy_is_indirect_and_the_copy_between_is_named(room: Newsroom) -> None:
    room.work(room.put([STORY, UPDATE, PART, LONGER]))
    assert set(room.partition().values()) == {name_article(STORY.id)}
    copies = read_copies(room)

    def tell(name: str) -> tuple[str, UUID | None, str]:
        row = copies[name_article(name)]
        assert (row["relation"], row["via"], row["via_relation"]) == (
            row["origin_relation"],
            row["origin_via"] or row["via"],
            row["origin_via_relation"] or row["via_relation"],
        ), "the representative is the origin too"
        return row["relation"], row["via"], row["via_relation"]

    assert tell(STORY.id) == ("", None, "")
    assert tell("update") == ("revision", None, "")
    assert tell("part") == ("indirect", name_article("update"), "revision")
    assert tell("longer") == ("indirect", name_article("part"), "revision")
    assert copies[name_article("part")]["origin_via"] == name_article("update")
    assert copies[name_article("longer")]["origin_via"] is None, "more than one copy is between"


def test_a_copy_that_is_like_the_representative_alone_is_told_by_it(room: Newsroom) -> None:
    """The agency's own article was found late and is longer: who cut the early text shares too little with it."""
    late = replace(UPDATE, agency="Hillwire", notice="")
    other = copy(STORY, "other", 2, title="Nothing alike", body=cut(STORY, 5))
    room.work(room.put([late], wire="hillwire"))
    room.work(room.put([STORY, other], wire="quaynews", credit="Hillwire"))
    copies = read_copies(room)
    assert copies[late_id := name_article(late.id)]["is_origin"]
    assert copies[name_article(STORY.id)]["is_representative"]
    told = copies[name_article("other")]
    assert (told["relation"], told["via"]) == ("excerpt", None)
    assert (told["origin_relation"], told["origin_via"], told["origin_via_relation"]) == (
        "indirect",
        name_article(STORY.id),
        "excerpt",
    )
    assert copies[name_article(STORY.id)]["origin_relation"] == copies[late_id]["relation"] == "excerpt"


def test_the_command_line_tells_it_too(room: Newsroom) -> None:
    room.work(room.put([STORY, UPDATE, PART]))

    def show(*arguments: str) -> str:
        done = CliRunner().invoke(make_app(), ["story", str(room.story_of(STORY.id)), *arguments])
        assert done.exit_code == 0
        return done.output

    assert "indirect (revision)" in show()
    (told,) = [one for one in json.loads(show("--json"))["copies"] if one["relation"] == "indirect"]
    assert (told["via"], told["via_relation"]) == (str(name_article("update")), "revision")
    assert (told["origin_via"], told["origin_via_relation"]) == (str(name_article("update")), "revision")


def test_of_all_copies_there_is_a_relation_and_a_way(room: Newsroom) -> None:
    room.work(room.put([*make_corpus(5, 30), STORY, UPDATE, PART, LONGER, write_story(4, published_at=NOON)]))
    copies = read_copies(room)
    assert len(copies) > 80
    for article, row in copies.items():
        assert bool(row["relation"]) is not row["is_representative"]
        assert bool(row["via"]) is bool(row["via_relation"]) is (row["relation"] == "indirect")
        here, steps = article, 0
        while copies[here]["relation"] == "indirect":
            here, steps = copies[here]["via"], steps + 1
        assert steps <= 2
        if row["origin_delay"] is not None:
            assert bool(row["origin_relation"]) is not row["is_origin"]
