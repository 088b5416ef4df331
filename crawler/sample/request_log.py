"""The requests that a wire's site has received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MAX_LOGGED_REQUESTS = 100_000
"""Requests of a wire that are kept: those of a week of tests."""


@dataclass(slots=True)
class LoggedRequest:
    """A received request: the time of the network's clock (aware) and of the monotonic clock (seconds)."""

    at: datetime
    monotonic_at: float
    path: str
    user_agent: str = ""
    status: int = 0
    """The status of the response; 0: none yet."""
    retry_after: int = 0
    """The Retry-After header of the response, in seconds."""
