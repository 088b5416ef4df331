"""Signing of articles in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.sign.sketch import sign
from copydesk.pipeline.store.sketches import ensure_profile, list_unsigned, save_sketches

_BATCH_ARTICLES = 1_000


def sign_articles(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> int:
    """Sign those of the articles with a missing or outdated sketch, in the caller's transaction.

    A withdrawn article keeps the sketch of its last text, marked as withdrawn, so that it stays with its copies.
    Commit before matching: other transactions find copies only by keys that they see.

    Returns:
        How many sketches were written; 0 when called again.
    """
    ensure_profile(connection, profile)
    written = 0
    for first in range(0, len(articles), _BATCH_ARTICLES):
        unsigned = list_unsigned(connection, articles[first : first + _BATCH_ARTICLES], profile)
        if not unsigned:
            continue
        sketches = sign([article.document for article in unsigned], profile)
        # No sketch is replaced while it is compared: writers wait for matching transactions, and for one another.
        connection.execute(queries.sketch.lock_for_writing, {"profile_id": profile.profile_id})
        written += save_sketches(connection, list(zip(unsigned, sketches, strict=True)), profile)
    return written
