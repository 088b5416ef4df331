"""What becomes of a story: who breaks it, who copies it when and how, whether it is updated, corrected or killed.

A plan holds no text, so that a day of a million articles can be looked through quickly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from copydesk.crawler.sample.network import Network, Slot
from copydesk.crawler.sample.sample_wires import list_languages, list_outlets, list_writers, load_wires
from copydesk.crawler.sample.seeded_random import Dice

MAX_RELEASE_DELAY = timedelta(hours=12)
"""No release of a story comes later than this after the hour it broke in."""


class Kind(StrEnum):
    """What kind of story it is."""

    NEWS = "news"
    FLASH = "flash"
    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"
    ROUNDUP = "roundup"
    SERIES = "series"
    NOTICE = "notice"
    ALERT = "alert"


class Relation(StrEnum):
    """What an article is to its story."""

    ORIGINAL = "original"
    FLASH = "flash"
    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"
    COPY = "copy"
    ROUNDUP = "roundup"


class Version(StrEnum):
    """Which text of a story a release carries."""

    FLASH = "flash"
    FIRST = "first"
    WRONG = "wrong"
    UPDATE_1 = "update-1"
    UPDATE_2 = "update-2"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Release:
    """One article to be: who publishes which version when, and what its desk does to it.

    ``turned_at`` is when the page of an in-place wire changes to the version ``turned`` (None: it never does).
    """

    number: int
    wire: str
    at: datetime
    relation: Relation
    version: Version
    edits: tuple[str, ...] = ()
    revised_at: datetime | None = None
    revised_version: Version = Version.FIRST


@dataclass(frozen=True, slots=True)
class Plan:
    """One story and all its releases; the first is the earliest, and its wire is where the story comes from."""

    network: Network
    slot: Slot
    kind: Kind
    language: str
    wire: str
    releases: tuple[Release, ...]

    @property
    def story_id(self) -> str:
        return self.slot.story_id

    @property
    def started_at(self) -> datetime:
        return self.releases[0].at


_KINDS = (
    (Kind.NEWS, 47.0),
    (Kind.UPDATE, 12.0),
    (Kind.SERIES, 10.0),
    (Kind.NOTICE, 8.0),
    (Kind.ALERT, 7.0),
    (Kind.FLASH, 6.0),
    (Kind.CORRECTION, 5.0),
    (Kind.ROUNDUP, 3.0),
    (Kind.KILL, 2.0),
)
_LANGUAGES = {"en": 45.0, "de": 22.0, "es": 20.0, "fr": 13.0}
_COPY_COUNT_WEIGHTS = {
    Kind.NEWS: ((0, 25.0), (1, 30.0), (2, 25.0), (3, 15.0), (4, 5.0)),
    Kind.SERIES: ((0, 85.0), (1, 15.0)),
    Kind.NOTICE: ((0, 80.0), (1, 20.0)),
    Kind.ALERT: ((0, 70.0), (1, 30.0)),
    Kind.ROUNDUP: ((0, 1.0),),
}
_COPY_DELAY_WEIGHTS = (((2, 25), 60.0), ((26, 110), 26.0), ((111, 400), 14.0))


def make_plan(network: Network, slot: Slot) -> Plan:
    """The plan of one story (``slot.release`` is ignored): a pure function of network and slot."""
    dice = Dice(network.seed, "plan", slot.number >> 4)
    kind = dice.weighted_choice(_KINDS)
    language = dice.weighted_choice([(code, _LANGUAGES[code]) for code in list_languages()])
    wire = dice.weighted_choice(list_writers(language))
    start = slot.hour + timedelta(minutes=dice.randint(0, 59))
    draft = _Draft(dice, kind, language, wire)
    draft.release_all(start)
    releases = sorted(draft.releases, key=lambda release: (release.at, release.number))
    return Plan(network, Slot(slot.hour, slot.story), kind, language, wire, tuple(releases))


def plans_of_hour(network: Network, hour: datetime) -> Iterator[Plan]:
    """The plans of all stories that break in an hour (aware, UTC, on the full hour)."""
    for story in range(network.count_stories(hour.hour)):
        yield make_plan(network, Slot(hour, story))


def plans_between(network: Network, since: datetime, until: datetime) -> Iterator[Plan]:
    """The plans of all stories that may have a release in [since, until), by the hour they broke in."""
    hour = (since.astimezone(UTC) - MAX_RELEASE_DELAY).replace(minute=0, second=0, microsecond=0)
    while hour < until:
        yield from plans_of_hour(network, hour)
        hour += timedelta(hours=1)


class _Draft:
    """A plan in the making."""

    def __init__(self, dice: Dice, kind: Kind, language: str, wire: str) -> None:
        self.dice = dice
        self.kind = kind
        self.language = language
        self.wire = wire
        self.releases: list[Release] = []

    def release_all(self, start: datetime) -> None:
        kind = self.kind
        if kind is Kind.ROUNDUP:
            self._add_release(start, Relation.ROUNDUP, Version.FIRST)
        elif kind is Kind.FLASH:
            self._add_release(start, Relation.FLASH, Version.FLASH)
            self._publish(self._delay(start, 5, 22), Version.FIRST)
        elif kind is Kind.UPDATE:
            self._release_updates(start)
        elif kind is Kind.CORRECTION:
            self._publish_with_revision(
                start, Version.WRONG, Version.FIRST, Relation.CORRECTION, self._delay(start, 25, 150)
            )
        elif kind is Kind.KILL:
            self._publish_with_revision(start, Version.FIRST, Version.KILL, Relation.KILL, self._delay(start, 30, 170))
        else:
            self._publish(start, Version.FIRST)

    def _release_updates(self, start: datetime) -> None:
        first = self._delay(start, 25, 120)
        self._publish_with_revision(start, Version.FIRST, Version.UPDATE_1, Relation.UPDATE, first)
        if not load_wires()[self.wire].in_place and self.dice.chance(0.35):
            second = self._delay(first, 30, 120)
            self._add_release(second, Relation.UPDATE, Version.UPDATE_2)
            self._add_copies(second, Version.UPDATE_2, self.dice.randint(0, 1))

    def _publish_with_revision(
        self, start: datetime, old: Version, new: Version, relation: Relation, at: datetime
    ) -> None:
        """Publish one version, then another: in place where the wire works so, else as a page of its own."""
        if load_wires()[self.wire].in_place:
            self._add_release(start, Relation.ORIGINAL, old, revised_at=at, revised_version=new)
        else:
            self._add_release(start, Relation.ORIGINAL, old)
            self._add_release(at, relation, new)
        copies = self.dice.weighted_choice(_COPY_COUNT_WEIGHTS[Kind.NEWS])
        early = self.dice.randint(0, copies) if new is not Version.KILL else copies
        self._add_copies(start, old, early)
        self._add_copies(at, new, copies - early)

    def _publish(self, at: datetime, version: Version) -> None:
        self._add_release(at, Relation.ORIGINAL, version)
        self._add_copies(
            at, version, self.dice.weighted_choice(_COPY_COUNT_WEIGHTS.get(self.kind, _COPY_COUNT_WEIGHTS[Kind.NEWS]))
        )

    def _add_copies(self, source: datetime, version: Version, count: int) -> None:
        outlets = [name for name in list_outlets(self.language) if name != self.wire]
        for _ in range(count if outlets else 0):
            outlet = self.dice.choice(outlets)
            low, high = self.dice.weighted_choice(_COPY_DELAY_WEIGHTS)
            self._add_release(
                self._delay(source, low, high), Relation.COPY, version, wire=outlet, edits=self._choose_edits(outlet)
            )

    def _choose_edits(self, outlet: str) -> tuple[str, ...]:
        if self.dice.chance(0.25):
            return ()
        choices = load_wires()[outlet].edits
        if self.kind not in {Kind.NEWS, Kind.FLASH, Kind.UPDATE, Kind.CORRECTION, Kind.KILL}:
            choices = tuple(edit for edit in choices if edit in {"house", "twice", "banner", "related", "dateline"})
        return tuple(sorted(self.dice.sample(choices, self.dice.randint(1, 2))))

    def _add_release(
        self,
        at: datetime,
        relation: Relation,
        version: Version,
        *,
        wire: str = "",
        edits: tuple[str, ...] = (),
        revised_at: datetime | None = None,
        revised_version: Version = Version.FIRST,
    ) -> None:
        number = len(self.releases)
        self.releases.append(
            Release(number, wire or self.wire, at, relation, version, edits, revised_at, revised_version)
        )

    def _delay(self, at: datetime, low: int, high: int) -> datetime:
        return at + timedelta(minutes=self.dice.randint(low, high))
