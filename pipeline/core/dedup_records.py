"""The records of deduplication: plain and frozen, with no library's types except numpy's.

Document -> Sketch -> Edge -> Cluster
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class EdgeKind(StrEnum):
    """How two documents are related; see ``match.edge_rules``."""

    DUPLICATE = "duplicate"
    """Nearly the same text."""

    REVISION = "revision"
    """One is an update, a correction or a kill of the other, or an edited copy."""

    EXCERPT = "excerpt"
    """One was cut from the other, or announced it as a flash."""

    PART_OF = "part_of"
    """One contains the other among other items."""

    SERIES = "series"
    """The same form, but another issue, subject, place or day."""


MERGING_KINDS = frozenset({EdgeKind.DUPLICATE, EdgeKind.REVISION, EdgeKind.EXCERPT})
"""The kinds that make two documents one story."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What edge rules may read of one document besides its shingles.

    All arrays but the vocabulary are uint64 hashes, sorted and distinct. In a multiset the n-th occurrence of a word
    has a hash of its own, so the intersection of two arrays has the size of the intersection of the multisets.
    """

    word_count: int
    """Words of the body."""

    text_hash: int
    """Of the words of title and body, in order: equal for equal texts (xxh3, 64 bits)."""

    title_hash: int
    """Of the words of the title, in order; 0 if it has none."""

    title: npt.NDArray[np.uint64]
    """Words of the title without a desk's prefix ("CORRECTED - ")."""

    lead: npt.NDArray[np.uint64]
    """The first 40 words of the body, a multiset."""

    numbers: npt.NDArray[np.uint64]
    """Words of the body that begin or end with a digit, a multiset."""

    names: npt.NDArray[np.uint64]
    """Words of the body that begin with a capital within a sentence, a multiset."""

    vocabulary: npt.NDArray[np.uint32]
    """Distinct words of the body: the lower halves of their hashes, sorted."""

    opening: npt.NDArray[np.uint64]
    """Shingles of the first words, as many words as the shortest of ``Profile.lead_keys``."""

    place: npt.NDArray[np.uint64]
    """Words of the place in the dateline; none if it has no dateline, or one with only a date."""

    agencies: npt.NDArray[np.uint64]
    """Names of the agencies that the document gives as its own, one hash each."""

    notice: str = ""
    """One of ``Notice``, or empty: that of the document, otherwise that of the title's prefix."""

    is_headline_only: bool = False
    """The document has no text of its own besides its title: a flash or a kill."""

    is_brief: bool = False
    """The document has at most a few lines; it never represents a story that has a longer copy."""

    is_digest: bool = False
    """The document is made of items that are stories of their own."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A document as it is compared: shingle hashes, MinHash values, lookup keys and features."""

    id: str
    """Id of the document."""

    published_at: datetime | None
    """Aware, UTC; None if unknown."""

    minhash: npt.NDArray[np.uint32]
    """uint32[num_perm]: equal to ``datasketch.MinHash(scheme="affine32").hashvalues``."""

    shingles: npt.NDArray[np.uint64]
    """uint64[n], sorted, distinct: the exact set of shingle hashes."""

    keys: npt.NDArray[np.int64]
    """int64[n], distinct: candidates are looked up by them. Signed, because the database stores bigint; odd keys are
    high-value (``sign.keys.HIGH_VALUE_BIT``)."""

    item_keys: npt.NDArray[np.int64]
    """int64[n], distinct, disjoint from ``keys``: of a digest, the keys of its items."""

    features: Features
    """What edge rules read besides the shingles."""

    content_hash: int = 0
    """Equal for documents that differ in nothing but id and time (xxh3, 64 bits); 0 for one without words."""

    @property
    def is_brief(self) -> bool:
        """As in ``Features``."""
        return self.features.is_brief


@dataclass(frozen=True, slots=True)
class Edge:
    """The result of comparing two documents; a pure function of the two and the profile."""

    a: str
    """Id of one document; ``a`` < ``b``."""

    b: str
    """Id of the other document."""

    kind: EdgeKind | None
    """None if the two are not related."""

    merges: bool
    """The kind makes the two one story."""

    shared: int
    """Number of shared shingles."""

    size_a: int
    """Number of shingles of ``a``."""

    size_b: int
    """Number of shingles of ``b``."""

    rule: str
    """Name of the rule that decided (``match.edge_rules.RULES``)."""

    container_id: str = ""
    """For a directed kind (``part_of``, ``excerpt``), id of the document that contains the other; otherwise empty."""

    evidence: dict[str, float | int | str] = field(default_factory=dict)
    """What the rules looked at."""

    is_near_identical: bool = False
    """The edge merges, and nearly all of the shorter text is in the longer one, or one refers to the other by its
    title, as a kill does."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The documents that are one piece of copy."""

    representative: str
    """Id of the first member."""

    members: tuple[str, ...]
    """Ids in order of (``is_brief``, time, id)."""
