"""Parquet in object storage, against moto's S3 server: documents are read from a bucket and results written to it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
import typer
from pyarrow import fs, parquet
from typer.testing import CliRunner

from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, load_schema
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.fold_corpus import make_fold_corpus
from tests.s3_server import running_s3_server


@pytest.fixture(scope="module")
def query() -> Iterator[str]:
    """Start a server with a bucket, and return the query of its URLs."""
    with running_s3_server() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("ACCESS_KEY_ID", "test"),
            ("SECRET_ACCESS_KEY", "test"),
            ("EC2_METADATA_DISABLED", "true"),
        ):
            patch.setenv(f"AWS_{name}", value)
        query = f"?endpoint_override={server}&scheme=http&region=us-east-1"
        system, _ = fs.FileSystem.from_uri(f"s3://wire/{query}&allow_bucket_creation=true")
        system.create_dir("wire")
        yield query


def run(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(dedup)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_folder_in_a_bucket_is_read_and_written(query: str) -> None:
    documents = make_fold_corpus(4, 5)
    schema = load_schema(CorpusTable.DOCUMENTS)
    table = pa.table([[getattr(one, name) for one in documents] for name in schema.names], schema=schema)
    source, target = f"s3://wire/documents{query}", f"s3://wire/result{query}"
    with ParquetFolder(source).create_file("month=2026-03/articles.parquet") as stream:
        parquet.write_table(table, stream)
    assert run(source, "-o", target) == ""
    folder, expected = ParquetFolder(target), deduplicate(documents)
    assert folder.list_files() == ["edges.parquet", "members.parquet", "stories.parquet"]
    with folder.open_file("members.parquet") as members:
        assert dict(zip(*members.read().to_pydict().values(), strict=True)) == expected.assignments
    assert dict(line.split("\t") for line in run(source).splitlines()) == expected.assignments
    assert folder.read_metadata("stories.parquet")[b"copydesk.table"] == b"stories"


def test_interrupted_upload_leaves_the_previous_object(query: str) -> None:
    folder = ParquetFolder(f"s3://wire/half{query}")
    with folder.create_file("a.parquet") as stream:
        stream.write(b"first")
    with pytest.raises(TypeError), folder.create_file("a.parquet") as stream:
        stream.write("not bytes")  # type: ignore[call-overload]
    system, path = fs.FileSystem.from_uri(f"s3://wire/half{query}")
    assert system.open_input_file(f"{path}/a.parquet").read() == b"first"


def test_missing_bucket_is_reported_without_the_query(query: str) -> None:
    missing = ParquetFolder(f"s3://missing/folder{query}")
    with (
        pytest.raises(BadInput, match=r"Cannot write s3://missing/folder/members\.parquet: ") as error,
        missing.create_file("members.parquet") as stream,
    ):
        stream.write(b"x")
    assert "endpoint" not in str(error.value)
    with pytest.raises(BadInput, match=r"Cannot read s3://missing/folder"):
        run(f"s3://missing/folder{query}")
