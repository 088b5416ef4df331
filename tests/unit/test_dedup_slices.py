"""Dedup in slices of time gives what comparing all documents at once gives, whatever the slices and the processes."""

from __future__ import annotations

import errno
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.pipeline.core.dedup_records import Cluster, Edge
from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.fold import Node, cluster, find_components
from copydesk.pipeline.match import find_candidates, find_first_copies, is_worth_storing, verify
from copydesk.pipeline.offline import deduplicate as module
from copydesk.pipeline.offline.deduplicate import deduplicate, open_dedup
from copydesk.pipeline.offline.sketch_store import UNKNOWN_TIME, SketchStore, SketchWriter, pack_sketches
from copydesk.pipeline.offline.slices import plan_slices
from copydesk.pipeline.offline.worker_pool import map_in_order
from copydesk.pipeline.sign import sign
from tests.fold_corpus import make_fold_corpus
from tests.story_builder import NOON, copy, make_story


def deduplicate_at_once(documents: Sequence[Document], profile: Profile) -> tuple[list[Cluster], list[Edge]]:
    """Compare all pairs with the pure functions of the stages, and cluster everything in one call."""
    sketches = sign(sorted(documents, key=lambda one: one.id), profile)
    first_copies = find_first_copies(sketches, profile)
    compared = [at for at, (_, is_surplus) in enumerate(first_copies) if not is_surplus]
    candidates = find_candidates([sketches[at] for at in compared], profile)
    pairs = [(compared[i], compared[j]) for i, j in candidates]
    pairs += [(min(first, at), max(first, at)) for at, (first, is_surplus) in enumerate(first_copies) if is_surplus]
    edges = [verify(sketches[i], sketches[j], profile) for i, j in sorted(pairs)]
    edges = [edge for edge in edges if is_worth_storing(edge)]
    nodes = [
        Node(one.id, one.published_at, one.is_brief, first_copy=sketches[first].id, is_surplus=is_surplus)
        for one, (first, is_surplus) in zip(sketches, first_copies, strict=True)
    ]
    merging = [(edge.a, edge.b, edge.is_near_identical) for edge in edges if edge.merges]
    return cluster(nodes, merging, profile.window_hours, max_members=None), edges


def make_documents(seed: int, untimed: int) -> list[Document]:
    """Return stories with edited copies at many times, some equal, many identical copies, and some without a time."""
    rng = random.Random(seed)
    documents = make_fold_corpus(seed, 6)
    story = make_story(seed * 10_000 + 999, 5)
    documents += [copy(story, f"copy-{seed}-{number:02}", rng.choice([0, 1, 3, 30, 100])) for number in range(25)]
    documents += [Document(f"blank-{seed}-{number}", "", "", NOON) for number in range(2)]
    rng.shuffle(documents)
    return [replace(one, published_at=None) if at < untimed else one for at, one in enumerate(documents)]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 5_000),
    hours=st.sampled_from([0, 1, 24, 96, None]),
    untimed=st.integers(0, 12),
    slice_documents=st.sampled_from([1, 2, 7, 30, 20_000]),
)
def test_slices_give_what_all_documents_at_once_give(
    seed: int, hours: int | None, untimed: int, slice_documents: int
) -> None:
    documents, profile = make_documents(seed, untimed), Profile(window_hours=hours)
    expected = deduplicate_at_once(documents, profile)
    with open_dedup(documents, profile, slice_documents=slice_documents) as found:
        assert (found.list_clusters(), list(found.iterate_edges())) == expected
        assert found.story_count == len(expected[0])
        representatives = [found.ids[number] for number in found.representatives.tolist()]
        leaders = {member: story.representative for story in expected[0] for member in story.members}
        assert dict(zip(found.ids, representatives, strict=True)) == leaders
        assert list(found.ids) == [one.id for one in documents]


def test_number_of_workers_does_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MIN_PARALLEL_DOCUMENTS", 40)
    monkeypatch.setattr(module, "BATCH_SIZE", 20)
    documents, profile = make_documents(1, 5), Profile()
    expected = deduplicate(documents, profile)
    with open_dedup(documents, profile, workers=2, slice_documents=10) as found:
        assert (found.list_clusters(), list(found.iterate_edges())) == (expected.clusters, expected.edges)


def test_edges_are_not_kept_unless_asked_for() -> None:
    documents = make_documents(2, 0)
    with open_dedup(documents, Profile(), keep_edges=False) as found:
        assert found.list_clusters() == deduplicate(documents).clusters


