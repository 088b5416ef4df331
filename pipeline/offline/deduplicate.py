"""Sign, match and fold documents in memory: the same stages as the tasks, without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copydesk.pipeline.core.dedup_records import Cluster, Edge, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.fold import Node, cluster
from copydesk.pipeline.match import Verifier, find_candidates, find_first_copies, is_worth_storing
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
    profile = profile or Profile()
    documents = sorted(documents, key=lambda document: document.id)
    for document, next_document in pairwise(documents):
        if document.id == next_document.id:
            raise ValueError(f"duplicate document id {document.id!r}")
    sketches = _sign_all(documents, profile, progress)
    first_copies = find_first_copies(sketches, profile)
    edges = _match_all(sketches, first_copies, profile, progress)
    nodes = [
        Node(
            sketch.id,
            sketch.published_at,
            sketch.features.is_brief,
            first_copy=sketches[first].id,
            is_surplus=is_surplus,
        )
        for sketch, (first, is_surplus) in zip(sketches, first_copies, strict=True)
    ]
    merging_edges = [(edge.a, edge.b, edge.is_near_identical) for edge in edges if edge.merges]
    return DedupResult(cluster(nodes, merging_edges, profile.window_hours, max_members=None), edges)


def _sign_all(documents: Sequence[Document], profile: Profile, progress: ProgressCallback | None) -> list[Sketch]:
    sketches: list[Sketch] = []
    for first in range(0, len(documents), BATCH_SIZE):
        sketches += sign(documents[first : first + BATCH_SIZE], profile)
        if progress:
            progress("sign", len(sketches), len(documents))
    return sketches


def _match_all(
    sketches: Sequence[Sketch],
    first_copies: Sequence[tuple[int, bool]],
    profile: Profile,
    progress: ProgressCallback | None,
) -> list[Edge]:
    compared = [at for at, (_, is_surplus) in enumerate(first_copies) if not is_surplus]
    candidates = find_candidates([sketches[at] for at in compared], profile)
    pairs = [(compared[i], compared[j]) for i, j in candidates]
    pairs += [(min(first, at), max(first, at)) for at, (first, is_surplus) in enumerate(first_copies) if is_surplus]
    pairs.sort()
    verifier = Verifier(sketches, profile)
    edges = []
    for done, (i, j) in enumerate(pairs, 1):
        edge = verifier.verify(sketches[i], sketches[j])
        if is_worth_storing(edge):
            edges.append(edge)
        if progress and (done % BATCH_SIZE == 0 or done == len(pairs)):
            progress("match", done, len(pairs))
    return edges
