"""What can go wrong at a wire, on request."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from time import monotonic

BOMB_BYTES = 128 * 1024 * 1024
PRIVATE_TARGET = "http://169.254.169.254/latest/meta-data/"


class FaultKind(StrEnum):
    """The faults that can be played.

    ``503`` and ``429`` (with Retry-After) answer everything but robots.txt; ``drip`` sends an article byte by byte;
    ``bomb`` is a small gzip body that unpacks to 128 MiB; ``redirect`` sends articles to a private address;
    ``layout`` prints articles in another layout; ``refused`` closes the wire's port; ``error-page`` answers 200 with
    an error page; ``robots-503`` answers robots.txt alone with 503; ``hang`` accepts and says nothing.
    """

    UNAVAILABLE = "503"
    TOO_MANY_REQUESTS = "429"
    DRIP = "drip"
    BOMB = "bomb"
    REDIRECT = "redirect"
    LAYOUT = "layout"
    REFUSED = "refused"
    ERROR_PAGE = "error-page"
    ROBOTS_UNAVAILABLE = "robots-503"
    HANG = "hang"


_SITE_WIDE = frozenset({FaultKind.UNAVAILABLE, FaultKind.TOO_MANY_REQUESTS, FaultKind.REFUSED, FaultKind.HANG})


@dataclass(slots=True)
class Fault:
    """One fault in play: for ``times`` requests, for ``seconds``, or until cleared."""

    kind: FaultKind
    times: int | None = None
    seconds: float | None = None
    retry_after: int = 2
    target: str = PRIVATE_TARGET
    played: int = 0
    started: float = field(default_factory=monotonic)

    def is_expired(self, clock: Callable[[], float] = monotonic) -> bool:
        spent = self.times is not None and self.played >= self.times
        return spent or (self.seconds is not None and clock() - self.started >= self.seconds)

    def applies_to(self, path: str, *, article: bool) -> bool:
        """Whether a request for ``path`` meets the fault; ``article`` tells whether it is an article's address."""
        if self.kind is FaultKind.ROBOTS_UNAVAILABLE:
            return path == "/robots.txt"
        if self.kind in _SITE_WIDE:
            return path != "/robots.txt"
        return article


@cache
def make_bomb() -> bytes:
    """A gzip body that unpacks to ``BOMB_BYTES`` of an HTML page."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"<p>" + b"a" * (1024 * 1024 - 7) + b"</p>"
    parts = [packer.compress(chunk) for _ in range(BOMB_BYTES // len(chunk))]
    return b"".join(parts) + packer.flush()
