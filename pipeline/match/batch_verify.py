"""Verification of many pairs, in which a text that many sites print word for word is compared once, not pair by pair.

What `verify` says of two documents depends on their texts and on how far they are apart in time, on nothing else:
a thousand prints of one item are half a million pairs, and a few hundred distances in hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Edge, Sketch
from copydesk.pipeline.match.evidence import measure_gap
from copydesk.pipeline.match.verify import verify


class Verifier:
    """``verify`` for pairs of these documents, edge for edge the same."""

    def __init__(self, sketches: Collection[Sketch], profile: Profile) -> None:
        self._profile = profile
        self._known: dict[Hashable, Edge] = {}
        prints = Counter(sketch.features.text_hash for sketch in sketches)
        numbers: dict[Hashable, int] = {}
        self._texts = {
            sketch.id: numbers.setdefault(_describe(sketch), len(numbers))
            for sketch in sketches
            if prints[sketch.features.text_hash] > 1
        }

    def verify(self, a: Sketch, b: Sketch) -> Edge:
        """As ``match.verify.verify``; documents that were not announced are compared each time."""
        if a.id > b.id:
            a, b = b, a
        one, two = self._texts.get(a.id), self._texts.get(b.id)
        if one is None and two is None:
            return verify(a, b, self._profile)
        asked = (a.id if one is None else one, b.id if two is None else two, measure_gap(a, b))
        known = self._known.get(asked)
        if known is None:
            known = self._known[asked] = verify(a, b, self._profile)
        whole = known.container_id and (a.id if known.container_id == known.a else b.id)
        return Edge(
            a.id, b.id, known.kind, known.merges, known.shared, known.size_a, known.size_b, known.rule, whole,
            known.evidence, known.is_near_identical,
        )  # fmt: skip


def _describe(sketch: Sketch) -> Hashable:
    """All of a document that verification reads, but its id and its time."""
    features = sketch.features
    arrays = (
        features.title, features.lead, features.numbers, features.names, features.opening, features.place,
        features.agencies, sketch.shingles,
    )  # fmt: skip
    marks = (features.notice, features.is_headline_only, features.is_brief, features.is_digest)
    return (features.word_count, features.text_hash, *marks, *(array.tobytes() for array in arrays))
