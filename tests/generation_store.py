"""An article store with several generations of stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.records import Document, Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.incremental.fold import fold_articles
from copydesk.pipeline.incremental.match import match_articles
from copydesk.pipeline.incremental.sign import sign_articles
from copydesk.pipeline.offline.deduplicate import deduplicate
from copydesk.pipeline.store.profiles import lock_live_profile
from copydesk.pipeline.store.runs import open_run
from tests.article_store import ArticleStore, article_id_for
from tests.run_keys import DAG_ID

NARROW = Profile(window_hours=3, lead_keys=((30, 2),))
"""A copy that is more than three hours later founds its own story."""

Stories = dict[UUID, UUID]


class GenerationStore(ArticleStore):
    """An article store that processes articles under the live profile and can read any generation."""

    @property
    def settings(self) -> Settings:
        return load_settings()

    def process_live(self, documents: list[Document]) -> None:
        articles = self.insert(documents)
        for stage in (sign_articles, match_articles, fold_articles):
            stage(self.connection, articles, lock_live_profile(self.connection))
            self.connection.commit()

    def open_run(self, run_id: str, articles: list[UUID]) -> UUID:
        """Open a run with pages that have just been cleaned; return its key."""
        window = Window(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
        run_key = open_run(self.connection, DAG_ID, run_id, kind="manual", mode="auto", window=window, wires=["test"])
        self.connection.execute(
            "WITH v AS (SELECT * FROM copydesk.article_version WHERE article_id = ANY(%(articles)s)), pages AS ("
            " INSERT INTO copydesk.run_page SELECT %(run_key)s, 'test', page_id FROM v)"
            " INSERT INTO copydesk.page_result (page_id, wire, cleaner, outcome, article_id, version_id, run_key)"
            " SELECT page_id, 'test', cleaner, 'article', article_id, version_id, %(run_key)s FROM v",
            {"articles": articles, "run_key": run_key},
        )
        self.connection.commit()
        return run_key

    def read_leaders(self, profile: Profile) -> Stories:
        """Return each article with its story's representative in one generation."""
        rows = self.connection.execute(
            "SELECT m.article_id, s.representative FROM copydesk.story_member m"
            " JOIN copydesk.story s USING (profile_id, story_id) WHERE m.profile_id = %s",
            (profile.profile_id,),
        ).fetchall()
        self.connection.commit()
        return dict(rows)

    def read_public_stories(self) -> Stories:
        """Return each article with its public story."""
        found = read_public_stories(self.connection)
        self.connection.commit()
        return found

    def count_rows(self, profile_id: str) -> dict[str, int]:
        """Return the number of rows of this profile in each table that has profiles."""
        tables = self.connection.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = 'copydesk' AND column_name = 'profile_id'"
            " AND table_type = 'BASE TABLE' AND table_name <> 'profile' ORDER BY table_name"
        ).fetchall()
        query = sql.SQL("SELECT count(*) FROM {} WHERE profile_id = %s")
        found = {}
        for (table,) in tables:
            row = self.connection.execute(query.format(sql.Identifier("copydesk", table)), (profile_id,)).fetchone()
            assert row is not None
            found[table] = row[0]
        self.connection.commit()
        return found


def read_public_stories(connection: psycopg.Connection[tuple[UUID, UUID]]) -> Stories:
    """Return each article with its public story."""
    return dict(connection.execute("SELECT article_id, story_id FROM copydesk.v_articles").fetchall())


def fold_in_memory(documents: list[Document], profile: Profile) -> Stories:
    """Return each document's article ID with its story's representative, folded in memory."""
    named = [replace(one, id=str(article_id_for(one.id))) for one in documents]
    return {UUID(member): UUID(leader) for member, leader in deduplicate(named, profile).assignments.items()}
