"""What is odd about a run: a wire that fell silent, a jump in refusals, a changed layout, a failed crawl, a late end,
a run that failed.

Each wire is held against its own habit, so that a wire of three items a day is as well watched as one of a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from psycopg import Connection

from copydesk.pipeline.core.records import Window
from copydesk.pipeline.db import Row, load_queries

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)

BASELINE_WEEKS = 6
"""Weeks that a habit is learned from; two at least have to hold something."""

LOOKBACK_HOURS = 48
"""How far back from its end a run looks for a wire's last article."""

MIN_EXPECTED_ARTICLES = 8
"""Silence is told where so many articles were to be expected: by chance alone that is one hour of three thousand."""

MIN_LOSS_SAMPLE = 10
"""The least number of addresses and pages that a share of losses is told of."""

MIN_LOSS_PERCENT = 30
"""The least share of losses that is told, in percent; it is also at least thrice what the wire is used to."""

BASELINE_DAYS = 28
"""Days whose runs say what share of losses a wire is used to."""


class WarningKind(StrEnum):
    """What was found odd."""

    SILENT = "silent"
    REFUSALS = "refusals"
    LAYOUT = "layout"
    FAILED = "failed"
    LATE = "late"
    RUN = "run_failed"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing found odd about a run; ``wire`` is empty for what concerns the whole run. ``message`` is a sentence."""

    wire: str
    kind: WarningKind
    message: str


def detect_silence(counts: Mapping[datetime, int], end: datetime) -> str:
    """Say so where a wire has fallen silent against its own habit of the hours of the week; else empty.

    ``counts`` are articles by hour (UTC) of the last ``HOURS`` before ``end`` and of the same hours of ``WEEKS`` weeks
    before. Going back from ``end``, the first span in which habit expects ``EXPECTED`` articles decides: it is silence
    if not one came. Weeks without any article teach nothing: the wire was not there, or nobody looked.
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
                f"silent since {hour:%Y-%m-%d %H:%M}: about {expected:.0f} articles were to be expected "
                f"by the same hours of {len(weeks)} earlier weeks"
            )
    return ""


def detect_loss_spike(lost: int, total: int, baseline_lost: int, baseline_total: int) -> str:
    """Say so where a wire lost far more addresses and pages than it is used to; else empty."""
    if total < MIN_LOSS_SAMPLE or baseline_total < MIN_LOSS_SAMPLE or lost * 100 < total * MIN_LOSS_PERCENT:
        return ""
    if lost * baseline_total < 3 * baseline_lost * total:
        return ""
    used = round(100 * baseline_lost / baseline_total)
    return f"{lost} of {total} addresses and pages gave no article; it is used to {used} %"


def detect_lateness(window: Window, now: datetime, max_delay: timedelta) -> str:
    """Say so where a run of the schedule ends later than ``limit`` after its window; else empty."""
    late = now - window.end
    if late <= max_delay:
        return ""
    return f"ended {late // timedelta(minutes=1)} min after its window; {max_delay // timedelta(minutes=1)} are allowed"


def detect_anomalies(
    connection: Connection[Row],
    run_id: str,
    window: Window,
    wires: Sequence[str],
    *,
    failed_wires: Mapping[str, str],
    changed_layouts: Mapping[str, str],
    max_delay: timedelta | None,
    now: datetime | None = None,
) -> list[Anomaly]:
    """All that is odd about a run. ``wires`` are those whose live pages it crawled.

    ``failed`` and ``changed`` say of wires why their crawl failed and how their layout changed. ``limit`` is how long
    after its window a run may end; None for one that does not follow the clock.
    """
    found = [Anomaly(wire, WarningKind.FAILED, why) for wire, why in failed_wires.items()]
    found += [Anomaly(wire, WarningKind.LAYOUT, how) for wire, how in changed_layouts.items()]
    counts: dict[str, dict[datetime, int]] = defaultdict(dict)
    end = window.end.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    queries = load_queries("watch")
    asked = {"until": end, "wires": list(wires), "weeks": BASELINE_WEEKS, "hours": LOOKBACK_HOURS}
    for wire, hour, count in connection.execute(queries["count_articles_by_hour"], asked):
        counts[wire][hour] = count
    found += _to_anomalies(WarningKind.SILENT, {wire: detect_silence(counts[wire], end) for wire in wires})
    losses = connection.execute(queries["count_losses"], {"run_id": run_id, "until": window.end, "days": BASELINE_DAYS})
    found += _to_anomalies(
        WarningKind.REFUSALS, {row[0]: detect_loss_spike(*(int(count or 0) for count in row[1:])) for row in losses}
    )
    if max_delay is not None:
        found += _to_anomalies(WarningKind.LATE, {"": detect_lateness(window, now or datetime.now(UTC), max_delay)})
    return found


def save_warnings(connection: Connection[Row], run_id: str, anomalies: Iterable[Anomaly]) -> list[Anomaly]:
    """Keep what was found; those that were not known yet, so that nobody is told twice."""
    query = load_queries("watch")["save_warning"]
    return [
        one
        for one in anomalies
        if connection.execute(
            query, {"run_id": run_id, "wire": one.wire, "kind": one.kind.value, "message": one.message}
        ).fetchone()
    ]


def _to_anomalies(kind: WarningKind, messages: Mapping[str, str]) -> list[Anomaly]:
    return [Anomaly(wire, kind, message) for wire, message in messages.items() if message]
