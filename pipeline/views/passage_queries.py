"""Which earlier article each paragraph of a copy comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from psycopg import Connection

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.sign.passages import find_earliest_texts, sign_paragraphs

MAX_EARLIER_TEXTS = 1_000
"""How many texts a copy is compared with; the earliest ones."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of an article.

    Attributes:
        words: The number of its words.
        article_id: The earliest article that has it; None if no earlier one has.
        wire: The wire of that article; empty without one.
        published_at: When that was published.
    """

    text: str
    words: int
    article_id: UUID | None
    wire: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class _EarlierText:
    article_id: UUID
    wire: str
    published_at: datetime
    shingles: bytes


def list_passages(connection: Connection[Row], profile: Profile, article_id: UUID, body: str) -> list[Passage]:
    """Return the paragraphs of an article, each with the earliest article that has it.

    Earlier articles are those of its story and those that matching has compared it with, which are in its window.

    Args:
        connection: An open connection.
        profile: The live profile.
        article_id: The article.
        body: Its text.
    """
    params = {"profile_id": profile.profile_id, "article_id": article_id, "limit": MAX_EARLIER_TEXTS}
    earlier = fetch_all(connection, _EarlierText, queries.browse.list_earlier_texts, params)
    paragraphs = [line for line in body.split("\n") if line.strip()]
    found = find_earliest_texts(
        sign_paragraphs(paragraphs, profile), [np.frombuffer(one.shingles, dtype="<u8") for one in earlier]
    )
    passages = []
    for text, at in zip(paragraphs, found, strict=True):
        source = None if at is None else earlier[at]
        passages.append(
            Passage(text, len(text.split()), source.article_id, source.wire, source.published_at)
            if source
            else Passage(text, len(text.split()), None, "", None)
        )
    return passages
