"""The records that flow from stage to stage: plain, frozen, free of any library's types but numpy's.

Page -> Extraction -> Article -> Sketch -> Edge -> Story
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Outcome(StrEnum):
    """What became of one URL of a run; every URL has exactly one."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class ArticleKind(StrEnum):
    """What a page turned out to be."""

    ARTICLE = "article"
    REFUSED = "refused"


class EdgeKind(StrEnum):
    """How two articles are alike; ``JOINING`` holds the kinds that make them one story."""

    DUPLICATE = "duplicate"
    REVISION = "revision"
    EXCERPT = "excerpt"
    PART_OF = "part_of"
    SERIES = "series"


MERGING_KINDS = frozenset({EdgeKind.DUPLICATE, EdgeKind.REVISION, EdgeKind.EXCERPT})


class Notice(StrEnum):
    """What a desk says about its own copy."""

    KILL = "kill"
    WITHHOLD = "withhold"
    CORRECTION = "correction"
    REFILE = "refile"
    WRITETHRU = "writethru"
    LEAD = "lead"
    UPDATE = "update"
    ADVISORY = "advisory"
    EMBARGO = "embargo"


WITHDRAWAL_NOTICES = frozenset({Notice.KILL, Notice.WITHHOLD})
REVISION_NOTICES = frozenset({Notice.CORRECTION, Notice.REFILE, Notice.WRITETHRU, Notice.LEAD, Notice.UPDATE})


class FastPickle:
    """Records that go from process to process: each is pickled as the call that makes it, in a third of the time that
    frozen dataclasses take by themselves.
    """

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), tuple([getattr(self, name) for name in self.__slots__])


