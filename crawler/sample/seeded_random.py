"""Chance that is the same on every machine and every Python: seeded by SHA-256, drawn by ``random()`` alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

Item = TypeVar("Item")


class Dice:
    """Draws that depend on nothing but the parts it was seeded with.

    Only ``Random.random`` is used: its sequence for an integer seed is promised never to change, those of ``choice``,
    ``sample`` and ``shuffle`` are not.
    """

    __slots__ = ("random",)

    def __init__(self, *parts: int | str) -> None:
        text = "\x1f".join(map(str, parts))
        seed = int.from_bytes(sha256(text.encode()).digest()[:16], "big")
        self.random = random.Random(seed).random  # noqa: S311  chance for prose, not for secrets

    def choice(self, items: Sequence[Item]) -> Item:
        """One of ``items``, which must not be empty."""
        return items[int(self.random() * len(items))]

    def randint(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def weighted_choice(self, weights: Sequence[tuple[Item, float]]) -> Item:
        """One item by its weight; the weights need not add up to 1."""
        left = self.random() * sum(weight for _, weight in weights)
        for item, weight in weights:
            left -= weight
            if left < 0:
                return item
        return weights[-1][0]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """``count`` of the items, each at most once, in drawn order."""
        left = list(items)
        return [left.pop(int(self.random() * len(left))) for _ in range(min(count, len(left)))]
