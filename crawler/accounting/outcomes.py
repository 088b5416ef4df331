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
_RETRYABLE_STATUSES = frozenset({404, 408, 409, 421, 423, 425, 429, *range(500, 600)})
_FAILURE_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "connection refused"),
    (ResponseDataLossError, "body cut short"),
    (DownloadFailedError, "connection lost"),
)
UNFINISHED_REASONS = ("interrupted", "lost")


class RequestRejected(IgnoreRequest):
    """A request or response that is dropped on purpose; ``reason`` is its short stable code."""

    outcome = Outcome.REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RequestDeferred(RequestRejected):
    """A request that is given up for now: another run may get it."""

    outcome = Outcome.FAILED


def classify_error(error: BaseException) -> tuple[Outcome, str]:
    """The outcome and reason of a download that ended in an exception."""
    if isinstance(error, RequestRejected):
        return error.outcome, error.reason
    if isinstance(error, HttpError):
        return classify_status(error.response.status)
    if isinstance(error, DownloadCancelledError):
        return Outcome.REFUSED, "too large"  # the downloader cancels for nothing else
    if isinstance(error, UnsupportedURLSchemeError):
        return Outcome.REFUSED, "scheme"
    if _is_tls_error(error):
        return Outcome.FAILED, "tls"
    for kind, reason in _FAILURE_REASONS:
        if isinstance(error, kind):
            return Outcome.FAILED, reason
    if isinstance(error, IgnoreRequest):
        message = str(error)
        return Outcome.REFUSED, "too many redirects" if "redirect" in message else "dropped"
    return Outcome.FAILED, f"error {type(error).__name__}"


def _is_tls_error(error: BaseException) -> bool:
    """Whether a connection failed because of its certificate or its TLS."""
    reasons = getattr(error.__cause__, "reasons", ())
    return any(isinstance(getattr(one, "value", None), SSL.Error) for one in reasons)


def classify_status(status: int) -> tuple[Outcome, str]:
    """The outcome and reason of an HTTP status that brings no page."""
    if 300 <= status < 400:
        return Outcome.REFUSED, "redirect"
    return Outcome.FAILED if status in _RETRYABLE_STATUSES else Outcome.REFUSED, f"http {status}"


class OutcomeTracker:
    """Every scheduled URL of a run and its one outcome. The first word stands; a key is claimed once."""

    def __init__(self) -> None:
        self._pending: dict[bytes, Candidate] = {}
        self._outcomes: dict[bytes, tuple[Outcome, str]] = {}

    def schedule(self, candidate: Candidate) -> bool:
        """Schedule it, unless it was scheduled before."""
        if self.is_scheduled(candidate.url_key):
            return False
        self._pending[candidate.url_key] = candidate
        return True

    def set_outcome(self, key: bytes, outcome: Outcome, reason: str = "") -> bool:
        """Give a claimed URL its outcome; False where it has one already or was never claimed."""
        if self._pending.pop(key, None) is None:
            return False
        self._outcomes[key] = (outcome, reason)
        return True

    def is_pending(self, key: bytes) -> bool:
        return key in self._pending

    def is_scheduled(self, key: bytes) -> bool:
        return key in self._pending or key in self._outcomes

    @property
    def pending(self) -> list[Candidate]:
        return list(self._pending.values())

    @property
    def url_keys(self) -> list[bytes]:
        """Of every scheduled URL."""
        return [*self._pending, *self._outcomes]

    @property
    def scheduled(self) -> int:
        return len(self._pending) + len(self._outcomes)

    @property
    def outcomes(self) -> dict[str, int]:
        """Counts by outcome, every outcome named."""
        counts = Counter(outcome for outcome, _ in self._outcomes.values())
        return {outcome.value: counts[outcome] for outcome in Outcome}

    @property
    def reasons(self) -> dict[str, int]:
        """Counts by ``outcome: reason``, where a reason was given; the most frequent first."""
        counts = Counter(f"{outcome.value}: {reason}" for outcome, reason in self._outcomes.values() if reason)
        return dict(counts.most_common())

    @property
    def failed_keys(self) -> frozenset[bytes]:
        """What should be asked for again."""
        failed = {key for key, (outcome, _) in self._outcomes.items() if outcome is Outcome.FAILED}
        return frozenset(failed | self._pending.keys())
