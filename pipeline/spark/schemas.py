"""Arrow schemas of the rows between the stages, and their conversion from and to records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from copydesk.pipeline.core.dedup_records import Edge, Features, Sketch
from copydesk.pipeline.core.records import Document

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

DOCUMENT = pa.schema(
    [
        ("position", pa.int64()), ("id", pa.string()), ("title", pa.string()), ("body", pa.string()),
        ("time", pa.int64()), ("agency", pa.string()), ("dateline", pa.string()), ("language", pa.string()),
        ("notice", pa.string()),
    ]
)  # fmt: skip
"""A document. ``position`` is its place in the input; ``time`` in microseconds since the epoch, null if unknown."""

_HASH_ARRAYS = ("shingles", "title", "lead", "numbers", "names", "opening", "place", "agencies")
_FLAGS = ("is_headline_only", "is_brief", "is_digest")

SKETCH = pa.schema(
    [
        ("number", pa.int64()), ("position", pa.int64()), ("id", pa.string()), ("time", pa.int64()),
        ("headline", pa.string()), ("word_count", pa.int32()), ("notice", pa.string()),
        *((name, pa.bool_()) for name in _FLAGS),
        *((name, pa.int64()) for name in ("content_hash", "text_hash", "title_hash")),
        ("keys", pa.list_(pa.int64())), ("item_keys", pa.list_(pa.int64())), ("low_bits", pa.binary()),
        *((name, pa.binary()) for name in _HASH_ARRAYS), ("vocabulary", pa.binary()),
    ]
)  # fmt: skip
"""A sketch without its MinHash values. ``number`` identifies it in joins, where ids are too long; hashes are the bits
of a uint64 as int64 or little-endian bytes; ``low_bits`` are the lowest 16 bits of each shingle."""

COMPARED_COLUMNS = (
    "number", "id", "time", "word_count", "notice", *_FLAGS, "content_hash", "text_hash", "title_hash", *_HASH_ARRAYS,
    "vocabulary",
)  # fmt: skip
"""What ``read_sketch`` needs of a row."""

PAIR = pa.schema([("a", pa.int64()), ("b", pa.int64())])
"""The numbers of two sketches."""

EDGE = pa.schema(
    [
        ("number_a", pa.int64()), ("number_b", pa.int64()), ("a", pa.string()), ("b", pa.string()),
        ("kind", pa.string()), ("merges", pa.bool_()), ("is_near_identical", pa.bool_()), ("rule", pa.string()),
        ("container_id", pa.string()),
        ("shared", pa.int32()), ("size_a", pa.int32()), ("size_b", pa.int32()), ("evidence", pa.string()),
    ]
)  # fmt: skip
"""An edge; its evidence as JSON with the keys in their order."""

MEMBER = pa.schema([("id", pa.string()), ("representative", pa.string())])
"""A document and its story."""


def make_batch(schema: pa.Schema, columns: Mapping[str, Sequence[Any]]) -> pa.RecordBatch:
    """Return columns as a batch of this schema."""
    return pa.RecordBatch.from_arrays([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def to_microseconds(time: datetime | None) -> int | None:
    """Return a time as microseconds since the epoch; None for None."""
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def to_time(microseconds: int | None) -> datetime | None:
    """Return the time of ``to_microseconds``."""
    return None if microseconds is None else _EPOCH + microseconds * _MICROSECOND


def make_document_batch(documents: Sequence[Document], first_position: int) -> pa.RecordBatch:
    """Return documents as rows; they have the positions from ``first_position`` on."""
    return make_batch(
        DOCUMENT,
        {
            "position": range(first_position, first_position + len(documents)),
            "time": [to_microseconds(document.published_at) for document in documents],
            **{
                name: [getattr(document, name) for document in documents]
                for name in ("id", "title", "body", "agency", "dateline", "language", "notice")
            },
        },
    )


def read_documents(batch: pa.RecordBatch) -> list[Document]:
    """Return the documents of a batch."""
    return [
        Document(
            row["id"],
            row["title"] or "",
            row["body"] or "",
            to_time(row["time"]),
            row["agency"] or "",
            row["dateline"] or "",
            row["language"] or "",
            row["notice"] or "",
        )
        for row in batch.to_pylist()
    ]


def make_sketch_batch(
    sketches: Sequence[Sketch], titles: Sequence[str], positions: Sequence[int], first_number: int
) -> pa.RecordBatch:
    """Return sketches as rows; they have the numbers from ``first_number`` on.

    Args:
        sketches: the sketches.
        titles: the headline of each document, which only reports show.
        positions: its position in the input.
        first_number: the first number.
    """
    features = [sketch.features for sketch in sketches]
    columns: dict[str, Sequence[Any]] = {
        "number": range(first_number, first_number + len(sketches)),
        "position": positions,
        "id": [sketch.id for sketch in sketches],
        "time": [to_microseconds(sketch.published_at) for sketch in sketches],
        "headline": titles,
        "content_hash": [_to_signed(sketch.content_hash) for sketch in sketches],
        "keys": [sketch.keys for sketch in sketches],
        "item_keys": [sketch.item_keys for sketch in sketches],
        "low_bits": [sketch.shingles.astype("<u8").view("<u2")[::4].tobytes() for sketch in sketches],
        "shingles": [sketch.shingles.astype("<u8").tobytes() for sketch in sketches],
        "vocabulary": [one.vocabulary.astype("<u4").tobytes() for one in features],
        **{name: [getattr(one, name) for one in features] for name in ("word_count", "notice", *_FLAGS)},
        **{name: [_to_signed(getattr(one, name)) for one in features] for name in ("text_hash", "title_hash")},
        **{name: [getattr(one, name).astype("<u8").tobytes() for one in features] for name in _HASH_ARRAYS[1:]},
    }
    return make_batch(SKETCH, columns)


def read_sketch(row: Mapping[str, Any]) -> Sketch:
    """Return the sketch of a row with ``COMPARED_COLUMNS``; it has no MinHash values and no keys."""
    arrays: dict[str, Any] = {name: np.frombuffer(row[name], dtype="<u8").astype(np.uint64) for name in _HASH_ARRAYS}
    nothing = np.empty(0, dtype=np.int64)
    return Sketch(
        id=row["id"],
        published_at=to_time(row["time"]),
        minhash=np.empty(0, dtype=np.uint32),
        shingles=arrays.pop("shingles"),
        keys=nothing,
        item_keys=nothing,
        features=Features(
            word_count=row["word_count"],
            text_hash=row["text_hash"] % 2**64,
            title_hash=row["title_hash"] % 2**64,
            notice=row["notice"],
            vocabulary=np.frombuffer(row["vocabulary"], dtype="<u4").astype(np.uint32),
            **{name: row[name] for name in _FLAGS},
            **arrays,
        ),
        content_hash=row["content_hash"] % 2**64,
    )


def make_edge_batch(edges: Iterable[tuple[int, int, Edge]]) -> pa.RecordBatch:
    """Return edges as rows.

    Args:
        edges: each with the numbers of its documents, in the order of the edge.
    """
    rows = [
        {
            "number_a": number_a,
            "number_b": number_b,
            "a": edge.a,
            "b": edge.b,
            "kind": edge.kind and str(edge.kind),
            "merges": edge.merges,
            "is_near_identical": edge.is_near_identical,
            "rule": edge.rule,
            "container_id": edge.container_id,
            "shared": edge.shared,
            "size_a": edge.size_a,
            "size_b": edge.size_b,
            "evidence": json.dumps(edge.evidence),
        }
        for number_a, number_b, edge in edges
    ]
    return pa.RecordBatch.from_pylist(rows, schema=EDGE)


def read_low_bits(data: bytes) -> npt.NDArray[np.uint16]:
    """Return the ``low_bits`` of a row."""
    return np.frombuffer(data, dtype="<u2").astype(np.uint16)


def _to_signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
