"""Arrow schemas of the rows between the stages: those of the corpus, with what joins need.

Times are integers in all of them: engines on the JVM count those before 1582 in another calendar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from copydesk.pipeline.core.dedup_records import Edge, Sketch
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.corpus import CorpusTable, load_schema
from copydesk.pipeline.corpus.sketch_rows import batch_to_sketches, edges_to_batch, sketches_to_batch

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME = "published_at"
_NOT_COMPARED = {_TIME, "low_bits", "minhash"}
_TEXTS = tuple(name for name in load_schema(CorpusTable.DOCUMENTS).names if name != _TIME)

VERSION = (("version_id", pa.string()), ("withdrawn", pa.bool_()))
"""Of an article from the database: the version with this text, and whether the article was withdrawn."""

DOCUMENT = pa.schema(
    [("number", pa.int64()), ("time", pa.int64()), *((name, pa.string()) for name in _TEXTS), *VERSION]
)
"""A document. ``number`` identifies it in joins, where ids are too long, and rises in the order of the input. As part
of the input, it stays the same if a stage runs again with other partitions. ``time`` is in microseconds since the
epoch, null if unknown."""

SKETCH = pa.schema(
    [
        ("number", pa.int64()), ("time", pa.int64()), ("headline", pa.string()), *VERSION,
        *((field.name, field.type) for field in load_schema(CorpusTable.SKETCHES) if field.name != _TIME),
    ]
)  # fmt: skip
"""A sketch of the corpus, with the number, the time and the version of its document."""

COMPARED_COLUMNS = (
    "number", "time", *(field.name for field in load_schema(CorpusTable.SKETCHES) if field.name not in _NOT_COMPARED)
)  # fmt: skip
"""What ``read_sketches`` needs of a row."""

PAIR = pa.schema([("a", pa.int64()), ("b", pa.int64())])
"""The numbers of two sketches."""

EDGE = pa.schema(
    [
        ("number_a", pa.int64()), ("number_b", pa.int64()),
        *((field.name, field.type) for field in load_schema(CorpusTable.EDGES)),
    ]
)  # fmt: skip
"""An edge of the corpus, with the numbers of its documents."""

MEMBER = pa.schema([("id", pa.string()), ("representative", pa.string())])
"""A document and its story."""

STORY = pa.schema([("number", pa.int64()), ("id", pa.string()), ("time", pa.int64()), ("representative", pa.string())])
"""A document of the input, its time and its story."""

GROUP = pa.schema(
    [
        ("representative", pa.string()), ("id", pa.string()), ("is_killed", pa.bool_()), ("first_copy", pa.string()),
        ("is_surplus", pa.bool_()), ("same_texts", pa.list_(pa.string())),
    ]
)  # fmt: skip
"""A document by story: its first identical copy, or itself, and the documents after it that have nearly its text."""


def make_batch(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Return columns, as sequences or as Arrow arrays, as a batch of this schema."""
    return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def to_microseconds(time: datetime | None) -> int | None:
    """Return a time as microseconds since the epoch; None for None."""
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def to_time(microseconds: int | None) -> datetime | None:
    """Return the time of ``to_microseconds``."""
    return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND


def make_document_batch(documents: Sequence[Document], first_number: int) -> pa.RecordBatch:
    """Return documents as rows; they have the numbers from ``first_number`` on, and no versions."""
    return make_batch(
        DOCUMENT,
        {
            "number": range(first_number, first_number + len(documents)),
            "time": [to_microseconds(document.published_at) for document in documents],
            **{name: [getattr(document, name) for document in documents] for name in _TEXTS},
            **{name: [None] * len(documents) for name, _ in VERSION},
        },
    )


def read_documents(batch: pa.RecordBatch) -> list[Document]:
    """Return the documents of a batch."""
    return [
        Document(**{name: row[name] or "" for name in _TEXTS}, published_at=to_time(row["time"]))
        for row in batch.to_pylist()
    ]


def make_sketch_batch(sketches: Sequence[Sketch], documents: pa.RecordBatch) -> pa.RecordBatch:
    """Return the sketches of a batch of documents as rows.

    Args:
        sketches: one of each document, in the same order.
        documents: with the columns of ``DOCUMENT``; the title becomes the headline, which only reports show.
    """
    corpus = sketches_to_batch(sketches)
    columns: dict[str, Any] = {name: corpus.column(name) for name in corpus.schema.names if name != _TIME}
    columns |= {
        "number": documents.column("number"),
        "time": documents.column("time"),
        "headline": documents.column("title"),
        **{name: documents.column(name) for name, _ in VERSION},
    }
    return make_batch(SKETCH, columns)


def read_sketches(batch: pa.RecordBatch, side: str) -> dict[int, Sketch]:
    """Return the sketches of one side of a batch of pairs, each once, by their numbers.

    Args:
        batch: with ``COMPARED_COLUMNS``, suffixed with the side.
        side: ``a`` or ``b``.
    """
    numbers, first_rows = np.unique(batch.column(f"number_{side}").to_numpy(), return_index=True)
    columns = {name: batch.column(f"{name}_{side}").take(pa.array(first_rows)) for name in COMPARED_COLUMNS}
    columns[_TIME] = columns.pop("time").cast(pa.timestamp("us", tz="UTC"))
    columns["minhash"] = pa.array([b""] * len(numbers), pa.binary())  # no rule reads it
    rows = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return dict(zip(numbers.tolist(), batch_to_sketches(rows), strict=True))


def make_edge_batch(edges: Sequence[tuple[int, int, Edge]]) -> pa.RecordBatch:
    """Return edges as rows.

    Args:
        edges: each with the numbers of its documents, in the order of the edge.
    """
    corpus = edges_to_batch([edge for _, _, edge in edges])
    columns: dict[str, Any] = {name: corpus.column(name) for name in corpus.schema.names}
    columns |= {"number_a": [a for a, _, _ in edges], "number_b": [b for _, b, _ in edges]}
    return make_batch(EDGE, columns)


def read_low_bits(data: bytes) -> npt.NDArray[np.uint16]:
    """Return the ``low_bits`` of a row."""
    return np.frombuffer(data, dtype="<u2").astype(np.uint16)
