"""What runs in Spark's Python workers: batches of Arrow rows in, batches out. No session here.

Each function is given a partition as an iterator of batches, and calls the same pure functions as the other engines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from copydesk.pipeline.core.dedup_records import Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.fold import Node, cluster
from copydesk.pipeline.match import LowBits, Verifier, is_worth_storing
from copydesk.pipeline.sign import sign
from copydesk.pipeline.spark.spark_schemas import (
    MEMBER,
    PAIR,
    make_batch,
    make_edge_batch,
    make_sketch_batch,
    read_documents,
    read_low_bits,
    read_sketches,
    to_time,
)

_PREFILTER_FLAGS = ("is_headline_only", "is_digest")


def sign_documents(
    batches: Iterator[pa.RecordBatch], *, profile: Profile, with_minhash: bool
) -> Iterator[pa.RecordBatch]:
    """Sign the documents of a partition.

    Args:
        batches: rows of ``DOCUMENT``.
        profile: the parameters.
        with_minhash: as for ``sign``.
    """
    for batch in batches:
        yield make_sketch_batch(sign(read_documents(batch), profile, with_minhash=with_minhash), batch)


def prefilter_pairs(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Drop the pairs that no rule relates.

    Args:
        batches: rows with ``a`` and ``b``, and of both ``low_bits``, ``is_headline_only`` and ``is_digest``, suffixed
            with ``_a`` and ``_b``.
    """
    for batch in batches:
        pairs = np.stack([batch.column(side).to_numpy() for side in "ab"], axis=1)
        numbers, first_rows, places = np.unique(pairs, return_index=True, return_inverse=True)
        low_bits = _gather_low_bits(batch, first_rows)
        places = places.reshape(pairs.shape)
        order = np.argsort(places[:, 1], kind="stable")
        owners, starts = np.unique(places[order, 1], return_index=True)
        kept: list[tuple[int, int]] = []
        for owner, rows in zip(owners.tolist(), np.split(order, starts[1:]), strict=True):
            related = low_bits.prefilter(owner, places[rows, 0])
            kept += [(int(numbers[other]), int(numbers[owner])) for other in related.tolist()]
        a, b = zip(*kept, strict=True) if kept else ((), ())
        yield make_batch(PAIR, {"a": a, "b": b})


def _gather_low_bits(batch: pa.RecordBatch, first_rows: npt.NDArray[np.int64]) -> LowBits:
    """Return what the prefilter reads of each distinct document of a batch.

    Args:
        batch: as ``prefilter_pairs`` reads it.
        first_rows: int64[documents], where each occurs first in the pairs, flattened: row * 2, and 1 for side b.
    """
    bits, headline_only, digests = [], [], []
    columns = {
        (name, side): batch.column(f"{name}_{side}") for name in ("low_bits", *_PREFILTER_FLAGS) for side in "ab"
    }
    for at in first_rows.tolist():
        row, side = at // 2, "ab"[at % 2]
        bits.append(read_low_bits(columns["low_bits", side][row].as_py()))
        headline_only.append(columns["is_headline_only", side][row].as_py())
        digests.append(columns["is_digest", side][row].as_py())
    sizes = [one.size for one in bits]
    return LowBits(
        np.concatenate([np.empty(0, dtype=np.uint16), *bits]),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        np.array(headline_only, dtype=bool),
        np.array(digests, dtype=bool),
    )


def verify_pairs(batches: Iterator[pa.RecordBatch], *, profile: Profile) -> Iterator[pa.RecordBatch]:
    """Compare pairs exactly, and yield the edges that are worth storing.

    Args:
        batches: rows with ``COMPARED_COLUMNS`` of both documents, suffixed with ``_a`` and ``_b``.
        profile: under which they were signed.
    """
    for batch in batches:
        pairs = list(zip(*(batch.column(f"number_{side}").to_pylist() for side in "ab"), strict=True))
        sketches = read_sketches(batch, "a") | read_sketches(batch, "b")
        verifier = Verifier(sketches.values(), profile)
        found: list[tuple[int, int, Edge]] = []
        for one, other in pairs:
            edge = verifier.verify(sketches[one], sketches[other])
            if is_worth_storing(edge):
                is_in_order = sketches[one].id == edge.a
                found.append((one, other, edge) if is_in_order else (other, one, edge))
        yield make_edge_batch(found)


def cluster_components(batches: Iterator[pa.RecordBatch], *, window_hours: int | None) -> Iterator[pa.RecordBatch]:
    """Cluster the documents of whole connected components, all of a partition in one call.

    ``cluster`` never looks outside of a component, so this equals clustering everything at once.

    Args:
        batches: rows with ``id``, ``time``, ``is_brief``, ``first_copy`` and ``is_surplus`` for each document, and rows
            with ``id``, ``other`` and ``is_near_identical`` for each merging edge between two documents.
        window_hours: as in ``Profile``.
    """
    nodes: list[Node] = []
    edges: list[tuple[str, str, bool]] = []
    names = ("id", "time", "is_brief", "first_copy", "is_surplus", "other", "is_near_identical")
    for batch in batches:
        rows = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
        for document, time, is_brief, first_copy, is_surplus, other, is_near_identical in rows:
            if other is None:
                nodes.append(Node(document, to_time(time), is_brief, first_copy, is_surplus))
            else:
                edges.append((document, other, is_near_identical))
    found = cluster(nodes, edges, window_hours, max_members=None)
    members = [(member, story.representative) for story in found for member in story.members]
    ids, representatives = zip(*members, strict=True) if members else ((), ())
    yield make_batch(MEMBER, {"id": ids, "representative": representatives})
