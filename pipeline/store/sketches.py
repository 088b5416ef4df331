"""Sketches in the database: what signing writes and matching reads."""

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

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document, Features, Sketch
from copydesk.pipeline.db import Row, load_queries

_HASH_ARRAYS = ("title", "lead", "numbers", "names", "opening", "place", "agencies")


@dataclass(frozen=True, slots=True)
class UnsignedArticle:
    """An article whose sketch is missing or out of date, and the version that is to be signed."""

    version_id: UUID
    withdrawn: bool
    document: Document


def ensure_profile(connection: Connection[Row], profile: Profile) -> None:
    """Write the profile down if it is new; the first one of all is the live one."""
    # Twice: the first may lose against another new profile that becomes the live one at the same moment.
    for _ in range(2):
        connection.execute(
            load_queries("sketch")["save_profile"],
            {"profile_id": profile.profile_id, "params": Jsonb(asdict(profile))},
        )


def list_unsigned(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> list[UnsignedArticle]:
    """Those of the articles that have no sketch of their current text, in the order of their ids."""
    rows = connection.execute(
        load_queries("sketch")["list_unsigned"], {"profile_id": profile.profile_id, "articles": list(articles)}
    )
    return [
        UnsignedArticle(version_id, withdrawn, Document(str(article_id), title, body, published_at, *rest))
        for article_id, version_id, published_at, withdrawn, title, body, *rest in rows
    ]


def save_sketches(
    connection: Connection[Row], signed: Sequence[tuple[UnsignedArticle, Sketch]], profile: Profile
) -> int:
    """Write sketches and their keys; how many were new or other than before. The caller holds the lock on writing."""
    queries = load_queries("sketch")
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
        "text_hash": [_to_bigint(sketch.features.text_hash) for _, sketch in signed],
        "title_hash": [_to_bigint(sketch.features.title_hash) for _, sketch in signed],
        "item_keys": [_to_array_literal(sketch.item_keys) for _, sketch in signed],
        "minhash": [sketch.minhash.astype("<u4").tobytes() for _, sketch in signed],
        "shingles": [_to_bytes(sketch.shingles) for _, sketch in signed],
        **{name: [_to_bytes(getattr(sketch.features, name)) for _, sketch in signed] for name in _HASH_ARRAYS},
    }
    rows = connection.execute(queries["save_sketches"], {"profile_id": profile.profile_id, **columns}, binary=True)
    written = {row[0] for row in rows}
    if written:
        keyed = [(sketch, UUID(sketch.id)) for _, sketch in signed if UUID(sketch.id) in written]
        connection.execute(queries["delete_keys"], {"profile_id": profile.profile_id, "articles": sorted(written)})
        connection.execute(
            queries["save_keys"],
            {
                "profile_id": profile.profile_id,
                "window": profile.window_hours,
                "article_id": [article_id for _, article_id in keyed],
                "published_at": [sketch.published_at for sketch, _ in keyed],
                "keys": [_to_array_literal(sketch.keys) for sketch, _ in keyed],
            },
        )
        marked = {"profile_id": profile.profile_id, "articles": sorted(written)}
        connection.execute(load_queries("unsettled")["mark_signed"], marked)
    return len(written)


def get_sketches(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> Mapping[UUID, Sketch]:
    """The sketches of these articles, without keys and items; one that is not signed is not in the answer."""
    rows = connection.execute(
        load_queries("sketch")["get_sketches"],
        {"profile_id": profile.profile_id, "articles": list(articles)},
        binary=True,
    )
    return {row[0]: _to_sketch(*row) for row in rows.fetchall()}


def get_shingles(
    connection: Connection[Row], articles: Sequence[UUID], profile: Profile
) -> Mapping[UUID, tuple[bytes, bool, bool]]:
    """Of each signed article its shingles as they are stored, whether it is bare, and a digest."""
    rows = connection.execute(
        load_queries("sketch")["get_shingles"],
        {"profile_id": profile.profile_id, "articles": list(articles)},
        binary=True,
    )
    return {one: (shingles, bare, digest) for one, bare, digest, shingles in rows.fetchall()}


def _to_sketch(
    article_id: UUID,
    published_at: datetime,
    notice: str,
    bare: bool,
    slight: bool,
    digest: bool,
    words: int,
    text_hash: int,
    title_hash: int,
    minhash: bytes,
    shingles: bytes,
    *arrays: bytes,
) -> Sketch:
    title, lead, numbers, names, opening, place, agencies = map(_from_bytes, arrays)
    return Sketch(
        id=str(article_id),
        published_at=published_at,
        minhash=np.frombuffer(minhash, dtype="<u4").astype(np.uint32),
        shingles=_from_bytes(shingles),
        keys=np.empty(0, dtype=np.int64),
        item_keys=np.empty(0, dtype=np.int64),
        features=Features(
            word_count=words,
            text_hash=text_hash % 2**64,
            title_hash=title_hash % 2**64,
            title=title,
            lead=lead,
            numbers=numbers,
            names=names,
            notice=notice,
            is_headline_only=bare,
            is_brief=slight,
            is_digest=digest,
            opening=opening,
            place=place,
            agencies=agencies,
        ),
    )


def _to_bigint(value: int) -> int:
    """An unsigned 64-bit integer as PostgreSQL's bigint holds it."""
    return value - 2**64 if value >= 2**63 else value


def _to_array_literal(values: npt.NDArray[np.int64]) -> str:
    """Numbers as the text of an array: that is written and read in less time than a list of them."""
    return "{" + ",".join(map(str, values.tolist())) + "}"


def _to_bytes(values: npt.NDArray[np.uint64]) -> bytes:
    return values.astype("<u8").tobytes()


def _from_bytes(data: bytes) -> npt.NDArray[np.uint64]:
    return np.frombuffer(data, dtype="<u8").astype(np.uint64)
