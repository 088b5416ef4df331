"""Random numbers that are the same on every machine and with every Python version."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

Item = TypeVar("Item")


class SeededRandom:
    """A random number generator that is seeded with the SHA-256 of some parts.

    It uses only ``random.Random.random``: Python guarantees its sequence for a seed, but not those of ``choice``,
    ``sample`` and ``shuffle`` (see "Notes on Reproducibility" in the documentation of ``random``).
    """

    __slots__ = ("random",)

    def __init__(self, *parts: int | str) -> None:
        text = "\x1f".join(map(str, parts))
        seed = int.from_bytes(sha256(text.encode()).digest()[:16], "big")
        self.random = random.Random(seed).random  # noqa: S311 - not for secrets

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items, which must not be empty."""
        return items[int(self.random() * len(items))]

    def randint(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, inclusive."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.random() < probability

    def weighted_choice(self, weights: Sequence[tuple[Item, float]]) -> Item:
        """Return one of the items. The weights need not add up to 1."""
        remaining = self.random() * sum(weight for _, weight in weights)
        for item, weight in weights:
            remaining -= weight
            if remaining < 0:
                return item
        return weights[-1][0]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return ``count`` of the items, or all if there are fewer, without repetition, in random order."""
        remaining = list(items)
        return [remaining.pop(int(self.random() * len(remaining))) for _ in range(min(count, len(remaining)))]
