"""Digests of tables that include the row versions: rewriting a row with the same values changes them."""

from __future__ import annotations

import psycopg
from psycopg import sql

CONTENT = (
    "page", "page_content", "page_body", "article", "article_version", "page_result", "sketch", "sketch_key", "edge",
    "story", "story_member", "story_redirect", "story_event", "quarantine",
)  # fmt: skip
"""The tables in which no row may change when a window is processed twice."""


def digest_tables(url: str, tables: tuple[str, ...] = CONTENT) -> dict[str, tuple[int, str]]:
    """Return the number of rows and the digest of each table. ``xmin`` is the transaction that wrote a row."""
    found = {}
    with psycopg.connect(url) as connection:
        for table in tables:
            row = connection.execute(
                sql.SQL(
                    "SELECT count(*), md5(coalesce(string_agg(r.line, '' ORDER BY r.line), ''))"
                    " FROM (SELECT t.xmin::text || t::text AS line FROM {} t) r"
                ).format(sql.Identifier("copydesk", table))
            ).fetchone()
            assert row is not None
            found[table] = (row[0], row[1])
    return found
