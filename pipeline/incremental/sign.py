"""Signing of articles in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.sign.sketch import sign
from copydesk.pipeline.store.sketches import ensure_profile, list_unsigned, save_sketches

_AT_ONCE = 1_000


def sign_articles(connection: Connection[Row], articles: Sequence[UUID], profile: Profile) -> int:
    """Sign those of the articles whose sketch is missing or out of date, in the caller's transaction.

    How many sketches were written: 0 when called again. An article that was withdrawn keeps the sketch of its last
    text, marked as withdrawn, so that it stays with its copies.

    Commit before matching: a key that others don't see yet is a copy that nobody finds.
    """
    ensure_profile(connection, profile)
    written = 0
    for first in range(0, len(articles), _AT_ONCE):
        found = list_unsigned(connection, articles[first : first + _AT_ONCE], profile)
        if not found:
            continue
        sketches = sign([article.document for article in found], profile)
        # No sketch is replaced while it is compared: writers wait for those who match, and for one another.
        connection.execute(load_queries("sketch")["lock_for_writing"], {"profile_id": profile.profile_id})
        written += save_sketches(connection, list(zip(found, sketches, strict=True)), profile)
    return written
