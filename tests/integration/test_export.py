"""`copydesk export`: the rows of the views as lines, safe in a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.views.exports import format_cell
from tests.article_store import ArticleStore

AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
BODY = "The ferry to the island sails again after the storm, the harbour master said on Wednesday morning. " * 4
FORMULA = '=HYPERLINK("https://bad.example","Ferry; sails, again")'


@pytest.fixture
def store(database: str) -> Iterator[ArticleStore]:
    found = ArticleStore(database)
    ids = found.insert([Document("one", FORMULA, BODY, AT)], "north")
    ids += found.insert([Document("two", "Ferry sails again", BODY, AT + timedelta(hours=2))], "east")
    other = "The council of the town approved a new budget for its schools and libraries after a long debate. " * 4
    ids += found.insert([Document("three", "Town “approves” budget\nat last", other, AT + timedelta(hours=3))], "east")
    found.process(ids)
    yield found
    found.close()


def export(*arguments: str) -> str:
    done = CliRunner().invoke(make_app(), ["export", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("store")
def test_json_lines_have_the_columns_of_the_views() -> None:
    stories = [json.loads(line) for line in export("stories").splitlines()]
    assert [(one["title"], one["copies"]) for one in stories] == [(FORMULA, 2), ("Town “approves” budget\nat last", 1)]
    copies = [json.loads(line) for line in export("copies", "--wire", "east").splitlines()]
    assert sorted(one["delay"] for one in copies) == [0, 7200]
    articles = [json.loads(line) for line in export("articles", "--since", "2026-03-04T12:00Z").splitlines()]
    assert [one["wire"] for one in articles] == ["east", "east"]
    assert articles[0]["body"] == BODY
    assert export("articles", "--until", "2026-03-04T10:00Z") == ""


@pytest.mark.usefixtures("store")
def test_csv_escapes_formulas_and_round_trips(tmp_path: Path) -> None:
    path = tmp_path / "stories.csv"
    export("stories", "-o", str(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == ["'" + FORMULA, "Town “approves” budget\nat last"]
    assert rows[0]["body"] == BODY
    assert [row["copies"] for row in rows] == ["2", "1"]
    assert list(tmp_path.iterdir()) == [path]


def test_cell_is_never_a_formula() -> None:
    assert [format_cell(text) for text in ("=1", "+1", "-1", "@a", "\tx", "＝1", "a=1")] == [
        "'=1", "'+1", "'-1", "'@a", "'\tx", "'＝1", "a=1",
    ]  # fmt: skip
    assert [format_cell(value) for value in (-3, None, True, timedelta(minutes=-1), ["=x"], AT)] == [
        "-3", "", "true", "-60.0", '["=x"]', "2026-03-04T10:00:00+00:00",
    ]  # fmt: skip


def test_invalid_arguments_are_reported(database: str, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(make_app(), ["export", "rumours"]).exit_code == 2
    done = runner.invoke(make_app(), ["export", "--since", "next week"])
    assert "Invalid time" in str(done.exception)
    done = runner.invoke(make_app(), ["export", "-o", str(tmp_path / "none" / "x.csv")])
    assert "Cannot write " in str(done.exception)
