"""Samples of changes in Airflow's approval form."""

from __future__ import annotations

from typing import Any

from copydesk.dags.support.sample_markdown import format_samples


def make_sample(**values: Any) -> dict[str, Any]:
    return {"title": "Ferry sails again", "event": "", "articles": [], "hidden": 0, **values}


def make_article(**values: Any) -> dict[str, Any]:
    return {"wire": "north", "url": "https://north.example/1", "title": "T", "moved_from": "", "changes": [], **values}


def test_no_samples_give_no_text() -> None:
    assert format_samples([]) == ""


def test_differences_are_lines_of_a_diff_by_story() -> None:
    changes = [["equal", "The ferry … "], ["removed", "sails"], ["added", "sailed\non Monday"]]
    text = format_samples([
        make_sample(event="merges “A”", articles=[make_article(changes=changes, moved_from="B")], hidden=2)
    ])  # fmt: skip
    assert text.splitlines() == [
        "", "Samples, story by story:", "", "**Ferry sails again** merges “A”", "",
        r"north https\://north\.example/1 moves here from “B”", "", "```diff",
        "  The ferry … ", "- sails", "+ sailed", "+ on Monday", "```", "", "and 2 more articles of this story",
    ]  # fmt: skip


def test_text_of_strangers_cannot_format_the_form() -> None:
    hostile = "![x](https://evil.example/p.png) <img src=x> ``` | # a\n# b"
    text = format_samples(
        [make_sample(title=hostile, articles=[make_article(title=hostile, changes=[["added", hostile]])])]
    )
    head, _, rest = text.partition("```diff\n")
    block, fence, after = rest.partition("```")
    assert r"\!\[x\]\(https\:" in head
    assert "\n#" not in head
    assert all(line.startswith("+ ") for line in block.splitlines())
    assert (fence, after) == ("```", "")
