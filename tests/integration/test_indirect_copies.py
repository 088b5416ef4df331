"""Every copy has its relation to the representative and the origin; a copy of a copy, via the copy between."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from tests.article_store import ArticleStore, article_id_for
from tests.story_builder import NOON, copy, cut, make_corpus, make_story

STORY = make_story(1)
NEWS = make_story(2)
UPDATE = copy(STORY, "update", 1, body=f"{cut(NEWS, 3)}\n\n{STORY.body}", notice="update")
"""The first version below new paragraphs, under the same title."""
PART = copy(UPDATE, "part", 2, body=cut(NEWS, 3), title="Other words above the news")
"""Only the new paragraphs of the update, without the first version."""
LONGER = copy(UPDATE, "longer", 3, body=f"{cut(NEWS, 3)}\n\n{make_story(3).body}", title=PART.title)
"""A site's extension of that, which shares too little with the update."""


def read_copies(store: ArticleStore) -> dict[UUID, dict[str, Any]]:
    with store.connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM copydesk.v_copies").fetchall()
    return {row["article_id"]: row for row in rows}


def test_copy_of_a_copy_is_indirect_via_the_copy_between(store: ArticleStore) -> None:
    store.process(store.insert([STORY, UPDATE, PART, LONGER]))
    assert set(store.read_partition().values()) == {article_id_for(STORY.id)}
    copies = read_copies(store)

    def get_relation(name: str) -> tuple[str, UUID | None, str]:
        row = copies[article_id_for(name)]
        assert (row["relation"], row["via"], row["via_relation"]) == (
            row["origin_relation"],
            row["origin_via"] or row["via"],
            row["origin_via_relation"] or row["via_relation"],
        ), "the representative is the origin too"
        return row["relation"], row["via"], row["via_relation"]

    assert get_relation(STORY.id) == ("", None, "")
    assert get_relation("update") == ("revision", None, "")
    assert get_relation("part") == ("indirect", article_id_for("update"), "revision")
    assert get_relation("longer") == ("indirect", article_id_for("part"), "revision")
    assert copies[article_id_for("part")]["origin_via"] == article_id_for("update")
    assert copies[article_id_for("longer")]["origin_via"] is None, "more than one copy is between"


def test_copy_similar_only_to_the_representative_relates_to_it(store: ArticleStore) -> None:
    """The agency's own article was found late and is longer: an excerpt of the early text shares too little with it."""
    late = replace(UPDATE, agency="Hillwire", notice="")
    other = copy(STORY, "other", 2, title="Nothing alike", body=cut(STORY, 5))
    store.process(store.insert([late], wire="hillwire"))
    store.process(store.insert([STORY, other], wire="quaynews", credit="Hillwire"))
    copies = read_copies(store)
    assert copies[late_id := article_id_for(late.id)]["is_origin"]
    assert copies[article_id_for(STORY.id)]["is_representative"]
    row = copies[article_id_for("other")]
    assert (row["relation"], row["via"]) == ("excerpt", None)
    assert (row["origin_relation"], row["origin_via"], row["origin_via_relation"]) == (
        "indirect",
        article_id_for(STORY.id),
        "excerpt",
    )
    assert copies[article_id_for(STORY.id)]["origin_relation"] == copies[late_id]["relation"] == "excerpt"


def test_story_command_shows_indirect_copies(store: ArticleStore) -> None:
    store.process(store.insert([STORY, UPDATE, PART]))

    def run_story_command(*arguments: str) -> str:
        done = CliRunner().invoke(make_app(), ["story", str(store.get_story_id(STORY.id)), *arguments])
        assert done.exit_code == 0
        return done.output

    assert "indirect (revision)" in run_story_command()
    (row,) = [one for one in json.loads(run_story_command("--json"))["copies"] if one["relation"] == "indirect"]
    assert (row["via"], row["via_relation"]) == (str(article_id_for("update")), "revision")
    assert (row["origin_via"], row["origin_via_relation"]) == (str(article_id_for("update")), "revision")


def test_every_copy_has_a_relation_and_a_path(store: ArticleStore) -> None:
    store.process(store.insert([*make_corpus(5, 30), STORY, UPDATE, PART, LONGER, make_story(4, published_at=NOON)]))
    copies = read_copies(store)
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
