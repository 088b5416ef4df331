"""Sketches and edges as Arrow batches, and back: for files and for engines that pass batches to Python."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Edge, EdgeKind, Features, Sketch
from copydesk.pipeline.corpus.schemas import CorpusTable, load_schema

if TYPE_CHECKING:
    import pyarrow as pa

_WORD_ARRAYS = ("title", "lead", "numbers", "names", "opening", "place", "agencies")
_SCALARS = ("word_count", "notice", "is_headline_only", "is_brief", "is_digest")
_HASHES = ("text_hash", "title_hash")


def sketches_to_batch(sketches: Sequence[Sketch]) -> pa.RecordBatch:
    """Return sketches as a batch with the schema of ``CorpusTable.SKETCHES``."""
    import pyarrow as pa

    features = [sketch.features for sketch in sketches]
    columns: dict[str, list[object]] = {
        "id": [sketch.id for sketch in sketches],
        "published_at": [sketch.published_at for sketch in sketches],
        "content_hash": [_to_signed(sketch.content_hash) for sketch in sketches],
        "keys": [sketch.keys for sketch in sketches],
        "item_keys": [sketch.item_keys for sketch in sketches],
        "low_bits": [sketch.shingles.astype("<u8").view("<u2")[::4].tobytes() for sketch in sketches],
        "minhash": [sketch.minhash.astype("<u4").tobytes() for sketch in sketches],
        "shingles": [sketch.shingles.astype("<u8").tobytes() for sketch in sketches],
        "vocabulary": [one.vocabulary.astype("<u4").tobytes() for one in features],
        **{name: [getattr(one, name).astype("<u8").tobytes() for one in features] for name in _WORD_ARRAYS},
        **{name: [getattr(one, name) for one in features] for name in _SCALARS},
        **{name: [_to_signed(getattr(one, name)) for one in features] for name in _HASHES},
    }
    schema = load_schema(CorpusTable.SKETCHES)
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def batch_to_sketches(batch: pa.RecordBatch) -> list[Sketch]:
    """Return the sketches of a batch that has at least the columns of ``CorpusTable.SKETCHES``."""
    return [
        Sketch(
            id=row["id"],
            published_at=row["published_at"],
            minhash=np.frombuffer(row["minhash"], dtype="<u4"),
            shingles=_read_words(row["shingles"]),
            keys=np.array(row["keys"], dtype=np.int64),
            item_keys=np.array(row["item_keys"], dtype=np.int64),
            features=Features(
                text_hash=row["text_hash"] % 2**64,
                title_hash=row["title_hash"] % 2**64,
                vocabulary=np.frombuffer(row["vocabulary"], dtype="<u4"),
                **_read_features(row),
            ),
            content_hash=row["content_hash"] % 2**64,
        )
        for row in batch.to_pylist()
    ]


def edges_to_batch(edges: Sequence[Edge]) -> pa.RecordBatch:
    """Return edges as a batch with the schema of ``CorpusTable.EDGES``; evidence is JSON."""
    import pyarrow as pa

    schema = load_schema(CorpusTable.EDGES)
    columns: dict[str, list[object]] = {
        "kind": [edge.kind and str(edge.kind) for edge in edges],
        "container_id": [edge.container_id or None for edge in edges],
        "evidence": [json.dumps(edge.evidence, ensure_ascii=False) for edge in edges],
    }
    return pa.record_batch(
        [
            pa.array(columns.get(field.name) or [getattr(edge, field.name) for edge in edges], field.type)
            for field in schema
        ],
        schema=schema,
    )


def batch_to_edges(batch: pa.RecordBatch) -> list[Edge]:
    """Return the edges of a batch that has at least the columns of ``CorpusTable.EDGES``."""
    names = load_schema(CorpusTable.EDGES).names
    return [
        Edge(
            **{name: row[name] for name in names if name not in {"kind", "container_id", "evidence"}},
            kind=row["kind"] and EdgeKind(row["kind"]),
            container_id=row["container_id"] or "",
            evidence=json.loads(row["evidence"]),
        )
        for row in batch.to_pylist()
    ]


def _read_features(row: Mapping[str, Any]) -> dict[str, Any]:
    arrays = {name: _read_words(row[name]) for name in _WORD_ARRAYS}
    return {**arrays, **{name: row[name] for name in _SCALARS}}


def _read_words(data: bytes) -> npt.NDArray[np.uint64]:
    return np.frombuffer(data, dtype="<u8")


def _to_signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
