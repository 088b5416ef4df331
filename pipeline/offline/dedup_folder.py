"""Write the result of dedup as a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.corpus import CorpusTable, ParquetFolder, load_schema
from copydesk.pipeline.corpus.sketch_rows import edges_to_batch

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 10_000
"""Rows that are in memory at once, and of one row group."""

_Item = TypeVar("_Item")


def write_dedup_folder(
    folder: ParquetFolder,
    members: Iterable[tuple[str, str]],
    stories: Iterable[tuple[str, int, datetime | None]],
    edges: Iterable[Edge],
) -> None:
    """Write ``members.parquet``, ``stories.parquet`` and ``edges.parquet``, in the order given.

    Args:
        folder: Where to write; files of these names are replaced.
        members: The id and the representative of each document.
        stories: Each representative, the number of its copies with itself, and its time.
        edges: The edges.

    Raises:
        BadInput: A file cannot be written.
    """
    _write(folder, CorpusTable.MEMBERS, (_make_batch(CorpusTable.MEMBERS, rows) for rows in _split(members)))
    _write(folder, CorpusTable.STORIES, (_make_batch(CorpusTable.STORIES, rows) for rows in _split(stories)))
    _write(folder, CorpusTable.EDGES, map(edges_to_batch, _split(edges)))


def _make_batch(table: CorpusTable, rows: Sequence[tuple[object, ...]]) -> pa.RecordBatch:
    import pyarrow as pa

    schema = load_schema(table)
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.record_batch(columns, schema=schema)


def _write(folder: ParquetFolder, table: CorpusTable, batches: Iterable[pa.RecordBatch]) -> None:
    from pyarrow import parquet

    with (
        folder.create_file(f"{table}.parquet") as stream,
        parquet.ParquetWriter(stream, load_schema(table), compression="zstd") as writer,
    ):
        for batch in batches:
            writer.write_batch(batch)


def _split(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH_ROWS)):
        yield batch
