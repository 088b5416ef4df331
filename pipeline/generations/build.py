"""Build a generation alongside the live one: sign, match and fold all articles, in batches, resuming if interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import GenerationNotReady
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, queries, transaction
from copydesk.pipeline.db.rows import fetch_all, fetch_value, find_value
from copydesk.pipeline.fold import MAX_MEMBERS
from copydesk.pipeline.generations.swap import ProgressCallback
from copydesk.pipeline.store.profiles import has_live_profile, lock_live_profile
from copydesk.pipeline.store.sketches import ensure_profile
from copydesk.pipeline.store.states import GenerationState, PendingStage

BATCH_SIZE = 500
"""Articles processed in one transaction; they and the articles they are compared with must fit in memory."""


@dataclass(frozen=True, slots=True)
class _Position:
    """An article's time and id: a position in the order of time."""

    published_at: datetime | str
    article_id: UUID


_START = _Position("-infinity", UUID(int=0))


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """How many articles this call signed, matched and folded; 0 if nothing was missing."""

    profile_id: str
    signed: int = 0
    matched: int = 0
    folded: int = 0


def begin_build(settings: Settings, profile: Profile) -> None:
    """Save the generation's row with state ``building`` if there is none; a retired generation starts again."""
    with transaction(settings) as connection:
        ensure_building(connection, profile)


def ensure_building(connection: Connection[Row], profile: Profile) -> None:
    """As ``begin_build``, in the caller's transaction."""
    _ensure_live_profile(connection)
    ensure_profile(connection, profile)
    connection.execute(queries.generation.reopen, {"profile_id": profile.profile_id})


def build_generation(
    settings: Settings,
    profile: Profile,
    progress: ProgressCallback | None = None,
    *,
    batch_size: int = BATCH_SIZE,
    max_members: int = MAX_MEMBERS,
) -> BuildCounts:
    """Sign, match and fold the articles that are missing from a generation or have changed, and no others.

    Each batch is a transaction of its own that records its unfinished work, so that the same call continues after an
    interruption. Articles are signed and matched in order of time, so that each pair is found once, with the later of
    the two. All are folded only after that, so that no story is founded that is merged at once. A call for the live
    generation completes the work that failed runs left.

    Args:
        settings: They name the database.
        profile: The generation's profile.
        progress: Called after each batch.
        batch_size: Articles per transaction.
        max_members: The maximum number of copies of a story.

    Raises:
        GenerationNotReady: The generation was retired during the build.
        RunawayStory, RunawayWire: A guard stopped the fold; what was folded before stays.
    """
    begin_build(settings, profile)
    return _Builder(settings, profile, progress, batch_size, max_members).run()


class _Builder:
    def __init__(
        self, settings: Settings, profile: Profile, progress: ProgressCallback | None, batch_size: int, max_members: int
    ) -> None:
        self.settings = settings
        self.profile = profile
        self.key = {"profile_id": profile.profile_id}
        self.progress = progress
        self.batch_size = batch_size
        self.max_members = max_members
        self.signed = self.matched = self.folded = 0

    def run(self) -> BuildCounts:
        # Again until nothing is missing: articles arrive, and change their time, while others are processed.
        while self._sign_and_match() + self._fold():
            pass
        if self.folded >= self.batch_size:
            with transaction(self.settings) as connection:
                connection.execute(queries.generation.analyze)
        return BuildCounts(self.profile.profile_id, self.signed, self.matched, self.folded)

    def _sign_and_match(self) -> int:
        from copydesk.pipeline.incremental.match import match_articles
        from copydesk.pipeline.incremental.sign import sign_articles

        done = 0
        todo = self._count(queries.generation.count_outdated) + self._count_pending(PendingStage.SIGNED)
        position = _START
        while True:
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                rows = self._read_batch(connection, queries.generation.list_outdated, position)
                self.signed += sign_articles(connection, sorted(row.article_id for row in rows), self.profile)
            # In a transaction of its own: of two articles that are signed at the same time, one must find the other.
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                articles = [row.article_id for row in self._list_pending(connection, PendingStage.SIGNED, _START)]
                match_articles(connection, articles, self.profile)
            self.matched += len(articles)
            done += len(articles)
            self._report_progress("match", done, max(todo, done))
            if not rows and not articles:
                return done
            if rows:
                position = rows[-1]

    def _fold(self) -> int:
        from copydesk.pipeline.incremental.fold import fold_articles

        done = 0
        todo = self._count_pending(PendingStage.MATCHED)
        position = _START
        while True:
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                rows = self._list_pending(connection, PendingStage.MATCHED, position)
                if rows:
                    fold_articles(connection, [row.article_id for row in rows], self.profile, self.max_members)
            if not rows:
                return done
            position = rows[-1]
            done += len(rows)
            self.folded += len(rows)
            self._report_progress("fold", done, max(todo, done))

    def _lock_generation(self, connection: Connection[Row]) -> None:
        state = find_value(connection, str, queries.generation.lock_state, self.key)
        if state in (None, GenerationState.RETIRED):
            raise GenerationNotReady(
                f"The generation {self.profile.profile_id} was retired while it was being built.", "Build it again."
            )

    def _list_pending(self, connection: Connection[Row], stage: PendingStage, position: _Position) -> list[_Position]:
        return self._read_batch(connection, queries.pending_article.list_pending, position, stage=stage)

    def _read_batch(
        self, connection: Connection[Row], query: LiteralString, position: _Position, **params: str
    ) -> list[_Position]:
        """Return the positions of the next articles after a position, in order of time."""
        after = {"after_time": position.published_at, "after_id": position.article_id, "limit": self.batch_size}
        return fetch_all(connection, _Position, query, {**self.key, **params, **after})

    def _count_pending(self, stage: PendingStage) -> int:
        return self._count(queries.pending_article.count_pending_in_stage, stage=stage)

    def _count(self, query: LiteralString, **params: str) -> int:
        with transaction(self.settings) as connection:
            return fetch_value(connection, int, query, {**self.key, **params})

    def _report_progress(self, stage: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(stage, done, total)


def _ensure_live_profile(connection: Connection[Row]) -> None:
    """Make the default live if no profile is; a live profile that this version can't use does not prevent a build."""
    if not has_live_profile(connection):
        lock_live_profile(connection)
