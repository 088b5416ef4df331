"""Outcomes: what becomes of every URL of a run, with one reason from a short list."""

from __future__ import annotations

from collections import Counter

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from copydesk.crawler.discovery.selection import Candidate
from copydesk.pipeline.core.records import Outcome

# Statuses that may be different in a minute or a day: the URL is asked again. The others are the site's answer.
_PASSING = frozenset({404, 408, 409, 421, 423, 425, 429, *range(500, 600)})
_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "connection refused"),
    (ResponseDataLossError, "body cut short"),
    (DownloadFailedError, "connection lost"),
)
LATE_REASONS = ("interrupted", "lost")


class Refused(IgnoreRequest):
    """A request or response that is dropped on purpose; ``reason`` is its short stable code."""

    outcome = Outcome.REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Failed(Refused):
    """A request that is given up for now: another run may get it."""

    outcome = Outcome.FAILED


def explain(error: BaseException) -> tuple[Outcome, str]:
    """The outcome and reason of a download that ended in an exception."""
    if isinstance(error, Refused):
        return error.outcome, error.reason
    if isinstance(error, HttpError):
        return explain_status(error.response.status)
    if isinstance(error, DownloadCancelledError):
        return Outcome.REFUSED, "too large"  # the downloader cancels for nothing else
    if isinstance(error, UnsupportedURLSchemeError):
        return Outcome.REFUSED, "scheme"
    if _is_tls(error):
        return Outcome.FAILED, "tls"
    for kind, reason in _FAILURES:
        if isinstance(error, kind):
            return Outcome.FAILED, reason
    if isinstance(error, IgnoreRequest):
        told = str(error)
        return Outcome.REFUSED, "too many redirects" if "redirect" in told else "dropped"
    return Outcome.FAILED, f"error {type(error).__name__}"


def _is_tls(error: BaseException) -> bool:
    """Whether a connection failed because of its certificate or its TLS."""
    reasons = getattr(error.__cause__, "reasons", ())
    return any(isinstance(getattr(one, "value", None), SSL.Error) for one in reasons)


def explain_status(status: int) -> tuple[Outcome, str]:
    """The outcome and reason of an HTTP status that brings no page."""
    if 300 <= status < 400:
        return Outcome.REFUSED, "redirect"
    return Outcome.FAILED if status in _PASSING else Outcome.REFUSED, f"http {status}"


class Tally:
    """Every scheduled URL of a run and its one outcome. The first word stands; a key is claimed once."""

    def __init__(self) -> None:
        self._open: dict[bytes, Candidate] = {}
        self._settled: dict[bytes, tuple[Outcome, str]] = {}

    def claim(self, candidate: Candidate) -> bool:
        """Schedule it, unless it was scheduled before."""
        if self.knows(candidate.key):
            return False
        self._open[candidate.key] = candidate
        return True

    def settle(self, key: bytes, outcome: Outcome, reason: str = "") -> bool:
        """Give a claimed URL its outcome; False where it has one already or was never claimed."""
        if self._open.pop(key, None) is None:
            return False
        self._settled[key] = (outcome, reason)
        return True

    def is_open(self, key: bytes) -> bool:
        return key in self._open

    def knows(self, key: bytes) -> bool:
        return key in self._open or key in self._settled

    @property
    def unsettled(self) -> list[Candidate]:
        return list(self._open.values())

    @property
    def keys(self) -> list[bytes]:
        """Of every scheduled URL."""
        return [*self._open, *self._settled]

    @property
    def scheduled(self) -> int:
        return len(self._open) + len(self._settled)

    @property
    def outcomes(self) -> dict[str, int]:
        """Counts by outcome, every outcome named."""
        counts = Counter(outcome for outcome, _ in self._settled.values())
        return {outcome.value: counts[outcome] for outcome in Outcome}

    @property
    def reasons(self) -> dict[str, int]:
        """Counts by ``outcome: reason``, where a reason was given; the most frequent first."""
        told = Counter(f"{outcome.value}: {reason}" for outcome, reason in self._settled.values() if reason)
        return dict(told.most_common())

    @property
    def failed_keys(self) -> frozenset[bytes]:
        """What should be asked for again."""
        failed = {key for key, (outcome, _) in self._settled.items() if outcome is Outcome.FAILED}
        return frozenset(failed | self._open.keys())
