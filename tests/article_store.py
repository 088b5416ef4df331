"""Insert articles into a test database without pages or a crawl, and run the stages on them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import UUID

import psycopg
from psycopg import Connection, sql

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import WITHDRAWAL_NOTICES, Document
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all
from copydesk.pipeline.generations.invariants import Violation
from copydesk.pipeline.incremental.fold import FoldCounts, fold_articles
from copydesk.pipeline.incremental.match import match_articles
from copydesk.pipeline.incremental.sign import sign_articles

PROFILE = Profile()
_FETCHED = datetime(2026, 3, 1, tzinfo=UTC)
_INSERT_ARTICLE = Path(__file__).with_suffix(".sql").read_text("utf-8")


def article_id_for(name: str) -> UUID:
    """Return the article ID for a name."""
    return UUID(bytes=hashlib.sha256(name.encode()).digest()[:16])


class ArticleStore:
    """A connection (autocommit off) and methods that insert, process and read articles by name."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: Connection[Row] = psycopg.connect(address)

    @classmethod
    @contextmanager
    def open(cls, address: str) -> Iterator[Self]:
        """Yield a store on a new database; at the end, no invariant may be violated in any generation."""
        store = cls(address)
        yield store
        store.connection.rollback()
        violations = store.find_violations()
        store.close()
        assert violations == []

    def close(self) -> None:
        self.connection.close()

    def insert(self, documents: Iterable[Document], wire: str = "test", credit: str = "") -> list[UUID]:
        """Insert articles of one wire, or new versions if their text is new; return their IDs in order."""
        ids = []
        with psycopg.ClientCursor(self.connection) as cursor:
            for document in documents:
                article = article_id_for(document.id)
                text = f"{document.title}\0{document.body}\0{document.notice}"
                version = UUID(bytes=hashlib.sha256(article.bytes + text.encode()).digest()[:16])
                content = hashlib.sha256(version.bytes).digest()
                values = {
                    "article": article, "version": version, "content": content, "at": _FETCHED,
                    "url": f"https://wire.example/{document.id}", "published": document.published_at or _FETCHED,
                    "title": document.title, "body": document.body, "notice": document.notice,
                    "withdrawn": document.notice in WITHDRAWAL_NOTICES, "wire": wire, "agency": document.agency,
                    "dateline": document.dateline, "credit": credit,
                }  # fmt: skip
                cursor.execute(_INSERT_ARTICLE, values)
                ids.append(article)
        self.connection.commit()
        return ids

    def process(self, articles: list[UUID], profile: Profile = PROFILE) -> FoldCounts:
        """Sign, match and fold, each in its own transaction, like the tasks."""
        sign_articles(self.connection, articles, profile)
        self.connection.commit()
        match_articles(self.connection, articles, profile)
        self.connection.commit()
        counts = fold_articles(self.connection, articles, profile)
        self.connection.commit()
        return counts

    def process_concurrently(self, shares: Sequence[list[UUID]]) -> None:
        """Process each share in a worker with its own connection, all starting at the same moment."""
        gate = threading.Barrier(len(shares), timeout=60)

        def start(share: list[UUID]) -> None:
            with closing(ArticleStore(self.address)) as own:
                gate.wait()
                own.process(share)

        with ThreadPoolExecutor(len(shares)) as workers:
            for future in [workers.submit(start, share) for share in shares]:
                future.result()

    def read_partition(self) -> dict[UUID, UUID]:
        """Return each article with its story's representative."""
        return dict(
            self.connection.execute(
                "SELECT m.article_id, s.representative FROM copydesk.story_member m"
                " JOIN copydesk.story s USING (profile_id, story_id)"
            ).fetchall()
        )

    def get_story_id(self, name: str) -> UUID:
        row = self.connection.execute(
            "SELECT story_id FROM copydesk.story_member WHERE article_id = %s", (article_id_for(name),)
        ).fetchone()
        assert row is not None
        return UUID(str(row[0]))

    def list_event_kinds(self) -> list[str]:
        """Return the kinds of all story events, in order."""
        return [row[0] for row in self.connection.execute("SELECT kind FROM copydesk.story_event ORDER BY event_id")]

    def list_story_states(self) -> list[str]:
        """Return the states of the stories that were not merged into another."""
        rows = self.connection.execute("SELECT state FROM copydesk.story WHERE state <> 'merged'")
        return [row[0] for row in rows]

    def read_redirects(self) -> dict[UUID, UUID]:
        return dict(self.connection.execute("SELECT story_id, target_id FROM copydesk.story_redirect").fetchall())

    def snapshot(self) -> list[Row]:
        """Return all rows of the stages' tables with their location and transaction, so that any write is visible."""
        rows = []
        for table in ("sketch", "sketch_key", "edge", "story", "story_member", "story_event", "story_redirect"):
            query = sql.SQL("SELECT {}, ctid::text, xmin::text FROM {} ORDER BY ctid").format(
                sql.Literal(table), sql.Identifier("copydesk", table)
            )
            rows += self.connection.execute(query).fetchall()
        return rows

    def find_violations(self) -> list[Violation]:
        """Return the violated invariants, including those of generations that are being signed, matched or folded."""
        return [
            row
            for query in queries.invariants.list_all().values()
            for row in fetch_all(self.connection, Violation, query)
        ]
