"""Sign, match and fold documents in memory: the same stages as the tasks, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copydesk.pipeline.core.dedup_records import Cluster, Edge, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.fold import Node, cluster
from copydesk.pipeline.match import Verifier, find_candidates, is_worth_storing
from copydesk.pipeline.sign import sign

BATCH_SIZE = 1_000
"""Documents per signing batch, and pairs between two progress reports."""

ProgressCallback = Callable[[str, int, int], None]
"""Called with the stage's name, the number of items done and the total."""


@dataclass(frozen=True, slots=True)
class DedupResult:
    """The stories found in a set of documents, and the edges between them."""

    clusters: list[Cluster]
    """The stories in the order of their representatives: full articles before briefs, then by publication time."""

    edges: list[Edge]
    """Every verified near-duplicate and near miss, ordered by (a, b)."""

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
        RunawayStory: A story has more copies than copying can explain.
    """
    profile = profile or Profile()
    documents = sorted(documents, key=lambda document: document.id)
    for document, next_document in pairwise(documents):
        if document.id == next_document.id:
            raise ValueError(f"duplicate document id {document.id!r}")
    sketches = _sign_all(documents, profile, progress)
    edges = _match_all(sketches, profile, progress)
    nodes = [Node(sketch.id, sketch.published_at, sketch.features.is_brief) for sketch in sketches]
    merging_edges = [(edge.a, edge.b, edge.is_near_identical) for edge in edges if edge.merges]
    return DedupResult(cluster(nodes, merging_edges, profile.window_hours), edges)


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
    for done, (i, j) in enumerate(pairs, 1):
        edge = verifier.verify(sketches[i], sketches[j])
        if is_worth_storing(edge):
            edges.append(edge)
        if progress and (done % BATCH_SIZE == 0 or done == len(pairs)):
            progress("match", done, len(pairs))
    return edges
