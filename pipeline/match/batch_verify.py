"""Verification of many pairs: a text that many sites print word for word is compared once, not once per pair.

The result of ``verify`` depends only on the texts of two documents and on their distance in time. A thousand copies of
one item make half a million pairs, but only a few hundred distances in hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable

from copydesk.pipeline.core.dedup_records import Edge, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.match.evidence import measure_gap
from copydesk.pipeline.match.verify import verify


class Verifier:
    """``verify`` with a cache; every edge equals that of ``match.verify.verify``."""

    def __init__(self, sketches: Collection[Sketch], profile: Profile) -> None:
        """Find the documents with equal content.

        Args:
            sketches: the documents that will be compared, each id once.
            profile: under which they were signed; its thresholds apply.
        """
        self._profile = profile
        self._cache: dict[Hashable, Edge] = {}
        copies = Counter(sketch.content_hash for sketch in sketches)
        self._repeated = {sketch.id for sketch in sketches if sketch.content_hash and copies[sketch.content_hash] > 1}

    def verify(self, a: Sketch, b: Sketch) -> Edge:
        """Return the edge of two documents; a document that was not passed to the constructor is never cached."""
        if a.id > b.id:
            a, b = b, a
        if a.id not in self._repeated and b.id not in self._repeated:
            return verify(a, b, self._profile)
        key = (a.content_hash or a.id, b.content_hash or b.id, measure_gap(a, b))
        edge = self._cache.get(key)
        if edge is None:
            edge = self._cache[key] = verify(a, b, self._profile)
        container_id = edge.container_id and (a.id if edge.container_id == edge.a else b.id)
        return Edge(
            a.id, b.id, edge.kind, edge.merges, edge.shared, edge.size_a, edge.size_b, edge.rule, container_id,
            edge.evidence, edge.is_near_identical,
        )  # fmt: skip
