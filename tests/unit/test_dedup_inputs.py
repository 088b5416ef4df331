"""The files that ``copydesk dedup`` reads: every format and compression, by content, with the names that people use."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import typer
from pyarrow import parquet
from typer.testing import CliRunner, Result

from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.offline.documents import InvalidLine, read_documents
from copydesk.pipeline.offline.fields import DOCUMENT_FIELDS, FieldMap
from copydesk.pipeline.offline.row_times import parse_row_time
from tests.story_builder import copy, make_story

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Run = Callable[..., Result]
STORY = make_story(1, 4)
ROWS: list[dict[str, Any]] = [
    {"id": "a", "title": STORY.title, "body": STORY.body, "published_at": "2026-03-01T12:00:00+00:00"},
    {"id": "b", "title": 'Said, "twice"; or\n\tmore', "body": STORY.body, "published_at": "2026-03-01T13:00:00+00:00"},
    {"id": "c", "title": "Другая", "body": "雨が降った。", "published_at": None},
]


@pytest.fixture
def run() -> Run:
    return make_runner()


def make_runner() -> Run:
    app = typer.Typer()
    app.command()(dedup)
    return lambda *arguments, **more: CliRunner().invoke(app, [str(argument) for argument in arguments], **more)


def write_csv(items: list[dict[str, Any]], delimiter: str = ",", bom: str = "", newline: str = "\r\n") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(items[0]), delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(items)
    return (bom + text.getvalue()).encode()


def write_parquet(items: list[dict[str, Any]]) -> bytes:
    data = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(items), data)
    return data.getvalue()


def write_json_lines(items: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(item) + "\n" for item in items).encode()


FORMATS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "json lines": write_json_lines,
    "json lines without an end": lambda items: write_json_lines(items).rstrip(),
    "json array": lambda items: json.dumps(items).encode(),
    "indented json array": lambda items: b"\xef\xbb\xbf" + json.dumps(items, indent=2, ensure_ascii=False).encode(),
    "indented json objects": lambda items: "\n".join(json.dumps(item, indent=1) for item in items).encode(),
    "json object with a list": lambda items: json.dumps({"status": "ok", "articles": items}).encode(),
    "indented json object with a list": lambda items: json.dumps({"count": 3, "data": items}, indent=1).encode(),
    "json object by id": lambda items: json.dumps({item["id"]: item for item in items}).encode(),
    "csv": write_csv,
    "csv by semicolons": lambda items: write_csv(items, ";", "\ufeff"),
    "csv by tabs": lambda items: write_csv(items, "\t", newline="\n"),
    "csv by bars": lambda items: write_csv(items, "|"),
    "parquet": write_parquet,
}  # fmt: skip
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip in two members": lambda data: gzip.compress(data[:90]) + gzip.compress(data[90:]),
    "zstd": zstd.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "gzip twice": lambda data: gzip.compress(gzip.compress(data)),
}


def read(path: Path, *choices: str) -> list[Document | InvalidLine]:
    return list(read_documents(path, FieldMap.parse(DOCUMENT_FIELDS, choices)))


def read_one(path: Path, data: bytes, *choices: str) -> Document:
    path.write_bytes(data)
    (found,) = read(path, *choices)
    assert isinstance(found, Document), found
    return found


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_documents_whatever_the_name(tmp_path: Path, name: str, compression: str) -> None:
    path = tmp_path / "file.dat"
    path.write_bytes(COMPRESSIONS[compression](FORMATS[name](ROWS)))
    found = read(path)
    times = [datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC), None]
    assert found == [
        Document(row["id"], row["title"], row["body"], time) for row, time in zip(ROWS, times, strict=True)
    ]


@pytest.mark.parametrize("name", ["json lines", "json array", "csv", "parquet"])
def test_standard_input(run: Run, name: str) -> None:
    for compress in (bytes, gzip.compress, zstd.compress):
        result = run("-", input=compress(FORMATS[name](ROWS)))
        assert (result.exit_code, result.stdout) == (0, "a\ta\nb\ta\nc\tc\n"), result.stderr


@pytest.mark.parametrize(
    "names",
    [("id", "text"), ("id", "content"), ("url", "maintext"), ("link", "articleBody"), ("ID", "Text"), ("guid", "BODY")],
)
@pytest.mark.parametrize("write", [write_json_lines, write_csv, write_parquet])
def test_usual_names(tmp_path: Path, names: tuple[str, str], write: Callable[[list[dict[str, Any]]], bytes]) -> None:
    key, body = names
    row = {key: "https://wire.example/1", body: "Rain fell.", "headline": "Rain", "date": "2026-03-01", "lang": "en"}
    found = read_one(tmp_path / "file", write([row]))
    assert found == Document(
        "https://wire.example/1", "Rain", "Rain fell.", datetime(2026, 3, 1, tzinfo=UTC), language="en"
    )


def test_body_column_is_preferred_unless_empty(tmp_path: Path) -> None:
    row = {"id": 1, "url": "u", "content": "content", "text": "text", "body": "body"}
    assert read_one(tmp_path / "a", write_json_lines([row])).body == "body"
    assert read_one(tmp_path / "a", write_json_lines([row | {"body": ""}])).body == "text"
    assert read_one(tmp_path / "a", write_json_lines([row | {"id": None}])).id == "u"


def test_columns_of_any_name(run: Run, tmp_path: Path) -> None:
    items = [{"nr": number, "Artikel Text": STORY.body, "text": "not this", "wann": 1772366400} for number in (1, 2)]
    path = tmp_path / "file.csv"
    path.write_bytes(write_csv(items, ";"))
    choices = ("id=nr", "body=Artikel Text", "published_at=wann")
    assert read(path, *choices)[0] == Document("1", "", STORY.body, datetime(2026, 3, 1, 12, tzinfo=UTC))
    arguments = [part for choice in choices for part in ("--field", choice)]
    assert run(path, *arguments).stdout == "1\t1\n2\t1\n"


@pytest.mark.parametrize("choice", ["body", "body=", "corpus=text", "=text"])
def test_invalid_field_choice_is_rejected(run: Run, tmp_path: Path, choice: str) -> None:
    result = run(tmp_path / "x", "--field", choice)
    assert isinstance(result.exception, BadInput)
    assert f"Invalid field {choice!r}" in result.exception.message


def test_missing_chosen_column_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(write_json_lines(ROWS))
    with pytest.raises(BadInput, match="has no column 'texte' for the field body"):
        read(tmp_path / "x", "body=texte")


def test_file_without_text_is_one_error(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(write_json_lines([{"id": 1, "corpus": "Rain fell."}, {"id": 2, "corpus": "It rained."}]))
    result = run(path)
    assert isinstance(result.exception, BadInput)
    assert "no column for the body or the title among id, corpus" in result.exception.message
    assert "--field body=COLUMN" in result.exception.remedy


def test_titles_alone_are_compared_and_reported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(write_json_lines([{"id": 1, "title": "Rain in Aldmoor at last", "summary": "It rained."}]))
    result = run(path)
    assert (result.exit_code, result.stdout) == (0, "1\t1\n")
    assert "no body in the columns id, title, summary" in result.stderr


@pytest.mark.parametrize(
    ("value", "name"),
    [(1, "1"), (1.0, "1"), (1.5, "1.5"), ("x y", "x y"), (2**63, str(2**63)), ("7", "7")],
)
def test_id_of_any_type_is_read_as_text(tmp_path: Path, value: object, name: str) -> None:
    assert read_one(tmp_path / "x", write_json_lines([{"id": value, "body": "x"}])).id == name


TIMES = {
    "2026-03-01": "2026-03-01T00:00",
    "2026-03-01 10:30": "2026-03-01T10:30",
    "2026-03-01T10:30:00Z": "2026-03-01T10:30",
    "2026-03-01T10:30:00+05:30": "2026-03-01T05:00",
    "Sun, 01 Mar 2026 10:30:00 +0100": "2026-03-01T09:30",
    "Sun, 01 Mar 2026 10:30:00 GMT": "2026-03-01T10:30",
    "20260301": "2026-03-01T00:00",
    "20260301103000": "2026-03-01T10:30",
    "1 March 2026, 10:30 GMT": "2026-03-01T10:30",
    "1772361000000": "2026-03-01T10:30",
    "1772361000000000": "2026-03-01T10:30",
    1772361000: "2026-03-01T10:30",
    1772361000.25: "2026-03-01T10:30:00.25",
    "1772361000": "2026-03-01T10:30",
    1772361000000: "2026-03-01T10:30",
    1772361000000000: "2026-03-01T10:30",
    1772361000000000000: "2026-03-01T10:30",
}


@pytest.mark.parametrize("value", TIMES)
def test_time_in_any_format_is_read_as_utc(value: object) -> None:
    assert parse_row_time(value) == datetime.fromisoformat(TIMES[value]).replace(tzinfo=UTC)


@pytest.mark.parametrize("value", ["soon", "2026-13-45", True, [1], 1e300, float("inf"), -(10**30), "0001-01-01"])
def test_unparsable_time_keeps_the_document(run: Run, tmp_path: Path, value: object) -> None:
    path = tmp_path / "x"
    path.write_text(f'{{"id": "a", "body": "Rain fell.", "published_at": {json.dumps(value)}}}\n')
    result = run(path)
    assert (result.exit_code, result.stdout) == (0, "a\ta\n")
    assert f"{path}:1: published_at is not a time: " in result.stderr
    assert "the document counts as undated" in result.stderr


def test_times_of_a_table(tmp_path: Path) -> None:
    time = datetime(2026, 3, 1, 10, 30)  # noqa: DTZ001 - a column without a zone
    for value in (time, time.replace(tzinfo=UTC)):
        found = read_one(tmp_path / "x", write_parquet([{"id": 5, "text": "Rain", "date": value}]))
        assert found.published_at == time.replace(tzinfo=UTC)
    found = read_one(tmp_path / "x", write_parquet([{"id": 5, "text": "Rain", "date": time.date()}]))
    assert found.published_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_empty_cells_of_a_table(tmp_path: Path) -> None:
    frame: list[dict[str, Any]] = [
        {"id": 1.0, "text": "Rain", "title": None, "date": float("nan")},
        {"id": 2.0, "text": None, "title": "x"},
    ]
    (tmp_path / "x").write_bytes(write_parquet(frame))
    assert read(tmp_path / "x") == [Document("1", "", "Rain"), Document("2", "x", "")]


def test_large_array_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x"
    items = [{"id": number, "text": "Rain fell in Aldmoor. " * 400} for number in range(300)]
    path.write_text(json.dumps(items))
    assert [one.id for one in read(path) if isinstance(one, Document)] == [str(number) for number in range(300)]


def test_line_of_clean_is_read_as_a_document(tmp_path: Path) -> None:
    line = {"path": "p", "url": "u", "title": "t", "body": "b", "dropped": [{"reason": "r", "text": "x"}]}
    assert read_one(tmp_path / "x", write_json_lines([line])) == Document("p", "t", "b")
    refused = {"path": "q", "kind": "refused", "body": ""}
    assert read_one(tmp_path / "x", write_json_lines([line, refused])).id == "p"


def test_pipe_is_read_in_pieces(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.fork()
    if writer == 0:
        with pipe.open("wb", buffering=0) as file:
            for piece in (b'{"id": "a", "te', b'xt": "Rain"}\n', b'{"id": "b", "text": "Snow"}\n'):
                file.write(piece)
        os._exit(0)
    assert run(pipe).stdout == "a\ta\nb\tb\n"
    os.waitpid(writer, 0)


def test_text_too_long_to_compare_is_reported(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(write_json_lines([{"id": "long", "text": "word " * 210_000}]))
    result = run(path)
    assert (result.exit_code, result.stdout) == (0, "long\tlong\n")
    assert "The text of long is too long to compare in part" in result.stderr


def test_copies_of_a_table_are_folded(run: Run, tmp_path: Path) -> None:
    documents = [STORY, copy(STORY, "copy", 2), make_story(2)]
    path = tmp_path / "x.parquet"
    path.write_bytes(write_parquet([{"id": one.id, "text": one.body, "date": one.published_at} for one in documents]))
    assert run(path).stdout == f"{STORY.id}\t{STORY.id}\ncopy\t{STORY.id}\n{documents[2].id}\t{documents[2].id}\n"
