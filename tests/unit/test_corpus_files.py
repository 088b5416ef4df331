"""Parquet: sketches and edges survive the round trip, folders are read and written, newer versions are refused."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import typer
from pyarrow import parquet
from typer.testing import CliRunner

from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.dedup_records import Sketch
from copydesk.pipeline.core.errors import BadInput, CopydeskError
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, check_schema, is_folder_name, load_schema
from copydesk.pipeline.corpus.schemas import VERSION, VERSION_KEY
from copydesk.pipeline.corpus.sketch_rows import (
    batch_to_edges,
    batch_to_sketches,
    edges_to_batch,
    sketches_to_batch,
)
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.offline.documents import InvalidLine, read_documents
from copydesk.pipeline.sign import sign
from tests.fold_corpus import make_fold_corpus
from tests.story_builder import NOON, make_story


def make_document_table(documents: list[Document], version: int = VERSION) -> pa.Table:
    schema = load_schema(CorpusTable.DOCUMENTS)
    schema = schema.with_metadata({**schema.metadata, VERSION_KEY: str(version).encode()})
    return pa.table([[getattr(one, name) for one in documents] for name in schema.names], schema=schema)


def write_documents(folder: Path, documents: list[Document], version: int = VERSION) -> Path:
    for at in range(0, len(documents), 20):
        file = folder / f"month=2026-{at // 20 + 1:02}" / "articles.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(make_document_table(documents[at : at + 20], version), file)
    return folder


def run(*arguments: object) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command()(dedup)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, CopydeskError):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_sketches_survive_the_round_trip() -> None:
    documents = [replace(one, published_at=None) if at == 3 else one for at, one in enumerate(make_fold_corpus(1, 4))]
    documents.append(Document("blank", "", ""))
    sketches = sign(documents, Profile())
    batch = sketches_to_batch(sketches)
    assert batch.schema.equals(load_schema(CorpusTable.SKETCHES), check_metadata=True)
    for one, other in zip(batch_to_sketches(batch), sketches, strict=True):
        for source, target in ((one, other), (one.features, other.features)):
            for field in fields(source):
                value, expected = getattr(source, field.name), getattr(target, field.name)
                if field.name != "features":
                    assert np.array_equal(value, expected), field.name
                    assert getattr(value, "dtype", None) == getattr(expected, "dtype", None), field.name
        low = np.frombuffer(batch.column("low_bits")[sketches.index(other)].as_py(), dtype="<u2")
        assert np.array_equal(low, (other.shingles & np.uint64(0xFFFF)).astype(np.uint16))
    empty: list[Sketch] = []
    assert batch_to_sketches(sketches_to_batch(empty)) == []


def test_edges_survive_the_round_trip() -> None:
    edges = deduplicate(make_fold_corpus(2, 6)).edges
    assert edges
    assert batch_to_edges(edges_to_batch(edges)) == edges
    assert batch_to_edges(edges_to_batch([])) == []


def test_dedup_of_a_folder_equals_that_of_a_file(tmp_path: Path) -> None:
    documents = make_fold_corpus(3, 8)
    folder = write_documents(tmp_path / "documents", documents)
    (folder / "_SUCCESS").touch()
    (folder / "_temporary").mkdir()
    (folder / "_temporary" / "half.parquet").write_bytes(b"PAR1")
    expected = deduplicate(documents)
    code, stories, _ = run(folder)
    assert code == 0
    assert dict(line.split("\t") for line in stories.splitlines()) == expected.assignments
    result = tmp_path / "new" / "result"
    assert run(folder, "-o", f"{result}/")[0] == 0
    assert sorted(file.name for file in result.iterdir()) == ["edges.parquet", "members.parquet", "stories.parquet"]
    members = parquet.read_table(result / "members.parquet")
    assert members.schema.equals(load_schema(CorpusTable.MEMBERS), check_metadata=True)
    assert dict(zip(*members.to_pydict().values(), strict=True)) == expected.assignments
    assert members.column("id").to_pylist() == [one.id for one in documents]
    stored = parquet.read_table(result / "stories.parquet").to_pylist()
    assert {row["story"]: row["copies"] for row in stored} == {
        one.representative: len(one.members) for one in expected.clusters
    }
    times = {one.id: one.published_at for one in documents}
    assert all(row["published_at"] == times[row["story"]] for row in stored)
    (batch,) = parquet.read_table(result / "edges.parquet").to_batches()
    assert batch_to_edges(batch) == expected.edges


def test_data_set_of_another_program_is_read(tmp_path: Path) -> None:
    story = make_story(1)
    rows = [{"url": "https://a/1", "headline": story.title, "text": story.body, "date": "2026-03-01T12:00:00Z", "n": 1}]
    rows += [rows[0] | {"url": "https://a/2", "date": "2026-03-01T13:00:00Z"}, rows[0] | {"url": None}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "part-0.parquet")
    parquet.write_table(pa.Table.from_pylist(rows[:1]), tmp_path / "part-1.parquet")
    code, stories, errors = run(tmp_path)
    assert (code, stories) == (65, "https://a/1\thttps://a/1\nhttps://a/2\thttps://a/1\n")
    assert f"{tmp_path}/part-0.parquet:3: the id is missing." in errors
    assert f"{tmp_path}/part-1.parquet:1: duplicate id 'https://a/1'" in errors


def test_newer_version_is_refused(tmp_path: Path) -> None:
    folder = write_documents(tmp_path, [make_story(1)], version=VERSION + 1)
    with pytest.raises(BadInput) as error:
        run(folder)
    assert str(error.value) == (
        f"Cannot read {tmp_path}/month=2026-01/articles.parquet: a newer version of Copydesk wrote it (format"
        f" {VERSION + 1}, this one reads up to {VERSION}). Update Copydesk, or write the file again with this version."
    )
    for table in CorpusTable:
        check_schema(load_schema(table), "file", table)
        assert load_schema(table).metadata[VERSION_KEY] == str(VERSION).encode()
    with pytest.raises(BadInput, match="it has members, not documents"):
        check_schema(load_schema(CorpusTable.MEMBERS), "file", CorpusTable.DOCUMENTS)


def test_unusable_folders_are_reported(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.parquet").write_bytes(b"no Parquet file, although it is long enough to be one")
    (tmp_path / "file").touch()
    cases = {
        f"{tmp_path}/missing/": "there are no Parquet files",
        f"{tmp_path}/broken/": "Cannot read .*/broken/a.parquet: ",
        "unknown-scheme://bucket/folder": "Cannot open unknown-scheme://bucket/folder: ",
    }
    for name, message in cases.items():
        with pytest.raises(BadInput, match=message):
            run(name)
    write_documents(tmp_path / "in", [make_story(1)])
    with pytest.raises(BadInput, match="is in the folder of the documents"):
        run(tmp_path / "in", "-o", f"{tmp_path}/in/out/")
    with pytest.raises(BadInput, match=r"Cannot write .*/file/members.parquet"):
        run(tmp_path / "in", "-o", f"{tmp_path}/file/")


def test_names_of_folders_are_recognized(tmp_path: Path) -> None:
    names = {"s3://bucket/folder": True, "new/": True, str(tmp_path): True, "new.parquet": False, "-": False, "": False}
    assert {name: is_folder_name(name) for name in names} == names


def test_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    folder = ParquetFolder(str(tmp_path / "out"))
    with folder.create_file("a/b.parquet") as stream:
        stream.write(b"first")
    with pytest.raises(TypeError), folder.create_file("a/b.parquet") as stream:
        stream.write("not bytes")  # type: ignore[call-overload]
    assert [(file.name, file.read_bytes()) for file in (tmp_path / "out" / "a").iterdir()] == [("b.parquet", b"first")]
    assert (tmp_path / "out" / "a" / "b.parquet").stat().st_mode & 0o444 == 0o444
    assert folder.read_metadata("a/b.parquet") == folder.read_metadata("missing.parquet") == {}


def test_missing_pyarrow_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(BadInput, match="needs pyarrow, which is not installed"):
        ParquetFolder(str(tmp_path))


def test_undated_story_has_no_time(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "in", [make_story(1, published_at=None)])
    assert run(folder, "-o", f"{tmp_path}/out/")[0] == 0
    assert parquet.read_table(tmp_path / "out" / "stories.parquet").to_pylist()[0]["published_at"] is None


def test_times_of_documents_are_read_exactly(tmp_path: Path) -> None:
    document = replace(make_story(1), published_at=NOON + timedelta(microseconds=7))
    found = list(read_documents(str(write_documents(tmp_path, [document]))))
    assert found == [document]
    assert not any(isinstance(one, InvalidLine) for one in found)
