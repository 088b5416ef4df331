"""The sample network's size and clockwork: how many stories an hour has, and the number that each article bears."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

EPOCH = date(2000, 1, 1)

ARTICLES_PER_STORY = 2.34
"""The mean number of articles that come of a story, copies and updates counted (measured; a test holds it)."""

_STORY_WEIGHT_BY_HOUR = (22, 22, 22, 24, 28, 34, 44, 54, 60, 56, 54, 50, 50, 56, 58, 54, 52, 46, 40, 34, 30, 28, 26, 24)
"""The share of a day's stories that break in each hour (UTC), newsrooms being what they are."""

_RELEASE_BITS = 4  # bits of an article's number that tell the release
_STORY_BITS = 16  # bits that tell the story of its hour


@dataclass(frozen=True, slots=True)
class Network:
    """All that the sample network depends on: the same seed and size give the same copy, byte for byte.

    ``per_day`` is how many articles a day it publishes over all wires, about (within some percent), 10 to 1,000,000.
    """

    seed: int = 7
    per_day: int = 200

    def __post_init__(self) -> None:
        if not 10 <= self.per_day <= 1_000_000:
            raise ValueError(f"per_day is {self.per_day}; it must be from 10 to 1,000,000")

    def count_stories(self, hour: int) -> int:
        """How many stories break in an hour (0 to 23) of any day."""
        total = self.per_day / ARTICLES_PER_STORY
        whole = sum(_STORY_WEIGHT_BY_HOUR)
        before, after = sum(_STORY_WEIGHT_BY_HOUR[:hour]), sum(_STORY_WEIGHT_BY_HOUR[: hour + 1])
        return round(total * after / whole) - round(total * before / whole)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Where an article stands in the network's clockwork: the hour its story broke in, which story, which release."""

    hour: datetime
    story: int
    release: int = 0

    @property
    def number(self) -> int:
        """The slot as one number of at most 12 digits."""
        hours = (self.hour.date() - EPOCH).days * 24 + self.hour.hour
        return (hours << _STORY_BITS | self.story) << _RELEASE_BITS | self.release

    @classmethod
    def from_number(cls, number: int) -> Slot:
        """The slot that a number stands for.

        Raises:
            ValueError: there is no such slot.
        """
        release = number & (1 << _RELEASE_BITS) - 1
        story = number >> _RELEASE_BITS & (1 << _STORY_BITS) - 1
        hours = number >> _RELEASE_BITS + _STORY_BITS
        try:
            return cls(datetime.combine(EPOCH, time(), UTC) + timedelta(hours=hours), story, release)
        except OverflowError:
            raise ValueError(f"{number} is no article's number") from None

    @property
    def story_id(self) -> str:
        return f"{self.hour:%Y%m%d-%H}-{self.story:05d}"
