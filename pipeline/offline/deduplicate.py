"""The whole of sign, match and fold in memory: what the tasks do, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Cluster, Document, Edge, Sketch
from copydesk.pipeline.fold import Node, cluster
from copydesk.pipeline.match import Verifier, find_candidates, is_kept
from copydesk.pipeline.sign import sign

BATCH_SIZE = 1_000

ProgressCallback = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class DedupResult:
    """``clusters`` in order of their leaders; ``edges`` every verified likeness and near miss, by (a, b)."""

    clusters: list[Cluster]
    edges: list[Edge]

    @property
    def assignments(self) -> dict[str, str]:
        """Document id to the id of its story's leader."""
        return {member: found.representative for found in self.clusters for member in found.members}


def deduplicate(
    documents: Iterable[Document], profile: Profile | None = None, progress: ProgressCallback | None = None
) -> DedupResult:
    """Fold documents into stories; the answer does not depend on their order. Every document is in exactly one story.

    Raises:
        ValueError: an id stands twice.
        RunawayStory: a story has more copies than any wire could cause.
    """
    profile = profile or Profile()
    documents = sorted(documents, key=lambda document: document.id)
    for one, two in pairwise(documents):
        if one.id == two.id:
            raise ValueError(f"document {one.id!r} stands twice")
    sketches = _sign_all(documents, profile, progress)
    edges = _match_all(sketches, profile, progress)
    nodes = [Node(sketch.id, sketch.published_at, sketch.features.is_brief) for sketch in sketches]
    joining = [(edge.a, edge.b, edge.is_near_identical) for edge in edges if edge.merges]
    return DedupResult(cluster(nodes, joining, profile.window_hours), edges)


def _sign_all(documents: Sequence[Document], profile: Profile, progress: ProgressCallback | None) -> list[Sketch]:
    sketches: list[Sketch] = []
    for first in range(0, len(documents), BATCH_SIZE):
        sketches += sign(documents[first : first + BATCH_SIZE], profile)
        if progress:
            progress("sign", len(sketches), len(documents))
    return sketches


def _match_all(sketches: Sequence[Sketch], profile: Profile, progress: ProgressCallback | None) -> list[Edge]:
    pairs = find_candidates(sketches, profile)
    verifier = Verifier(sketches, profile)
    edges = []
    for at, (i, j) in enumerate(pairs, 1):
        edge = verifier.verify(sketches[i], sketches[j])
        if is_kept(edge):
            edges.append(edge)
        if progress and (at % BATCH_SIZE == 0 or at == len(pairs)):
            progress("match", at, len(pairs))
    return edges
