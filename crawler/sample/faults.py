"""Faults that a wire's site simulates on request."""

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
    """The kinds of faults. They affect articles, unless noted otherwise."""

    UNAVAILABLE = "503"
    """Status 503, for everything except robots.txt."""
    TOO_MANY_REQUESTS = "429"
    """Status 429 with Retry-After, for everything except robots.txt."""
    DRIP = "drip"
    """Sends the page byte by byte."""
    BOMB = "bomb"
    """A small gzip body that decompresses to ``BOMB_BYTES``."""
    REDIRECT = "redirect"
    """A redirect to ``Fault.target``, by default a private address."""
    LAYOUT = "layout"
    """Another page layout."""
    REFUSED = "refused"
    """Closes the wire's port."""
    GONE = "410"
    """Status 410."""
    ERROR_PAGE = "error-page"
    """Status 200 with an error page."""
    ROBOTS_UNAVAILABLE = "robots-503"
    """Status 503 for robots.txt only."""
    HANG = "hang"
    """Accepts the request and never responds; for everything except robots.txt."""


_SITE_WIDE = frozenset({FaultKind.UNAVAILABLE, FaultKind.TOO_MANY_REQUESTS, FaultKind.REFUSED, FaultKind.HANG})


@dataclass(slots=True)
class Fault:
    """One active fault."""

    kind: FaultKind
    times: int | None = None
    """The number of requests that it affects. None: no limit."""
    seconds: float | None = None
    """How long it is active, in seconds. None: until it is cleared."""
    retry_after: int = 2
    """The Retry-After header of ``429``, in seconds."""
    target: str = PRIVATE_TARGET
    """The target of ``redirect``."""
    path: str = ""
    """The path of the only article that it affects. Empty: all articles."""
    requests: int = 0
    """The number of requests that it has affected."""
    started: float = field(default_factory=monotonic)
    """When it was injected, on the monotonic clock."""

    def is_expired(self, clock: Callable[[], float] = monotonic) -> bool:
        """Return whether its requests or its seconds are used up."""
        is_used_up = self.times is not None and self.requests >= self.times
        return is_used_up or (self.seconds is not None and clock() - self.started >= self.seconds)

    def applies_to(self, path: str, *, article: bool) -> bool:
        """Return whether it affects a request for a path; ``article``: whether that is the path of an article."""
        if self.kind is FaultKind.ROBOTS_UNAVAILABLE:
            return path == "/robots.txt"
        if self.kind in _SITE_WIDE:
            return path != "/robots.txt"
        return article and self.path in {"", path}


@cache
def make_bomb() -> bytes:
    """Return a gzip body that decompresses to ``BOMB_BYTES`` of HTML."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"<p>" + b"a" * (1024 * 1024 - 7) + b"</p>"
    parts = [packer.compress(chunk) for _ in range(BOMB_BYTES // len(chunk))]
    return b"".join(parts) + packer.flush()
