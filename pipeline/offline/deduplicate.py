"""Sign, match and fold documents without a database: the same stages as the tasks, in slices of time."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain, islice, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Cluster, Edge
from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.match import find_first_copies
from copydesk.pipeline.offline.dedup_clusters import Dedup
from copydesk.pipeline.offline.sketch_store import (
    PackedSketches,
    SketchStore,
    SketchWriter,
    pack_sketches,
    to_time,
)
from copydesk.pipeline.offline.slices import (
    SLICE_DOCUMENTS,
    Slice,
    SliceEdges,
    join_edges,
    match_slice,
    plan_pairs,
    plan_slices,
)
from copydesk.pipeline.offline.worker_pool import map_in_order
from copydesk.pipeline.sign import sign

_I64 = npt.NDArray[np.int64]

BATCH_SIZE = 1_000
"""Documents per signing batch."""

_MIN_PARALLEL_DOCUMENTS = 20_000
"""So many documents are signed by this process before it starts others, which need a second to load."""

ProgressCallback = Callable[[str, int, int | None], None]
"""Called with the stage's name, the number of items done and the total; None while that is unknown."""


@dataclass(frozen=True, slots=True)
class DedupResult:
    """The stories found in a set of documents, and the edges between them."""

    clusters: list[Cluster]
    """The stories in the order of their representatives: full articles before briefs, then by publication time."""

    edges: list[Edge]
    """Every verified near-duplicate and near miss, by (a, b). Surplus copies (``match.surplus_copies``) have one
    edge, to the earliest copy."""

    @property
    def assignments(self) -> dict[str, str]:
        """The id of the story's representative for each document id."""
        return {member: story.representative for story in self.clusters for member in story.members}


def deduplicate(
    documents: Iterable[Document], profile: Profile | None = None, progress: ProgressCallback | None = None
) -> DedupResult:
    """Group documents into stories. Every document is in exactly one story; the result does not depend on their order.

    Args:
        documents: Documents with unique ids.
        profile: The parameters; None uses the default profile.
        progress: Called during the stages ``sign`` and ``match``.

    Raises:
        ValueError: Two documents have the same id.
    """
    with open_dedup(documents, profile or Profile(), progress=progress) as found:
        return DedupResult(found.list_clusters(), list(found.iterate_edges()))


@contextmanager
def open_dedup(
    documents: Iterable[Document],
    profile: Profile,
    *,
    workers: int = 1,
    keep_edges: bool = True,
    progress: ProgressCallback | None = None,
    slice_documents: int = SLICE_DOCUMENTS,
) -> Iterator[Dedup]:
    """Group documents into stories, of which the edges stay in a temporary file.

    Texts are not kept. In memory are the ids of all documents, some 400 bytes of each, and what one slice is compared
    with: the window.

    Args:
        documents: Documents with unique ids, read once.
        profile: The parameters.
        workers: Processes that sign and match; the result does not depend on their number.
        keep_edges: Keep the edges for ``Dedup.iterate_edges``.
        progress: Called during the stages ``sign`` and ``match``.
        slice_documents: As in ``plan_slices``.

    Raises:
        ValueError: Two documents have the same id.
        BadProfile: As ``sign``.
        Permanent: The disk with the temporary files is full.
    """
    with (
        _report_full_disk(),
        scratch_folder("dedup") as folder,
        (folder / "edges").open("w+b") as edges,
    ):
        ids = _sign_all(documents, profile, workers, folder, progress)
        with closing(SketchStore(folder)) as store:
            ranks = _rank_ids(ids)
            first_copies = _find_repeated(store, ids, profile)
            compared = np.ones(len(ids), dtype=bool)
            surplus = [(first, number) for number, (first, is_surplus) in first_copies.items() if is_surplus]
            compared[[number for _, number in surplus]] = False
            slices = chain(
                plan_slices(store.header["time"], ranks, compared, profile, slice_documents),
                plan_pairs(np.array(surplus, dtype=np.int64).reshape(-1, 2)),
            )
            matched: Iterator[SliceEdges]
            if workers < 2 or len(ids) < _MIN_PARALLEL_DOCUMENTS:
                matched = map(partial(match_slice, store, profile, keep_edges), slices)
            else:
                matched = map_in_order(partial(_match_in_worker, folder, profile, keep_edges), slices, workers)
            parts: list[SliceEdges] = []
            sizes: list[int] = []
            done = 0
            for part in matched:
                edges.writelines(part.packed)
                sizes += map(len, part.packed)
                part.packed.clear()
                parts.append(part)
                done += part.documents
                if progress:
                    progress("match", done, len(ids))
            edges.flush()
            yield Dedup(
                ids, store.header, join_edges(parts), first_copies, profile, ranks, edges, np.array(sizes, np.int64)
            )


