"""The size of the sample network: how many stories break in each hour, and the number of each article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

EPOCH = date(2000, 1, 1)

ARTICLES_PER_STORY = 2.34
"""The mean number of articles per story, including copies and updates. Measured; a test checks it."""

_STORY_WEIGHT_BY_HOUR = (22, 22, 22, 24, 28, 34, 44, 54, 60, 56, 54, 50, 50, 56, 58, 54, 52, 46, 40, 34, 30, 28, 26, 24)
"""The relative number of stories that break in each hour of the day (UTC): most in working hours."""

# The bits of an article's number: hours since EPOCH, then the story, then the release.
_STORY_BITS = 16
_RELEASE_BITS = 4


@dataclass(frozen=True, slots=True)
class Network:
    """The parameters of the sample network. The same parameters generate the same pages, byte for byte."""

    seed: int = 7
    per_day: int = 200
    """The approximate number of articles per day over all wires, 10 to 1,000,000."""

    def __post_init__(self) -> None:
        if not 10 <= self.per_day <= 1_000_000:
            raise ValueError(f"per_day is {self.per_day}, but must be from 10 to 1,000,000")

    def count_stories(self, hour: int) -> int:
        """Return the number of stories that break in an hour (0 to 23) of each day."""
        total = self.per_day / ARTICLES_PER_STORY
        weight_sum = sum(_STORY_WEIGHT_BY_HOUR)
        before, after = sum(_STORY_WEIGHT_BY_HOUR[:hour]), sum(_STORY_WEIGHT_BY_HOUR[: hour + 1])
        return round(total * after / weight_sum) - round(total * before / weight_sum)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Identifies an article: the hour in which its story broke, the story in that hour, the release of that story."""

    hour: datetime
    story: int
    release: int = 0

    @property
    def number(self) -> int:
        """The slot as an integer of at most 12 digits."""
        hours = (self.hour.date() - EPOCH).days * 24 + self.hour.hour
        return (hours << _STORY_BITS | self.story) << _RELEASE_BITS | self.release

    @classmethod
    def from_number(cls, number: int) -> Slot:
        """Return the slot from its number.

        Raises:
            ValueError: The number is too large.
        """
        release = number & (1 << _RELEASE_BITS) - 1
        story = number >> _RELEASE_BITS & (1 << _STORY_BITS) - 1
        hours = number >> _RELEASE_BITS + _STORY_BITS
        try:
            return cls(datetime.combine(EPOCH, time(), UTC) + timedelta(hours=hours), story, release)
        except OverflowError:
            raise ValueError(f"invalid article number {number}") from None

    @property
    def story_id(self) -> str:
        """The ID of the story."""
        return f"{self.hour:%Y%m%d-%H}-{self.story:05d}"