@dataclass(frozen=True, slots=True)
class Page(FastPickle):
    """The bytes as fetched, never changed.

    ``body`` is decompressed (HTTP content encoding undone), at most 8 MiB. ``charset`` is the one the HTTP header
    named, if any. ``fetched_at`` is aware, UTC. ``url`` is the address asked for, ``final_url`` the one that answered.
    ``language`` is the two-letter code that an archive found for a page without markup, else empty.
    """

    url: str
    body: bytes
    fetched_at: datetime
    wire: str = ""
    final_url: str = ""
    content_type: str = "text/html"
    charset: str | None = None
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Dropped(FastPickle):
    """A piece of text that was cut from an article, and why (``reason`` is a short stable code)."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What extraction found on a page, before any wire cleaning.

    ``paragraphs`` are plain text, in page order, one block each. ``via`` says which step spoke
    (``rule:menafn@2024-01-01``, ``trafilatura``, ``text-dump`` ...). ``published_source`` is the page's own wording
    of the time, ``modified_source`` that of the last change. ``truncated`` tells that the page shows only the article's
    beginning; ``symbols`` are the wordings in which its data name shares. ``refused`` is a reason code where the page
    holds no article at all, else empty.
    """

    title: str = ""
    paragraphs: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_source: str = ""
    modified_at: datetime | None = None
    author: str = ""
    section: str = ""
    language: str = ""
    site_name: str = ""
    canonical_url: str = ""
    image_url: str = ""
    via: str = ""
    refusal_reason: str = ""
    dropped: tuple[Dropped, ...] = ()
    modified_source: str = ""
    truncated: bool = False
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article(FastPickle):
    """One version of what a page says, cleaned.

    ``published_at`` is aware UTC or None where the page gives none that can be trusted. ``dateline`` is the place and
    date text before the agency mark; ``agency`` the short name (``AP``, ``MENAFN``); ``credit`` whose copy it says it
    is; ``notice`` one of ``Notice`` or empty. ``kind`` is ``refused`` where there is no article, with ``reason``.
    ``author`` is who wrote it in the page's own words, ``byline`` the people among them. ``truncated``: the page shows
    only the beginning, as before a paywall. ``tickers`` (``NYSE:ABC``, or a Reuters code ``ABC.N``) and ``isins`` are
    the securities that it names, in order.
    """

    kind: ArticleKind = ArticleKind.ARTICLE
    reason: str = ""
    url: str = ""
    canonical_url: str = ""
    wire: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_source: str = ""
    modified_at: datetime | None = None
    byline: str = ""
    agency: str = ""
    dateline: str = ""
    credit: str = ""
    section: str = ""
    language: str = ""
    notice: str = ""
    image_url: str = ""
    via: str = ""
    cleaner: str = ""
    dropped: tuple[Dropped, ...] = ()
    modified_source: str = ""
    author: str = ""
    truncated: bool = False
    tickers: tuple[str, ...] = ()
    isins: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The paragraphs, one blank line between them."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Document:
    """What is signed and compared: an article's text and the few fields that an edge may look at.

    ``id`` is intrinsic (derived from the canonical URL, or given by the user) and orders equal times.
    ``published_at`` is aware UTC; None means unknown: such a document is inside every window and ordered last.
    """

    id: str
    title: str
    body: str
    published_at: datetime | None = None
    agency: str = ""
    dateline: str = ""
    language: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What an edge rule may read of one document besides its shingles.

    All arrays are uint64, sorted and distinct, of word hashes; in those marked (n) the n-th occurrence of a word counts
    for itself, so that the size of an intersection is that of the multisets.

    ``words``      number of words of the body
    ``text_hash``  of title and body as normalised, word for word (exact equality)
    ``title_hash`` of the title alone, without what a desk puts before it; 0 where there is none
    ``title``      the title's words, without what a desk puts before it ("CORRECTED - ")
    ``lead``       (n) the first 40 words of the body
    ``numbers``    (n) every word of the body with a digit in it
    ``names``      words of the body that are written with a capital within a sentence
    ``place``      the words of its dateline's place; none where it has no dateline, or one with a date alone
    ``agencies``   the names of the agencies that it gives as its own, a hash a name; none where it gives none
    ``opening``    the shingles of its first words, as many as the shortest of the profile's ``lead_keys`` has
    ``notice``     one of ``Notice`` or empty: the document's own, else what the title says
    ``bare``       the document has no text of its own beside its title: a flash, or a kill
    ``slight``     bare, or a few lines only: it leads no story that has a longer copy
    ``digest``     it is made of items that are stories of their own
    """

    word_count: int
    text_hash: int
    title_hash: int
    title: npt.NDArray[np.uint64]
    lead: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.uint64]
    names: npt.NDArray[np.uint64]
    opening: npt.NDArray[np.uint64]
    place: npt.NDArray[np.uint64]
    agencies: npt.NDArray[np.uint64]
    notice: str = ""
    is_headline_only: bool = False
    is_brief: bool = False
    is_digest: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A document's shingle hashes and MinHash, and what verification needs beside them.

    ``published_at`` aware UTC, or None where it is unknown
    ``minhash``   uint32[num_perm], equal to ``datasketch.MinHash(scheme="affine32")``.hashvalues
    ``shingles``  uint64[n], sorted, distinct: the exact set
    ``keys``      int64[n], distinct: what candidates are looked up by (signed: bigint); odd ones tell more
    ``items``     int64[n], distinct, none of them among the keys: of a digest, those of the items that it is made of
    """

    id: str
    published_at: datetime | None
    minhash: npt.NDArray[np.uint32]
    shingles: npt.NDArray[np.uint64]
    keys: npt.NDArray[np.int64]
    item_keys: npt.NDArray[np.int64]
    features: Features


@dataclass(frozen=True, slots=True)
class Edge:
    """Two documents, verified alike; a pure function of the two and the profile. ``a`` < ``b``.

    ``joins`` tells whether the kind makes them one story. ``rule`` names the rule that decided. For a directed kind
    (``part_of``, ``excerpt``) ``whole`` is the id of the document that holds the other. ``close``: nearly the whole of
    the shorter text is in the longer, or one names the other, as a kill does.
    """

    a: str
    b: str
    kind: EdgeKind | None
    merges: bool
    shared: int
    size_a: int
    size_b: int
    rule: str
    container_id: str = ""
    evidence: dict[str, float | int | str] = field(default_factory=dict)
    is_near_identical: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """The documents that are one piece of copy, in order of (slight, time, id); ``leader`` is the first of them."""

    representative: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open time [start, end) that a run is about; both aware, UTC."""

    start: datetime
    end: datetime