@contextmanager
def _report_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Permanent(
            f"There is no space left for temporary files in {tempfile.gettempdir()}, which need about 2.5 kB per"
            " document.",
            "Set TMPDIR to a folder on a larger disk.",
        ) from None


def _match_in_worker(folder: Path, profile: Profile, keep_edges: bool, piece: Slice) -> SliceEdges:
    return match_slice(_open_store(folder), profile, keep_edges, piece)


@cache
def _open_store(folder: Path) -> SketchStore:
    """Return the sketches of this worker process, which works on one set of documents only."""
    return SketchStore(folder)


def _sign_all(
    documents: Iterable[Document], profile: Profile, workers: int, folder: Path, progress: ProgressCallback | None
) -> list[str]:
    """Write the sketches of all documents, and return their ids."""
    batches = _make_batches(iter(documents))
    sign_batch = partial(_sign_batch, profile)
    here = islice(batches, None if workers < 2 else _MIN_PARALLEL_DOCUMENTS // BATCH_SIZE)
    with SketchWriter(folder) as writer:
        for packed in chain(map(sign_batch, here), _sign_in_workers(sign_batch, batches, workers)):
            writer.append(packed)
            if progress:
                progress("sign", len(writer.ids), None)
        if progress:
            progress("sign", len(writer.ids), len(writer.ids))
        writer.finish()
        return writer.ids


def _sign_in_workers(
    sign_batch: Callable[[list[Document]], PackedSketches], batches: Iterator[list[Document]], workers: int
) -> Iterator[PackedSketches]:
    """Sign the remaining batches, if there are any."""
    for batch in batches:
        yield from map_in_order(sign_batch, chain([batch], batches), workers)


def _make_batches(documents: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(islice(documents, BATCH_SIZE)):
        yield batch


def _sign_batch(profile: Profile, documents: list[Document]) -> PackedSketches:
    return pack_sketches(sign(documents, profile, with_minhash=False))


def _rank_ids(ids: Sequence[str]) -> _I64:
    """Return the place of each id in the order of ids.

    Raises:
        ValueError: Two are equal.
    """
    order = sorted(range(len(ids)), key=ids.__getitem__)
    for number, next_number in pairwise(order):
        if ids[number] == ids[next_number]:
            raise ValueError(f"duplicate document id {ids[number]!r}")
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[order] = np.arange(len(ids))
    return ranks


@dataclass(frozen=True, slots=True)
class _Repeated:
    """A document with identical copies, as ``match.surplus_copies.Copy``."""

    id: str
    published_at: datetime | None
    content_hash: int
    is_brief: bool


def _find_repeated(store: SketchStore, ids: Sequence[str], profile: Profile) -> dict[int, tuple[int, bool]]:
    """Find the first copy of each document that has identical copies, as ``find_first_copies`` does for all."""
    hashes = store.header["content_hash"]
    order = np.argsort(hashes, kind="stable")
    is_repeat = np.concatenate(([False], hashes[order][1:] == hashes[order][:-1]))[: order.size]
    is_repeated = is_repeat | np.concatenate((is_repeat[1:], [False]))[: order.size]
    numbers = np.sort(order[is_repeated]).tolist()
    copies = [
        _Repeated(ids[number], to_time(int(row["time"])), int(row["content_hash"]), bool(row["is_brief"]))
        for number, row in zip(numbers, store.header[numbers], strict=True)
    ]
    return {
        number: (numbers[first], is_surplus)
        for number, (first, is_surplus) in zip(numbers, find_first_copies(copies, profile), strict=True)
    }
