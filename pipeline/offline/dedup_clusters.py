"""The result of dedup: clusters, computed for whole components, and edges, read from a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from copydesk.pipeline.core.dedup_records import Cluster, Edge
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.fold import Node, cluster, find_components
from copydesk.pipeline.offline.sketch_store import to_time
from copydesk.pipeline.offline.slices import SliceEdges, unpack_edge

_I64 = npt.NDArray[np.int64]

_CLUSTERED_AT_ONCE = 10_000
"""Documents of whole components that are clustered in one call."""


class Dedup:
    """The stories found in a set of documents; usable within ``open_dedup``.

    Attributes:
        ids: The id of each document, in the order in which they were read.
        representatives: int64[documents], the number of the representative of each document's story.
        story_count: The number of stories.
    """

    def __init__(
        self,
        ids: Sequence[str],
        header: npt.NDArray[np.void],
        edges: SliceEdges,
        first_copies: Mapping[int, tuple[int, bool]],
        profile: Profile,
        ranks: _I64,
        packed_edges: BinaryIO,
        packed_sizes: _I64,
    ) -> None:
        """Cluster the documents.

        Args:
            ids: The id of each document.
            header: ``HEADER``[documents], of their sketches.
            edges: All edges, without what is packed.
            first_copies: As ``find_first_copies`` returns them, of the documents that have identical copies.
            profile: Its window applies.
            ranks: int64[documents], the place of each id in the order of ids.
            packed_edges: The file with the rest of each edge, one after the other.
            packed_sizes: int64[edges], their sizes in bytes; none if they were not kept.
        """
        self.ids = ids
        self._header = header
        self._edges = edges
        self._ranks = ranks
        self._file = packed_edges
        self._sizes = packed_sizes
        self.representatives: _I64 = np.arange(len(ids))
        self._members: dict[int, list[int]] = {}
        """Of each story with more than one member: the members in order, by the number of the representative."""
        self._cluster(first_copies, profile)

    @property
    def story_count(self) -> int:
        """The number of stories."""
        return len(self.ids) - sum(len(members) - 1 for members in self._members.values())

    def list_large_stories(self, more_than: int) -> list[tuple[str, int]]:
        """Return the representative and the number of members of each story with more members, in order."""
        large = sorted((self._make_sort_key(one), one) for one in self._members if len(self._members[one]) > more_than)
        return [(self.ids[number], len(self._members[number])) for _, number in large]

    def list_clusters(self) -> list[Cluster]:
        """Return the stories in the order of their representatives."""
        leaders = np.flatnonzero(self.representatives == np.arange(len(self.ids))).tolist()
        return [
            Cluster(self.ids[leader], tuple(self.ids[one] for one in self._members.get(leader, [leader])))
            for leader in sorted(leaders, key=self._make_sort_key)
        ]

    def iterate_stories(self) -> Iterator[tuple[str, str]]:
        """Yield the id and the representative of each document, in the order of reading."""
        for document, number in zip(self.ids, self.representatives.tolist(), strict=True):
            yield document, self.ids[number]

    def iterate_sizes(self) -> Iterator[tuple[str, int, datetime | None]]:
        """Yield each representative, in the order of reading, the number of its copies with itself, and its time."""
        for number in np.flatnonzero(self.representatives == np.arange(len(self.ids))).tolist():
            copies = len(self._members.get(number, (number,)))
            yield self.ids[number], copies, to_time(int(self._header[number]["time"]))

    def iterate_edges(self) -> Iterator[Edge]:
        """Yield every verified near-duplicate and near miss, by (a, b), if ``keep_edges`` was true."""
        ends = self._edges.ends
        starts = np.cumsum(self._sizes) - self._sizes
        for at in np.lexsort((self._ranks[ends[:, 1]], self._ranks[ends[:, 0]])).tolist():
            a, b = ends[at].tolist()
            data = os.pread(self._file.fileno(), int(self._sizes[at]), int(starts[at]))
            yield unpack_edge(data, self.ids[a], self.ids[b])

    def _make_sort_key(self, number: int) -> tuple[bool, datetime, str]:
        return self._make_node(number).sort_key

    def _make_node(self, number: int, first_copy: str = "", *, is_surplus: bool = False) -> Node:
        row = self._header[number]
        return Node(self.ids[number], to_time(int(row["time"])), bool(row["is_brief"]), first_copy, is_surplus)

    def _cluster(self, first_copies: Mapping[int, tuple[int, bool]], profile: Profile) -> None:
        """Cluster whole connected components, many in one call: ``cluster`` never looks outside of one."""
        merging = self._edges.ends[self._edges.merges]
        is_near_identical = self._edges.is_near_identical[self._edges.merges]
        components = find_components(merging.tolist())
        batch_of = np.full(len(self.ids), -1)
        batches: list[list[int]] = []
        for component in components:
            if not batches or len(batches[-1]) + len(component) > _CLUSTERED_AT_ONCE:
                batches.append([])
            batches[-1] += component
            batch_of[component] = len(batches) - 1
        order = np.argsort(batch_of[merging[:, 0]], kind="stable")
        ends = np.searchsorted(batch_of[merging[order, 0]], np.arange(len(batches) + 1))
        for members, (start, end) in zip(batches, pairwise(ends.tolist()), strict=True):
            number_of = {self.ids[number]: number for number in members}
            nodes = []
            for number in members:
                first, is_surplus = first_copies.get(number, (number, False))
                nodes.append(self._make_node(number, self.ids[first], is_surplus=is_surplus))
            rows = order[start:end]
            edges = [
                (self.ids[a], self.ids[b], near)
                for (a, b), near in zip(merging[rows].tolist(), is_near_identical[rows].tolist(), strict=True)
            ]
            for found in cluster(nodes, edges, profile.window_hours, max_members=None):
                if len(found.members) > 1:
                    numbers = [number_of[member] for member in found.members]
                    self._members[numbers[0]] = numbers
                    self.representatives[numbers] = numbers[0]
