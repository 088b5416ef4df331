"""Outcomes: the one result of each URL of a crawl, with a reason from a short list."""

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
from copydesk.pipeline.store.left_behind import LeftBehind

TRUNCATED_BODY_REASON = "truncated body"
INTERRUPTED_REASON = "interrupted"
LOST_REASON = "lost"
"""Of a URL without a result although the crawl finished. Means a bug."""

_RETRYABLE_STATUSES = frozenset({404, 408, 409, 421, 423, 425, 429, *range(500, 600)})
"""HTTP statuses that may change within a day, so that the next run requests the URL again. A new article's page may
answer 404 for some minutes. All other statuses are final."""
_FAILURE_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "dns"),
    (DownloadConnectionRefusedError, "connection refused"),
    (ResponseDataLossError, TRUNCATED_BODY_REASON),
    (DownloadFailedError, "connection lost"),
)


class RequestRejected(IgnoreRequest):
    """A request or response is dropped on purpose and for good; ``reason`` is a short stable code."""

    outcome = Outcome.REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RequestDeferred(RequestRejected):
    """A request is dropped for now; another run may succeed."""

    outcome = Outcome.FAILED


class RequestLeftBehind(RequestDeferred):
    """A request is left to a later run: its URL is not scheduled by this one."""

    def __init__(self, left_behind: LeftBehind) -> None:
        super().__init__(left_behind.value)
        self.left_behind = left_behind


def classify_error(error: BaseException) -> tuple[Outcome, str]:
    """Return the outcome and reason of a download that raised an exception."""
    if isinstance(error, RequestRejected):
        return error.outcome, error.reason
    if isinstance(error, HttpError):
        return classify_status(error.response.status)
    if isinstance(error, DownloadCancelledError):
        return Outcome.REFUSED, "too large"  # the only case in which the downloader cancels
    if isinstance(error, UnsupportedURLSchemeError):
        return Outcome.REFUSED, "scheme"
    if isinstance(error, UnicodeError):  # a host that the DNS cannot have
        return Outcome.REFUSED, "invalid url"
    if _is_tls_error(error):
        return Outcome.FAILED, "tls"
    for error_class, reason in _FAILURE_REASONS:
        if isinstance(error, error_class):
            return Outcome.FAILED, reason
    if isinstance(error, IgnoreRequest):
        message = str(error)
        return Outcome.REFUSED, "too many redirects" if "redirect" in message else "dropped"
    return Outcome.FAILED, f"error {type(error).__name__}"


def _is_tls_error(error: BaseException) -> bool:
    """Return whether a connection failed because of its certificate or its TLS handshake."""
    failures = getattr(error.__cause__, "reasons", ())
    return any(isinstance(getattr(failure, "value", None), SSL.Error) for failure in failures)


def classify_status(status: int) -> tuple[Outcome, str]:
    """Return the outcome and reason of an HTTP status other than success."""
    if 300 <= status < 400:
        return Outcome.REFUSED, "redirect"
    return Outcome.FAILED if status in _RETRYABLE_STATUSES else Outcome.REFUSED, f"http {status}"


class OutcomeTracker:
    """Tracks the scheduled URLs of a crawl, by URL key. A key is scheduled once, and its first outcome is final."""

    def __init__(self) -> None:
        self._pending: dict[bytes, Candidate] = {}
        self._outcomes: dict[bytes, tuple[Outcome, str]] = {}
        self._revisits: set[bytes] = set()

    def schedule(self, candidate: Candidate, *, is_revisit: bool = False) -> bool:
        """Schedule a candidate; return False if it was scheduled before."""
        if self.is_scheduled(candidate.url_key):
            return False
        if is_revisit:
            self._revisits.add(candidate.url_key)
        self._pending[candidate.url_key] = candidate
        return True

    def set_outcome(self, key: bytes, outcome: Outcome, reason: str = "") -> bool:
        """Set the outcome of a scheduled URL; return False if it has one or was never scheduled."""
        if self._pending.pop(key, None) is None:
            return False
        self._outcomes[key] = (outcome, reason)
        return True

    def withdraw(self, key: bytes) -> bool:
        """Forget a scheduled URL that is left to a later run; return False if it has an outcome."""
        return self._pending.pop(key, None) is not None

    def is_pending(self, key: bytes) -> bool:
        """Return whether a URL is scheduled and has no outcome yet."""
        return key in self._pending

    def is_scheduled(self, key: bytes) -> bool:
        """Return whether a URL was ever scheduled."""
        return key in self._pending or key in self._outcomes

    @property
    def pending(self) -> list[Candidate]:
        """The candidates without an outcome."""
        return list(self._pending.values())

    @property
    def url_keys(self) -> list[bytes]:
        """The keys of all scheduled URLs."""
        return [*self._pending, *self._outcomes]

    @property
    def scheduled(self) -> int:
        """The number of scheduled URLs, with and without an outcome."""
        return len(self._pending) + len(self._outcomes)

    @property
    def outcomes(self) -> dict[str, int]:
        """The number of URLs by outcome; every outcome is a key."""
        counts = Counter(outcome for outcome, _ in self._outcomes.values())
        return {outcome.value: counts[outcome] for outcome in Outcome}

    @property
    def revisits(self) -> dict[str, int]:
        """The number of known pages that were fetched again, by outcome, without zeros."""
        counts = Counter(self._outcomes[key][0] for key in self._revisits if key in self._outcomes)
        return {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]}

    @property
    def reasons(self) -> dict[str, int]:
        """The number of URLs by ``outcome: reason``, for outcomes with a reason, in descending order."""
        counts = Counter(f"{outcome.value}: {reason}" for outcome, reason in self._outcomes.values() if reason)
        return dict(counts.most_common())

    @property
    def failed_keys(self) -> frozenset[bytes]:
        """The keys of the URLs that another run has to request again."""
        failed = {key for key, (outcome, _) in self._outcomes.items() if outcome is Outcome.FAILED}
        return frozenset(failed | self._pending.keys())
