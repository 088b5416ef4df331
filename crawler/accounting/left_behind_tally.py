"""Counts the listed items that a crawl does not fetch."""

from __future__ import annotations

from collections.abc import Iterable

from copydesk.crawler.discovery.selection import Candidate
from copydesk.pipeline.store.left_behind import LeftBehind


class LeftBehindTally:
    """The URLs left behind, by reason, and about how many items are no longer listed at all."""

    def __init__(self) -> None:
        self._keys: dict[LeftBehind, set[bytes]] = {}
        self._missed = 0

    def add(self, reason: LeftBehind, candidates: Iterable[Candidate]) -> None:
        """Add URLs; each counts once."""
        for candidate in candidates:
            self.add_key(reason, candidate.url_key)

    def add_key(self, reason: LeftBehind, key: bytes) -> None:
        """Add a URL by its key, or a feed."""
        self._keys.setdefault(reason, set()).add(key)

    def add_missed(self, count: int) -> None:
        """Add about how many items a feed lists no more. The feeds of a wire overlap, so the highest number counts."""
        self._missed = max(self._missed, count)

    @property
    def is_continued(self) -> bool:
        """Whether the rest is left to a later run."""
        return any(reason.is_continued and keys for reason, keys in self._keys.items())

    @property
    def counts(self) -> dict[str, int]:
        """The number of items by reason, without zeros."""
        counts = {reason: len(keys) for reason, keys in self._keys.items()} | {
            LeftBehind.NO_LONGER_LISTED: self._missed
        }
        return {reason.value: count for reason, count in counts.items() if count}
