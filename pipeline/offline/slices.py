"""Time slices: documents in order of time, each slice compared with itself and with what the window reaches back to."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Edge, EdgeKind, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match import Verifier, is_worth_storing, iterate_candidates
from copydesk.pipeline.offline.sketch_store import UNKNOWN_TIME, SketchStore

_I64 = npt.NDArray[np.int64]

SLICE_DOCUMENTS = 20_000
"""New documents of one slice, at least: small compared with them is what a slice costs by itself."""

_PAIRS_PER_BLOCK = 10_000
"""Pairs that are verified together: the sketches of as many documents are in memory."""

_HOUR_MICROSECONDS = 3_600_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """A part of the documents that can be matched on its own."""

    documents: _I64
    """int64[n]: numbers of documents, those to compare with first, then the new ones."""

    first_new: int
    """Position of the first new document."""

    pairs: _I64 | None = None
    """int64[m, 2]: instead of looking for pairs, verify these."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceEdges:
    """The edges of one slice that are worth storing."""

    documents: int
    """New documents of the slice."""

    ends: _I64
    """int64[edges, 2]: the numbers of the documents, in the order of the edge."""

    merges: npt.NDArray[np.bool_]
    """bool[edges]: ``Edge.merges``."""

    is_near_identical: npt.NDArray[np.bool_]
    """bool[edges]: ``Edge.is_near_identical``."""

    packed: list[bytes]
    """What else is in each edge (``unpack_edge``); empty if it is not kept."""


def plan_slices(
    times: _I64, ranks: _I64, compared: npt.NDArray[np.bool_], profile: Profile, min_documents: int = SLICE_DOCUMENTS
) -> Iterator[Slice]:
    """Yield slices which together have every pair of documents within the window once.

    Documents without a time are near to all others: they are in the first slice and stay to the last. All others that
    are further back than the window are dropped.

    Args:
        times: int64[documents], microseconds since the epoch or ``UNKNOWN_TIME``.
        ranks: int64[documents], the order of documents of the same time.
        compared: bool[documents], False for surplus copies, which are in no slice.
        profile: its window applies.
        min_documents: new documents of a slice; if a slice looks back to many, it has at least a quarter as many.
    """
    order = np.lexsort((ranks, times))  # the unknown time is the smallest
    order = order[compared[order]]
    ordered_times = times[order]
    untimed = int(np.searchsorted(ordered_times, UNKNOWN_TIME, side="right"))
    first = 0
    while first < order.size:
        start = untimed
        if first > untimed and profile.window_hours is not None:
            # A second more than the window, because the exact comparison is that of floating-point seconds.
            reach = profile.window_hours * _HOUR_MICROSECONDS + 1_000_000
            start += int(np.searchsorted(ordered_times[untimed:], ordered_times[first] - reach))
        earlier = np.concatenate([order[: min(untimed, first)], order[min(start, first) : first]])
        last = min(first + max(min_documents, earlier.size // 4), order.size)
        yield Slice(np.concatenate([earlier, order[first:last]]), earlier.size)
        first = last


def plan_pairs(pairs: _I64) -> Iterator[Slice]:
    """Yield slices that verify pairs which are already known."""
    for first in range(0, len(pairs), _PAIRS_PER_BLOCK):
        yield Slice(np.empty(0, dtype=np.int64), 0, pairs[first : first + _PAIRS_PER_BLOCK])


def match_slice(store: SketchStore, profile: Profile, keep_edges: bool, piece: Slice) -> SliceEdges:
    """Find and verify the pairs of a slice.

    Args:
        store: the sketches.
        profile: under which they were signed.
        keep_edges: return everything that is in the edges, not only which documents they join.
        piece: the slice.
    """
    ends: list[tuple[int, int]] = []
    flags: list[tuple[bool, bool]] = []
    packed: list[bytes] = []
    sketches: dict[int, Sketch] = {}
    for pairs in [piece.pairs] if piece.pairs is not None else _find_pairs(store, piece, profile):
        for first in range(0, len(pairs), _PAIRS_PER_BLOCK):
            block = pairs[first : first + _PAIRS_PER_BLOCK]
            needed = np.unique(block).tolist()
            sketches = {number: sketches.get(number) or store.read_sketch(number) for number in needed}
            verifier = Verifier(sketches.values(), profile)
            for i, j in block.tolist():
                edge = verifier.verify(sketches[i], sketches[j])
                if is_worth_storing(edge):
                    ends.append((i, j) if edge.a == sketches[i].id else (j, i))
                    flags.append((edge.merges, edge.is_near_identical))
                    if keep_edges:
                        packed.append(_pack_edge(edge))
    columns = np.array(flags, dtype=bool).reshape(-1, 2)
    documents = piece.documents.size - piece.first_new if piece.pairs is None else len(piece.pairs)
    return SliceEdges(documents, np.array(ends, dtype=np.int64).reshape(-1, 2), columns[:, 0], columns[:, 1], packed)


def unpack_edge(data: bytes, a: str, b: str) -> Edge:
    """Return an edge of ``SliceEdges.packed``.

    Args:
        data: the packed edge.
        a, b: the ids of its documents, in the order of ``SliceEdges.ends``.
    """
    kind, merges, shared, size_a, size_b, rule, container, evidence, is_near = pickle.loads(data)  # noqa: S301 - own
    container_id = ("", a, b)[container]
    return Edge(
        a, b, kind and EdgeKind(kind), merges, shared, size_a, size_b, rule, container_id, evidence, is_near
    )  # fmt: skip


def _pack_edge(edge: Edge) -> bytes:
    container = ("", edge.a, edge.b).index(edge.container_id)
    kind = edge.kind and str(edge.kind)
    return pickle.dumps(
        (
            kind, edge.merges, edge.shared, edge.size_a, edge.size_b, edge.rule, container, edge.evidence,
            edge.is_near_identical,
        ),
        protocol=pickle.HIGHEST_PROTOCOL,
    )  # fmt: skip


def _find_pairs(store: SketchStore, piece: Slice, profile: Profile) -> Iterator[_I64]:
    """Yield chunks of the pairs of a slice that some rule may relate, as numbers of documents."""
    table, low_bits = store.read_lookups(piece.documents)
    for earlier, later in iterate_candidates(table, piece.first_new, profile):
        documents, starts = np.unique(later, return_index=True)
        found: list[_I64] = []
        for document, others in zip(documents.tolist(), np.split(earlier, starts[1:]), strict=True):
            related = low_bits.prefilter(document, others)
            found.append(np.stack([piece.documents[related], np.full(related.size, piece.documents[document])], axis=1))
        yield np.concatenate(found)


def join_edges(parts: Sequence[SliceEdges]) -> SliceEdges:
    """Return the edges of many slices as one."""
    return SliceEdges(
        sum(part.documents for part in parts),
        np.concatenate([np.empty((0, 2), np.int64), *(part.ends for part in parts)]),
        np.concatenate([np.empty(0, bool), *(part.merges for part in parts)]),
        np.concatenate([np.empty(0, bool), *(part.is_near_identical for part in parts)]),
        [data for part in parts for data in part.packed],
    )
