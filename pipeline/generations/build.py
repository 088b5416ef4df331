"""Building a generation beside the live one: sign, match and fold over all articles, in batches, from where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import GenerationNotReady
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.fold import MAX_MEMBERS
from copydesk.pipeline.generations.swap import ProgressCallback
from copydesk.pipeline.store.profiles import lock_live_profile
from copydesk.pipeline.store.sketches import ensure_profile

BATCH_SIZE = 500
"""Articles worked in one transaction; what is held in memory is they and what they are compared with."""

_Position = tuple[datetime | str, UUID]
"""An article's time and id."""

_START: _Position = ("-infinity", UUID(int=0))


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What this call did: 0 everywhere when nothing was missing."""

    profile_id: str
    signed: int = 0
    matched: int = 0
    folded: int = 0


def begin_build(settings: Settings, profile: Profile) -> None:
    """Write the generation's row, state ``building``, if it is not there; a retired one begins anew."""
    with transaction(settings) as connection:
        _ensure_live_profile(connection)
        ensure_profile(connection, profile)
        connection.execute(load_queries("generation")["reopen"], {"profile_id": profile.profile_id})


def build_generation(
    settings: Settings,
    profile: Profile,
    progress: ProgressCallback | None = None,
    *,
    batch_size: int = BATCH_SIZE,
    max_members: int = MAX_MEMBERS,
) -> BuildCounts:
    """Bring a generation up to the articles as they are: those it lacks, and nothing else.

    Each batch is a transaction of its own that leaves behind what is still to be done with it, so that the same call
    goes on where one was killed. Articles are signed and matched in order of time, so that each pair is found once,
    when the second of the two comes; only then all are folded, so that no story is founded that ends again at once.
    Called on the live generation it settles what failed runs left undone.

    Raises:
        GenerationNotReady: somebody retired it meanwhile.
        RunawayStory, RunawayWire: a guard stopped the fold; what was folded before stays.
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
        # Again until nothing is missing: articles come in, and change their time, while others are worked.
        while self._sign_and_match() + self._fold():
            pass
        if self.folded >= self.batch_size:
            with transaction(self.settings) as connection:
                connection.execute(load_queries("generation")["analyze"])
        return BuildCounts(self.profile.profile_id, self.signed, self.matched, self.folded)

    def _sign_and_match(self) -> int:
        from copydesk.pipeline.incremental.match import match_articles
        from copydesk.pipeline.incremental.sign import sign_articles

        done = 0
        todo = self._count_remaining("generation", "count_outdated") + self._count_remaining(
            "unsettled", "count_pending_in_stage", stage="signed"
        )
        place = _START
        while True:
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                rows = self._read_batch(connection, "generation", "list_outdated", place)
                self.signed += sign_articles(connection, sorted(row[1] for row in rows), self.profile)
            # In a transaction of its own: what others sign meanwhile has to find these, or be found.
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                articles = [one for _, one in self._list_pending(connection, "signed", _START)]
                match_articles(connection, articles, self.profile)
            self.matched += len(articles)
            done += len(articles)
            self._report_progress("match", done, max(todo, done))
            if not rows and not articles:
                return done
            if rows:
                place = rows[-1]

    def _fold(self) -> int:
        from copydesk.pipeline.incremental.fold import fold_articles

        done = 0
        todo = self._count_remaining("unsettled", "count_pending_in_stage", stage="matched")
        place = _START
        while True:
            with transaction(self.settings) as connection:
                self._lock_generation(connection)
                rows = self._list_pending(connection, "matched", place)
                if rows:
                    fold_articles(connection, [row[1] for row in rows], self.profile, self.max_members)
            if not rows:
                return done
            place = rows[-1]
            done += len(rows)
            self.folded += len(rows)
            self._report_progress("fold", done, max(todo, done))

    def _lock_generation(self, connection: Connection[Row]) -> None:
        row = connection.execute(load_queries("generation")["lock_state"], self.key).fetchone()
        if row is None or row[0] == "retired":
            raise GenerationNotReady(
                f"The generation {self.profile.profile_id} was retired while it was built.", "Build it again."
            )

    def _list_pending(self, connection: Connection[Row], stage: str, position: _Position) -> Sequence[_Position]:
        return self._read_batch(connection, "unsettled", "list_pending", position, stage=stage)

    def _read_batch(
        self, connection: Connection[Row], file_stem: str, name: str, position: _Position, **params: str
    ) -> list[_Position]:
        """The next articles after a place in order of time, with their places."""
        after = {"after_time": position[0], "after_id": position[1], "limit": self.batch_size}
        return [
            (time, one)
            for time, one in connection.execute(load_queries(file_stem)[name], {**self.key, **params, **after})
        ]

    def _count_remaining(self, file_stem: str, name: str, **params: str) -> int:
        with transaction(self.settings) as connection:
            row = connection.execute(load_queries(file_stem)[name], {**self.key, **params}).fetchone()
        return row[0] if row else 0

    def _report_progress(self, stage: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(stage, done, total)


def _ensure_live_profile(connection: Connection[Row]) -> None:
    """The default is the first of all, whatever is built; a live profile that can't be used is no hindrance."""
    row = connection.execute(load_queries("generation")["get_live"]).fetchone()
    if row is None:
        lock_live_profile(connection)
