"""The plan of a story: who breaks it, who copies it when and how, whether it is updated, corrected or killed.

A plan contains no text, so that a day of a million articles can be planned quickly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from copydesk.crawler.sample.network import Network, Slot
from copydesk.crawler.sample.sample_wires import list_languages, list_outlets, list_writers, load_wires
from copydesk.crawler.sample.seeded_random import SeededRandom

MAX_RELEASE_DELAY = timedelta(hours=12)
"""The latest release of a story after the start of the hour in which it broke."""


class Kind(StrEnum):
    """The kinds of stories."""

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
    """The relation of an article to its story."""

    ORIGINAL = "original"
    FLASH = "flash"
    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"
    COPY = "copy"
    ROUNDUP = "roundup"


class Version(StrEnum):
    """The versions of a story's text."""

    FLASH = "flash"
    FIRST = "first"
    WRONG = "wrong"
    UPDATE_1 = "update-1"
    UPDATE_2 = "update-2"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Release:
    """One article: which wire publishes which version of a story, and when."""

    number: int
    """Its position among the releases of the story, in the order of planning."""
    wire: str
    at: datetime
    relation: Relation
    version: Version
    edits: tuple[str, ...] = ()
    """What the wire's desk does to the text; see ``edits.apply_edits``."""
    revised_at: datetime | None = None
    """When the page of an in-place wire changes to ``revised_version``. None: never."""
    revised_version: Version = Version.FIRST


@dataclass(frozen=True, slots=True)
class Plan:
    """One story and all its releases, earliest first. ``wire`` breaks it."""

    network: Network
    slot: Slot
    kind: Kind
    language: str
    wire: str
    releases: tuple[Release, ...]

    @property
    def story_id(self) -> str:
        """The ID of the story."""
        return self.slot.story_id

    @property
    def started_at(self) -> datetime:
        """The time of the first release."""
        return self.releases[0].at


_KIND_WEIGHTS = (
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
_LANGUAGE_WEIGHTS = {"en": 45.0, "de": 22.0, "es": 20.0, "fr": 13.0}
_COPY_COUNT_WEIGHTS = {
    Kind.NEWS: ((0, 25.0), (1, 30.0), (2, 25.0), (3, 15.0), (4, 5.0)),
    Kind.SERIES: ((0, 85.0), (1, 15.0)),
    Kind.NOTICE: ((0, 80.0), (1, 20.0)),
    Kind.ALERT: ((0, 70.0), (1, 30.0)),
    Kind.ROUNDUP: ((0, 1.0),),
}
_COPY_DELAY_WEIGHTS = (((2, 25), 60.0), ((26, 110), 26.0), ((111, 400), 14.0))  # ranges in minutes


def make_plan(network: Network, slot: Slot) -> Plan:
    """Return the plan of a story. Pure; ``slot.release`` is ignored."""
    rng = SeededRandom(network.seed, "plan", slot.number >> 4)
    kind = rng.weighted_choice(_KIND_WEIGHTS)
    language = rng.weighted_choice([(code, _LANGUAGE_WEIGHTS[code]) for code in list_languages()])
    wire = rng.weighted_choice(list_writers(language))
    start = slot.hour + timedelta(minutes=rng.randint(0, 59))
    draft = _Draft(rng, kind, language, wire)
    draft.release_all(start)
    releases = sorted(draft.releases, key=lambda release: (release.at, release.number))
    return Plan(network, Slot(slot.hour, slot.story), kind, language, wire, tuple(releases))


def plans_of_hour(network: Network, hour: datetime) -> Iterator[Plan]:
    """Yield the plans of all stories that break in an hour.

    Args:
        network: The network.
        hour: The start of the hour (aware, UTC).
    """
    for story in range(network.count_stories(hour.hour)):
        yield make_plan(network, Slot(hour, story))


def plans_between(network: Network, since: datetime, until: datetime) -> Iterator[Plan]:
    """Yield the plans of all stories that may have a release in [since, until), by the hour in which they break."""
    hour = (since.astimezone(UTC) - MAX_RELEASE_DELAY).replace(minute=0, second=0, microsecond=0)
    while hour < until:
        yield from plans_of_hour(network, hour)
        hour += timedelta(hours=1)


class _Draft:
    """Collects the releases of a story."""

    def __init__(self, rng: SeededRandom, kind: Kind, language: str, wire: str) -> None:
        self.rng = rng
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
        if not load_wires()[self.wire].in_place and self.rng.chance(0.35):
            second = self._delay(first, 30, 120)
            self._add_release(second, Relation.UPDATE, Version.UPDATE_2)
            self._add_copies(second, Version.UPDATE_2, self.rng.randint(0, 1))

    def _publish_with_revision(
        self, start: datetime, old: Version, new: Version, relation: Relation, at: datetime
    ) -> None:
        """Publish a version, then another: on the same page if the wire is in-place, else on a page of its own."""
        if load_wires()[self.wire].in_place:
            self._add_release(start, Relation.ORIGINAL, old, revised_at=at, revised_version=new)
        else:
            self._add_release(start, Relation.ORIGINAL, old)
            self._add_release(at, relation, new)
        copies = self.rng.weighted_choice(_COPY_COUNT_WEIGHTS[Kind.NEWS])
        early = self.rng.randint(0, copies) if new is not Version.KILL else copies
        self._add_copies(start, old, early)
        self._add_copies(at, new, copies - early)

    def _publish(self, at: datetime, version: Version) -> None:
        self._add_release(at, Relation.ORIGINAL, version)
        self._add_copies(
            at, version, self.rng.weighted_choice(_COPY_COUNT_WEIGHTS.get(self.kind, _COPY_COUNT_WEIGHTS[Kind.NEWS]))
        )

    def _add_copies(self, source: datetime, version: Version, count: int) -> None:
        outlets = [name for name in list_outlets(self.language) if name != self.wire]
        for _ in range(count if outlets else 0):
            outlet = self.rng.choice(outlets)
            low, high = self.rng.weighted_choice(_COPY_DELAY_WEIGHTS)
            self._add_release(
                self._delay(source, low, high), Relation.COPY, version, wire=outlet, edits=self._choose_edits(outlet)
            )

    def _choose_edits(self, outlet: str) -> tuple[str, ...]:
        if self.rng.chance(0.25):
            return ()
        choices = load_wires()[outlet].edits
        if self.kind not in {Kind.NEWS, Kind.FLASH, Kind.UPDATE, Kind.CORRECTION, Kind.KILL}:
            choices = tuple(edit for edit in choices if edit in {"house", "twice", "banner", "related", "dateline"})
        return tuple(sorted(self.rng.sample(choices, self.rng.randint(1, 2))))

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
        return at + timedelta(minutes=self.rng.randint(low, high))
