"""Sketches as they are stored: signing writes them, matching reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.core.dedup_records import Features, Sketch
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.store.stored_copies import CopyArrangement, to_bigint

_HASH_ARRAYS = ("title", "lead", "numbers", "names", "opening", "place", "agencies")


@dataclass(frozen=True, slots=True)
class UnsignedArticle:
    """An article with a missing or outdated sketch, and the version to sign."""

    version_id: UUID
    withdrawn: bool
    document: Document


@dataclass(slots=True)
class _UnsignedRow:
    article_id: UUID
    version_id: UUID
    published_at: datetime
    withdrawn: bool
    title: str
    body: str
    agency: str
    dateline: str
    language: str
    notice: str


@dataclass(slots=True)
class _ShinglesRow:
    article_id: UUID
    is_headline_only: bool
    is_digest: bool
    shingles: bytes


@dataclass(slots=True)
class _SketchRow:
    article_id: UUID
    published_at: datetime
    notice: str
    is_headline_only: bool
    is_brief: bool
    is_digest: bool
    word_count: int
    text_hash: int
    title_hash: int
    content_hash: int
    minhash: bytes
    shingles: bytes
    title: bytes
    lead: bytes
    numbers: bytes
    names: bytes
    vocabulary: bytes
    opening: bytes
    place: bytes
    agencies: bytes

    def to_sketch(self) -> Sketch:
        """Return the sketch; hashes are unsigned again."""
        return Sketch(
            id=str(self.article_id),
            published_at=self.published_at,
            minhash=np.frombuffer(self.minhash, dtype="<u4").astype(np.uint32),
            shingles=_from_bytes(self.shingles),
            keys=np.empty(0, dtype=np.int64),
            item_keys=np.empty(0, dtype=np.int64),
            features=Features(
                word_count=self.word_count,
                text_hash=self.text_hash % 2**64,
                title_hash=self.title_hash % 2**64,
                title=_from_bytes(self.title),
                lead=_from_bytes(self.lead),
                numbers=_from_bytes(self.numbers),
                names=_from_bytes(self.names),
                vocabulary=np.frombuffer(self.vocabulary, dtype="<u4").astype(np.uint32),
                opening=_from_bytes(self.opening),
                place=_from_bytes(self.place),
                agencies=_from_bytes(self.agencies),
                notice=self.notice,
                is_headline_only=self.is_headline_only,
                is_brief=self.is_brief,
                is_digest=self.is_digest,
            ),
            content_hash=self.content_hash % 2**64,
        )


def ensure_profile(connection: Connection[Row], profile: Profile) -> None:
    """Save the profile if it is new; the first profile becomes live."""
    # Twice: the first statement has no effect if another new profile becomes live at the same moment.
    for _ in range(2):
        connection.execute(
            queries.sketch.save_profile,
            {"profile_id": profile.profile_id, "params": Jsonb(asdict(profile))},
        )


def list_unsigned(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> list[UnsignedArticle]:
    """Return those of the articles that have no sketch of their current text, in the order of their ids."""
    params = {"profile_id": profile.profile_id, "articles": list(articles)}
    return [
        UnsignedArticle(
            row.version_id,
            row.withdrawn,
            Document(
                id=str(row.article_id),
                title=row.title,
                body=row.body,
                published_at=row.published_at,
                agency=row.agency,
                dateline=row.dateline,
                language=row.language,
                notice=row.notice,
            ),
        )
        for row in fetch_all(connection, _UnsignedRow, queries.sketch.list_unsigned, params)
    ]


def save_sketches(
    connection: Connection[Row], signed: Sequence[tuple[UnsignedArticle, Sketch]], profile: Profile
) -> int:
    """Save sketches and their keys; return how many were new or changed. The caller has the lock for writing.

    Surplus copies get no keys. Articles that become surplus, or are no longer, are marked as pending too.
    """
    ids = [UUID(sketch.id) for _, sketch in signed]
    columns: dict[str, Any] = {
        "article_id": ids,
        "version_id": [article.version_id for article, _ in signed],
        "published_at": [sketch.published_at for _, sketch in signed],
        "withdrawn": [article.withdrawn for article, _ in signed],
        "notice": [sketch.features.notice for _, sketch in signed],
        "is_headline_only": [sketch.features.is_headline_only for _, sketch in signed],
        "is_brief": [sketch.features.is_brief for _, sketch in signed],
        "is_digest": [sketch.features.is_digest for _, sketch in signed],
        "word_count": [sketch.features.word_count for _, sketch in signed],
        "text_hash": [to_bigint(sketch.features.text_hash) for _, sketch in signed],
        "title_hash": [to_bigint(sketch.features.title_hash) for _, sketch in signed],
        "content_hash": [to_bigint(sketch.content_hash) for _, sketch in signed],
        "item_keys": [_to_array_literal(sketch.item_keys) for _, sketch in signed],
        "minhash": [sketch.minhash.astype("<u4").tobytes() for _, sketch in signed],
        "shingles": [_to_bytes(sketch.shingles) for _, sketch in signed],
        "vocabulary": [sketch.features.vocabulary.astype("<u4").tobytes() for _, sketch in signed],
        **{name: [_to_bytes(getattr(sketch.features, name)) for _, sketch in signed] for name in _HASH_ARRAYS},
    }
    params = {"profile_id": profile.profile_id, **columns}
    arrangement = CopyArrangement(connection, [sketch for _, sketch in signed], profile)
    written = set(fetch_values(connection, UUID, queries.sketch.save_sketches, params, binary=True))
    if written:
        new = [sketch for _, sketch in signed if UUID(sketch.id) in written]
        keyless = arrangement.finish(new)
        keyed = [sketch for sketch in new if UUID(sketch.id) not in keyless]
        outdated = {"profile_id": profile.profile_id, "articles": sorted(written | keyless)}
        connection.execute(queries.sketch.delete_keys, outdated)
        connection.execute(
            queries.sketch.save_keys,
            {
                "profile_id": profile.profile_id,
                "window": profile.window_hours,
                "article_id": [UUID(sketch.id) for sketch in keyed],
                "published_at": [sketch.published_at for sketch in keyed],
                "keys": [_to_array_literal(sketch.keys) for sketch in keyed],
            },
        )
        marked = {"profile_id": profile.profile_id, "articles": sorted(written), "rearranged": False}
        connection.execute(queries.pending_article.mark_signed, marked)
    return len(written)


def get_sketches(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> Mapping[UUID, Sketch]:
    """Return the sketches of those articles that are signed, without keys and item keys."""
    params = {"profile_id": profile.profile_id, "articles": list(articles)}
    rows = fetch_all(connection, _SketchRow, queries.sketch.get_sketches, params, binary=True)
    return {row.article_id: row.to_sketch() for row in rows}


def get_shingles(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Mapping[UUID, tuple[bytes, bool, bool]]:
    """Return of each signed article: its shingles as stored (uint64, little-endian), whether it is headline only, and
    whether it is a digest."""
    params = {"profile_id": profile.profile_id, "articles": list(articles)}
    rows = fetch_all(connection, _ShinglesRow, queries.sketch.get_shingles, params, binary=True)
    return {row.article_id: (row.shingles, row.is_headline_only, row.is_digest) for row in rows}


def _to_array_literal(values: npt.NDArray[np.int64]) -> str:
    """Return numbers as the text of an array, which is faster to write and to parse than a list."""
    return "{" + ",".join(map(str, values.tolist())) + "}"


def _to_bytes(values: npt.NDArray[np.uint64]) -> bytes:
    return values.astype("<u8").tobytes()


def _from_bytes(data: bytes) -> npt.NDArray[np.uint64]:
    return np.frombuffer(data, dtype="<u8").astype(np.uint64)
