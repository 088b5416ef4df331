"""Building a generation beside the live one: sign, match and fold over all articles, in batches, from where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import GenerationBehind
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.db import Row, load_queries, transaction
from copydesk.pipeline.fold import MAX_MEMBERS
from copydesk.pipeline.generations.swap import Told
from copydesk.pipeline.store.profiles import hold_live
from copydesk.pipeline.store.sketches import ensure_profile

AT_ONCE = 500
"""Articles worked in one transaction; what is held in memory is they and what they are compared with."""

_Place = tuple[datetime | str, UUID]
"""An article's time and id."""

_START: _Place = ("-infinity", UUID(int=0))


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """What this call did: 0 everywhere when nothing was missing."""

    profile_id: str
    signed: int = 0
    matched: int = 0
    folded: int = 0


def begin(settings: Settings, profile: Profile) -> None:
    """Write the generation's row, state ``building``, if it is not there; a retired one begins anew."""
    with transaction(settings) as connection:
        _hold_first(connection)
        ensure_profile(connection, profile)
        connection.execute(load_queries("generation")["reopen"], {"profile_id": profile.profile_id})


def build(
    settings: Settings,
    profile: Profile,
    told: Told | None = None,
    *,
    at_once: int = AT_ONCE,
    max_members: int = MAX_MEMBERS,
) -> BuildCounts:
    """Bring a generation up to the articles as they are: those it lacks, and nothing else.

    Each batch is a transaction of its own that leaves behind what is still to be done with it, so that the same call
    goes on where one was killed. Articles are signed and matched in order of time, so that each pair is found once,
    when the second of the two comes; only then all are folded, so that no story is founded that ends again at once.
    Called on the live generation it settles what failed runs left undone.

    Raises:
        GenerationBehind: somebody retired it meanwhile.
        RunawayStory, RunawayWire: a guard stopped the fold; what was folded before stays.
    """
    begin(settings, profile)
    return _Build(settings, profile, told, at_once, max_members).work()


class _Build:
    def __init__(self, settings: Settings, profile: Profile, told: Told | None, at_once: int, max_members: int) -> None:
        self.settings = settings
        self.profile = profile
        self.key = {"profile_id": profile.profile_id}
        self.told = told
        self.at_once = at_once
        self.max_members = max_members
        self.signed = self.matched = self.folded = 0

    def work(self) -> BuildCounts:
        # Again until nothing is missing: articles come in, and change their time, while others are worked.
        while self._sign_and_match() + self._fold():
            pass
        if self.folded >= self.at_once:
            with transaction(self.settings) as connection:
                connection.execute(load_queries("generation")["analyze"])
        return BuildCounts(self.profile.profile_id, self.signed, self.matched, self.folded)

    def _sign_and_match(self) -> int:
        from copydesk.pipeline.incremental.match import match_articles
        from copydesk.pipeline.incremental.sign import sign_articles

        done = 0
        todo = self._count("generation", "count_behind") + self._count("unsettled", "count_stage", stage="signed")
        place = _START
        while True:
            with transaction(self.settings) as connection:
                self._hold(connection)
                rows = self._read(connection, "generation", "behind", place)
                self.signed += sign_articles(connection, sorted(row[1] for row in rows), self.profile)
            # In a transaction of its own: what others sign meanwhile has to find these, or be found.
            with transaction(self.settings) as connection:
                self._hold(connection)
                articles = [one for _, one in self._list(connection, "signed", _START)]
                match_articles(connection, articles, self.profile)
            self.matched += len(articles)
            done += len(articles)
            self._tell("match", done, max(todo, done))
            if not rows and not articles:
                return done
            if rows:
                place = rows[-1]

    def _fold(self) -> int:
        from copydesk.pipeline.incremental.fold import fold_articles

        done = 0
        todo = self._count("unsettled", "count_stage", stage="matched")
        place = _START
        while True:
            with transaction(self.settings) as connection:
                self._hold(connection)
                rows = self._list(connection, "matched", place)
                if rows:
                    fold_articles(connection, [row[1] for row in rows], self.profile, self.max_members)
            if not rows:
                return done
            place = rows[-1]
            done += len(rows)
            self.folded += len(rows)
            self._tell("fold", done, max(todo, done))

    def _hold(self, connection: Connection[Row]) -> None:
        row = connection.execute(load_queries("generation")["hold"], self.key).fetchone()
        if row is None or row[0] == "retired":
            raise GenerationBehind(
                f"The generation {self.profile.profile_id} was retired while it was built.", "Build it again."
            )

    def _list(self, connection: Connection[Row], stage: str, place: _Place) -> Sequence[_Place]:
        return self._read(connection, "unsettled", "list", place, stage=stage)

    def _read(self, connection: Connection[Row], noun: str, name: str, place: _Place, **asked: str) -> list[_Place]:
        """The next articles after a place in order of time, with their places."""
        after = {"after_time": place[0], "after_id": place[1], "limit": self.at_once}
        return [
            (time, one) for time, one in connection.execute(load_queries(noun)[name], {**self.key, **asked, **after})
        ]

    def _count(self, noun: str, name: str, **asked: str) -> int:
        with transaction(self.settings) as connection:
            row = connection.execute(load_queries(noun)[name], {**self.key, **asked}).fetchone()
        return row[0] if row else 0

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self.told:
            self.told(stage, done, total)


def _hold_first(connection: Connection[Row]) -> None:
    """The default is the first of all, whatever is built; a live profile that can't be used is no hindrance."""
    row = connection.execute(load_queries("generation")["live"]).fetchone()
    if row is None:
        hold_live(connection)
