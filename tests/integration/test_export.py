"""`copydesk export`: the rows of the views as lines, safe in a spreadsheet."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from psycopg.rows import dict_row
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from typer.testing import CliRunner

from copydesk.pipeline.cli.registry import make_app
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.documents import read_documents
from copydesk.pipeline.views.exports import format_cell, unescape_cell
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


@pytest.fixture
def articles(store: ArticleStore) -> list[dict[str, object]]:
    """Return the rows of v_articles with values of each type, as an export writes them to JSON."""
    values = {
        "tickers": ["NYSE:ABC", '=X, "Y"', ""], "author": "a\r\n'=b", "dropped": '[{"text": "=1\\n"}]',
        "modified": datetime(2026, 3, 4, 10, 0, 0, 123456, timezone(timedelta(hours=5))), "offset": -timedelta(hours=5),
    }  # fmt: skip
    store.connection.execute(
        "UPDATE copydesk.article_version SET tickers = %(tickers)s, author = %(author)s, modified_at = %(modified)s,"
        " published_offset = %(offset)s, dropped = %(dropped)s WHERE title LIKE 'Town%%'",
        values,
    )
    store.connection.commit()
    with store.connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT * FROM copydesk.v_articles ORDER BY published_at, article_id").fetchall()
    store.connection.commit()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, datetime):
                row[name] = value.astimezone(UTC)
            elif isinstance(value, timedelta):
                row[name] = value.total_seconds()
            elif not isinstance(value, str | int | list | None):
                row[name] = str(value)
    assert [row["published_offset"] for row in rows] == [None, None, -18000.0]
    return rows


def read_json_lines(text: str) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in text.splitlines()]
    return [
        {
            name: datetime.fromisoformat(value) if value and name.endswith("_at") else value
            for name, value in row.items()
        }
        for row in rows
    ]


def test_json_lines_read_back_equal(articles: list[dict[str, object]], tmp_path: Path) -> None:
    export("articles", "-o", str(tmp_path / "a.jsonl.gz"))
    with gzip.open(tmp_path / "a.jsonl.gz", "rt", encoding="utf-8") as file:
        assert read_json_lines(file.read()) == articles
    assert read_json_lines(export("articles", "-o", "-")) == articles


def test_parquet_reads_back_equal(articles: list[dict[str, object]], tmp_path: Path) -> None:
    export("articles", "-o", str(tmp_path / "a.parquet"))
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.schema.field("published_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("tickers").type == pa.list_(pa.field("element", pa.string()))
    rows = [{**row, "dropped": json.loads(row["dropped"])} for row in table.to_pylist()]
    assert rows == articles
    export("stories", "--wire", "none", "-o", str(tmp_path / "none.parquet"))
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0


@pytest.mark.parametrize("options", [("--raw",), ()])
def test_csv_reads_back_equal(articles: list[dict[str, object]], tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "a.csv.zst"
    export("articles", "-o", str(path), *options)
    texts = dict.fromkeys(articles[0], pa.string())
    table = arrow_csv.read_csv(
        pa.input_stream(str(path), compression="zstd"),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=texts, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    )
    rows = [
        {name: restore(name, value, unescape=not options) for name, value in row.items()} for row in table.to_pylist()
    ]
    assert rows == articles


def restore(name: str, text: str | None, *, unescape: bool) -> object:
    """Return the value of a cell."""
    if text is None:
        return None
    text = unescape_cell(text) if unescape else text
    if name in {"tickers", "isins", "dropped"}:
        return json.loads(text)
    if name in {"published_given", "truncated"}:
        return text == "true"
    if name == "versions":
        return int(text)
    if name == "published_offset":
        return float(text)
    return datetime.fromisoformat(text) if name.endswith("_at") else text


@pytest.mark.unsound  # stories without sketches
def test_memory_does_not_grow_with_the_number_of_rows(database: str, tmp_path: Path) -> None:
    peaks: dict[str, list[int]] = {"csv.gz": [], "jsonl": [], "parquet": []}
    for first, last in ((1, 2_000), (2_001, 20_000)):
        insert_stories(database, first, last)
        for extension, values in peaks.items():
            values.append(measure_export(tmp_path / f"stories.{extension}", last))
    assert all(large < small + MAX_GROWTH_BYTES for small, large in peaks.values()), peaks


MAX_GROWTH_BYTES = 20 << 20
"""18,000 more rows are 50 MB as Python objects. A Parquet file has row groups of 5,000 rows."""


def insert_stories(database: str, first: int, last: int) -> None:
    """Insert stories with these numbers."""
    text = (Path(__file__).parents[1] / "many_stories.sql").read_text("utf-8")
    with psycopg.connect(database) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(text, {"first": first, "last": last})
        cursor.execute("ANALYZE")


def measure_export(path: Path, rows: int) -> int:
    """Export all stories in a new process; return its peak memory in bytes."""
    code = (
        "import resource, sys; from copydesk.pipeline.cli.main import run\n"
        "try: run()\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)\n"
    )
    command = [sys.executable, "-c", code, "export", "stories", "-o", str(path)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    assert done.stderr == f"{rows} stories.\n"
    return int(done.stdout)


def test_invalid_arguments_are_reported(database: str, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(make_app(), ["export", "rumours"]).exit_code == 2
    done = runner.invoke(make_app(), ["export", "--since", "next week"])
    assert "Invalid time" in str(done.exception)
    done = runner.invoke(make_app(), ["export", "-o", str(tmp_path / "none" / "x.csv")])
    assert "Cannot write " in str(done.exception)


@pytest.mark.usefixtures("store")
def test_articles_are_exported_by_month_and_unchanged_months_skipped(store: ArticleStore, tmp_path: Path) -> None:
    april = datetime(2026, 4, 1, tzinfo=UTC)
    times = {"four": april - timedelta(seconds=1), "five": april}
    ids = [store.insert([Document(name, name, f"{BODY} {name}", at)], "west")[0] for name, at in times.items()]
    store.process(ids)
    folder = tmp_path / "out"

    def run(*more: str) -> str:
        done = CliRunner().invoke(make_app(), ["export", "articles", "-o", f"{folder}/", *more], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stderr

    assert "5 articles in 2 months; 0 months unchanged." in run()
    march, next_month = (folder / f"month=2026-0{number}" / "articles.parquet" for number in (3, 4))
    table = parquet.read_table(march, partitioning=None)
    assert table.schema.metadata[b"copydesk.table"] == b"documents"
    (lines,) = ([json.loads(line) for line in export("articles", "--until", "2026-04-01T00:00Z").splitlines()],)
    assert table.column("id").to_pylist() == [line["article_id"] for line in lines]
    assert table.column("body").to_pylist() == [line["body"] for line in lines]
    read = list(read_documents(str(folder)))
    assert [one.id for one in read if isinstance(one, Document)] == [
        json.loads(line)["article_id"] for line in export("articles").splitlines()
    ]
    before = {file: file.stat().st_ino for file in (march, next_month)}
    assert "5 articles in 0 months; 2 months unchanged." in run()
    next_month.write_bytes(next_month.read_bytes()[:100])  # as a copy that was interrupted leaves it
    assert "5 articles in 1 month; 1 month unchanged." in run()
    store.process(store.insert([Document("six", "six", f"{BODY} six", AT)], "west"))
    assert "6 articles in 1 month; 1 month unchanged." in run()
    assert march.stat().st_ino != before[march]
    assert "1 article in 0 months; 1 month unchanged." in run("--since", "2026-04-01T00:00Z", "--wire", "west")
    with pytest.raises(BadInput, match="only articles are exported to a folder"):
        CliRunner().invoke(make_app(), ["export", "stories", "-o", f"{folder}/"], catch_exceptions=False)