@settings(max_examples=100, deadline=None)
@given(
    times=st.lists(st.one_of(st.none(), st.integers(-5, 300)), max_size=40),
    hours=st.sampled_from([0, 1, 24, None]),
    size=st.integers(1, 20),
    surplus=st.sets(st.integers(0, 39)),
)
def test_every_pair_within_the_window_is_in_one_slice(
    times: list[int | None], hours: int | None, size: int, surplus: set[int]
) -> None:
    micro = np.array([UNKNOWN_TIME if hour is None else hour * 3_600_000_000 for hour in times], dtype=np.int64)
    compared = np.array([at not in surplus for at in range(len(times))], dtype=bool)
    ranks = np.arange(len(times))
    found: list[tuple[int, int]] = []
    for piece in plan_slices(micro, ranks, compared, Profile(window_hours=hours), size):
        new = range(piece.first_new, piece.documents.size)
        numbers = piece.documents.tolist()
        found += [(min(numbers[i], numbers[j]), max(numbers[i], numbers[j])) for j in new for i in range(j)]
    assert len(found) == len(set(found))
    for i, j in combinations([at for at in range(len(times)) if compared[at]], 2):
        one, other = times[i], times[j]
        if one is None or other is None or hours is None or abs(one - other) <= hours:
            assert (i, j) in found
    assert all(compared[i] and compared[j] for i, j in found)


def test_slice_is_compared_with_no_more_than_the_window() -> None:
    times = np.arange(1_000, dtype=np.int64) * 3_600_000_000
    slices = list(plan_slices(times, np.arange(1_000), np.ones(1_000, bool), Profile(window_hours=24), 50))
    assert len(slices) == 20
    assert max(piece.first_new for piece in slices) <= 25


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1_000), notice=st.text(max_size=5))
def test_stored_sketch_equals_the_signed_one(tmp_path_factory: pytest.TempPathFactory, seed: int, notice: str) -> None:
    folder: Path = tmp_path_factory.mktemp("store")
    documents = [replace(one, notice=notice, id=f"é\ud800{one.id}") for one in make_documents(seed, 3)]
    sketches = sign(documents, Profile(), with_minhash=False)
    with SketchWriter(folder) as writer:
        writer.append(pack_sketches(sketches[:10]))
        writer.append(pack_sketches([]))
        writer.append(pack_sketches(sketches[10:]))
        writer.finish()
    store = SketchStore(folder)
    for number, sketch in enumerate(sketches):
        read = store.read_sketch(number)
        for name in ("id", "published_at", "content_hash"):
            assert getattr(read, name) == getattr(sketch, name)
        assert np.array_equal(read.shingles, sketch.shingles)
        for name in sketch.features.__dataclass_fields__:
            one, other = getattr(read.features, name), getattr(sketch.features, name)
            assert np.array_equal(one, other), name
            assert getattr(one, "dtype", None) == getattr(other, "dtype", None), name
    numbers = np.array([5, 6, 7, 3, 12, 11], dtype=np.int64)
    table, low_bits = store.read_lookups(numbers)
    for position, number in enumerate(numbers.tolist()):
        own = table.owners == position
        assert np.array_equal(table.keys[own & ~table.is_item_key], sketches[number].keys)
        assert np.array_equal(table.keys[own & table.is_item_key], sketches[number].item_keys)
        bits = low_bits.bits[low_bits.starts[position] : low_bits.starts[position + 1]]
        assert np.array_equal(bits, (sketches[number].shingles & np.uint64(0xFFFF)).astype(np.uint16))
    store.close()


@given(
    edges=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1]), max_size=40
    )
)
def test_components_are_connected_and_complete(edges: list[tuple[int, int]]) -> None:
    label = {number: number for pair in edges for number in pair}
    for _ in label:
        for a, b in edges:
            label[a] = label[b] = min(label[a], label[b])
    expected: dict[int, list[int]] = {}
    for number in sorted(label):
        expected.setdefault(label[number], []).append(number)
    assert find_components(edges) == list(expected.values())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), hours=st.sampled_from([6, None]))
def test_clusters_of_components_are_those_of_all_documents(seed: int, hours: int | None) -> None:
    rng = random.Random(seed)
    nodes = [
        Node(
            f"{number:02}",
            NOON + timedelta(hours=rng.randint(0, 9)) if rng.random() < 0.9 else None,
            rng.random() < 0.3,
        )
        for number in range(30)
    ]
    edges = [rng.sample(range(30), 2) for _ in range(25)]
    named = [(nodes[a].id, nodes[b].id, rng.random() < 0.5) for a, b in edges]
    whole = {found.members for found in cluster(nodes, named, hours)}
    parts: set[tuple[str, ...]] = set()
    alone = set(range(30))
    for component in find_components((a, b) for a, b in edges):
        alone -= set(component)
        parts |= {found.members for found in cluster([nodes[at] for at in component], named, hours)}
    assert whole == parts | {(nodes[at].id,) for at in alone}


def exit_at_once(_: int) -> int:
    import os

    os._exit(9)


def test_killed_worker_is_reported() -> None:
    with pytest.raises(Permanent, match="A worker process was killed"):
        list(map_in_order(exit_at_once, [1, 2], 2))


def test_full_disk_is_reported_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SketchWriter, "append", fail)
    with pytest.raises(Permanent, match="Set TMPDIR to a folder on a larger disk"):
        deduplicate([make_story(1)])
