"""Object storage, against moto's S3 server: Parquet files are read and written, and pages archived."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest
import typer
from pyarrow import fs, parquet
from typer.testing import CliRunner

from copydesk.dags.commands.doctor import check_page_archive
from copydesk.pipeline.cli.dedup import dedup
from copydesk.pipeline.core.errors import BadInput, PageArchiveUnreachable
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, load_schema
from copydesk.pipeline.offline.deduplicate import deduplicate
from tests.archived_pages import archive, read_bodies, store_pages
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


def test_pages_in_a_bucket_are_read_and_deleted(query: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_PAGE_ARCHIVE__URL", f"s3://wire/archive{query}")
    load_settings.cache_clear()
    settings = load_settings()
    pages = store_pages(settings, range(30))
    with psycopg.connect(database) as connection:  # as if uploaded by a run that was killed
        connection.execute("INSERT INTO copydesk.warc_file (name) VALUES ('pages/left.warc.gz')")
    system, root = fs.FileSystem.from_uri(f"s3://wire/archive{query}")
    with system.open_output_stream(f"{root}/pages/left.warc.gz") as stream:
        stream.write(b"left")
    moved = archive(settings, file_bytes=5_000)
    assert (moved["contents"], moved["deleted_files"]) == (30, 1)
    assert moved["files"] > 5  # read in several requests at a time
    assert read_bodies(settings, pages) == pages
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    assert sum(one.type == fs.FileType.File for one in found) == moved["files"]
    assert check_page_archive(settings).startswith(f"{moved['files']} WARC files, ")
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE copydesk.page_content SET is_body_deleted = true, warc_file_id = NULL, warc_offset = NULL,"
            " warc_length = NULL WHERE content_sha256 <> (SELECT max(content_sha256) FROM copydesk.page_content)"
        )
    assert archive(settings)["deleted_files"] == moved["files"]  # that of the remaining page is rewritten
    found = system.get_file_info(fs.FileSelector(root, recursive=True))
    assert sum(one.type == fs.FileType.File for one in found) == 1


def test_unreachable_bucket_moves_nothing(query: str, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_PAGE_ARCHIVE__URL", f"s3://missing/archive{query}")
    load_settings.cache_clear()
    settings = load_settings()
    pages = store_pages(settings, range(5))
    with pytest.raises(PageArchiveUnreachable, match=r"Cannot write s3://missing/archive/pages/2026/02/") as error:
        archive(settings)
    assert "endpoint" not in str(error.value)
    assert read_bodies(settings, pages) == pages
