"""Anomalies of a run, such as a silent wire, a jump in refusals, a changed layout, items left behind or a late end.

Each wire is compared with its own past, so that a wire of three items per day is monitored as well as one of a
thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_all, fetch_values
from copydesk.pipeline.store.states import LedgerStage

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)

BASELINE_WEEKS = 6
"""Number of past weeks that a wire is compared with; at least two of them must have articles."""

LOOKBACK_HOURS = 48
"""How many hours before the end of the window a wire's last article is searched."""

MIN_EXPECTED_ARTICLES = 8
"""Minimum number of expected articles to report silence: by chance alone, none of eight appears once in 3,000 hours."""

MIN_LOSS_SAMPLE = 10
"""Minimum number of URLs and pages to report a share of losses."""

MIN_LOSS_PERCENT = 30
"""Minimum share of losses to report, in percent; it must also be at least three times the wire's usual share."""

BASELINE_DAYS = 28
"""Number of days before the run; the wire's usual share of losses is that of the runs in them."""


class WarningKind(StrEnum):
    """The kind of an anomaly."""

    SILENT = "silent"
    REFUSALS = "refusals"
    LAYOUT = "layout"
    FEEDS = "feeds"
    FAILED = "failed"
    LEFT_BEHIND = "left_behind"
    LATE = "late"
    NO_WIRES = "no_wires"
    RUN = "run_failed"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly of a run.

    Attributes:
        wire: The name of the wire; empty for the whole run.
        kind: The kind.
        message: What is unusual, in words that follow the name of the wire.
        task: The task with more in its log, a stage of a wire (``crawl``, ``clean``) or the name of another task; empty
            if none has.
    """

    wire: str
    kind: WarningKind
    message: str
    task: str = ""


@dataclass(frozen=True, slots=True)
class WireFailure:
    """That a run failed at a wire.

    Attributes:
        stage: ``crawl`` or ``clean``.
        reason: Why; empty if the task was stopped before it could say so.
        next_try: When it is tried again, such as ``next try at 13:00``; may be empty.
    """

    stage: LedgerStage
    reason: str
    next_try: str = ""

    @property
    def message(self) -> str:
        """The failure with its reason, in words that follow the name of the wire."""
        what = "its crawl failed" if self.stage is LedgerStage.CRAWL else "its pages were not cleaned"
        reason = f": {self.reason.rstrip('.')}" if self.reason else ""
        next_try = f"; {self.next_try}" if self.next_try else ""
        return f"{what}{reason}{next_try}; see the log of wire.{self.stage}"


@dataclass(frozen=True, slots=True)
class _HourCount:
    wire: str
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class _SavedWarning:
    wire: str
    message: str


@dataclass(frozen=True, slots=True)
class _LossCount:
    wire: str
    lost: int
    total: int
    baseline_lost: int
    baseline_total: int

    def detect_spike(self) -> str:
        return detect_loss_spike(self.lost, self.total, self.baseline_lost, self.baseline_total)


def detect_silence(counts: Mapping[datetime, int], end: datetime) -> str:
    """Return a message if a wire has published nothing in hours in which it usually does.

    Going back from ``end``, the first span in which ``MIN_EXPECTED_ARTICLES`` were expected decides: without any
    article in it, the wire is silent. The expectation is the mean of the same hours of earlier weeks. Weeks without any
    article are ignored, because the wire did not exist or was not crawled.

    Args:
        counts: Number of articles by hour (UTC), of the ``LOOKBACK_HOURS`` before ``end`` and of the same hours of
            ``BASELINE_WEEKS`` earlier weeks.
        end: The end of the run's window, at a full hour (UTC).

    Returns:
        The message; empty if the wire is not silent.
    """
    hours = [end - HOUR * n for n in range(1, LOOKBACK_HOURS + 1)]
    weeks = [
        week for week in range(1, BASELINE_WEEKS + 1) if any(counts.get(hour - WEEK * week, 0) for hour in hours)
    ]  # fmt: skip
    if len(weeks) < 2:
        return ""
    expected = 0.0
    for hour in hours:
        if counts.get(hour, 0):
            return ""
        expected += sum(counts.get(hour - WEEK * week, 0) for week in weeks) / len(weeks)
        if expected >= MIN_EXPECTED_ARTICLES:
            return (
                f"silent since {hour:%Y-%m-%d %H:%M}: about {expected:.0f} articles were expected "
                f"from the same hours of {len(weeks)} earlier weeks"
            )
    return ""


def detect_loss_spike(lost: int, total: int, baseline_lost: int, baseline_total: int) -> str:
    """Return a message if far more of a wire's URLs and pages than usual gave no article.

    Args:
        lost: Number of URLs and pages of the run without an article.
        total: Number of URLs and pages of the run.
        baseline_lost: As ``lost``, for the runs of the last ``BASELINE_DAYS``.
        baseline_total: As ``total``, for the same runs.

    Returns:
        The message; empty if the share of losses is not unusual.
    """
    if total < MIN_LOSS_SAMPLE or baseline_total < MIN_LOSS_SAMPLE or lost * 100 < total * MIN_LOSS_PERCENT:
        return ""
    if lost * baseline_total < 3 * baseline_lost * total:
        return ""
    usual_percent = round(100 * baseline_lost / baseline_total)
    return f"{lost} of {total} URLs and pages yielded no article; the usual share is {usual_percent} %"


def detect_lateness(window: Window, now: datetime, max_delay: timedelta) -> str:
    """Return a message if a run ends later than ``max_delay`` after its window; otherwise an empty one."""
    delay = now - window.end
    if delay <= max_delay:
        return ""
    return f"ended {delay // MINUTE} min after its window; the limit is {max_delay // MINUTE} min"


def detect_anomalies(
    connection: Connection[Row],
    run_key: UUID,
    window: Window,
    wires: Sequence[str],
    *,
    failed_wires: Mapping[str, WireFailure],
    left_behind: Mapping[str, str],
    changed_layouts: Mapping[str, str],
    max_delay: timedelta | None,
    now: datetime,
) -> list[Anomaly]:
    """Return all anomalies of a run.

    Args:
        connection: A connection in a transaction.
        run_key: The key of the run.
        window: The window of the run.
        wires: The wires to check for silence: those that the run crawled live.
        failed_wires: Why a wire failed, by wire.
        left_behind: Which items of a wire the run did not fetch, and why, by wire.
        changed_layouts: How a wire's layout changed, by wire.
        max_delay: How long after its window the run may end; None if it has no deadline.
        now: When the run ended.
    """
    anomalies = [
        Anomaly(wire, WarningKind.FAILED, failure.message, failure.stage) for wire, failure in failed_wires.items()
    ]
    anomalies += [Anomaly(wire, WarningKind.LEFT_BEHIND, message) for wire, message in left_behind.items()]
    anomalies += [Anomaly(wire, WarningKind.LAYOUT, change) for wire, change in changed_layouts.items()]
    counts: dict[str, dict[datetime, int]] = defaultdict(dict)
    end = window.end.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    arguments = {"until": end, "wires": list(wires), "weeks": BASELINE_WEEKS, "hours": LOOKBACK_HOURS}
    for row in fetch_all(connection, _HourCount, queries.anomaly.count_articles_by_hour, arguments):
        counts[row.wire][row.hour] = row.count
    anomalies += _to_anomalies(WarningKind.SILENT, {wire: detect_silence(counts[wire], end) for wire in wires})
    arguments = {"run_key": run_key, "until": window.end, "days": BASELINE_DAYS}
    losses = fetch_all(connection, _LossCount, queries.anomaly.count_losses, arguments)
    anomalies += _to_anomalies(WarningKind.REFUSALS, {row.wire: row.detect_spike() for row in losses})
    if max_delay is not None:
        anomalies += _to_anomalies(WarningKind.LATE, {"": detect_lateness(window, now, max_delay)})
    return anomalies


def save_warnings(connection: Connection[Row], run_key: UUID, anomalies: Iterable[Anomaly]) -> list[Anomaly]:
    """Save anomalies as warnings of the run.

    Returns:
        Those that were not saved before, so that each is reported only once.
    """
    saved = list(anomalies)
    columns = {
        "wires": [anomaly.wire for anomaly in saved],
        "kinds": [anomaly.kind.value for anomaly in saved],
        "messages": [anomaly.message for anomaly in saved],
        "tasks": [anomaly.task for anomaly in saved],
    }
    numbers = fetch_values(connection, int, queries.anomaly.save_warnings, {"run_key": run_key, **columns})
    return [saved[number - 1] for number in numbers]


def list_feed_warnings(connection: Connection[Row], run_key: UUID) -> list[Anomaly]:
    """Return the warnings about feeds that the crawls of a run have saved."""
    rows = fetch_all(connection, _SavedWarning, queries.anomaly.list_warnings, {"run_key": run_key, "kind": "feeds"})
    return [Anomaly(row.wire, WarningKind.FEEDS, row.message) for row in rows]


def _to_anomalies(kind: WarningKind, messages: Mapping[str, str]) -> list[Anomaly]:
    return [Anomaly(wire, kind, message) for wire, message in messages.items() if message]
