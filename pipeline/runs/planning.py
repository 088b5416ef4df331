"""What a run is about: its window, its wires, and how each wire is worked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from psycopg import Connection

from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.store.runs import open_run

LIVE_MAX_AGE = timedelta(hours=2)
"""A window that ended no longer ago than this is live: feeds still show it."""

MAX_LOOKBACK = timedelta(hours=48)
"""How far back a live window looks for what earlier ones missed, at the most."""


LATE_ARRIVAL_SLACK = timedelta(hours=2)
"""How late an item may appear in a feed after the time that it bears."""


class RunMode(StrEnum):
    """What a run may do: decide for itself, crawl only, or work stored pages only."""

    AUTO = "auto"
    CRAWL = "crawl"
    STORED = "stored"


class WireStrategy(StrEnum):
    """How one wire is worked in one run."""

    LIVE = "live"
    ARCHIVE = "archive"
    STORED = "stored"
    REPLAY = "replay"
    """Pages of the quarantine: of no run that is planned."""


@dataclass(frozen=True, slots=True)
class WirePlan:
    """One wire of a run. ``known_since`` bounds what a live window catches up on (ISO 8601)."""

    wire: str
    strategy: str
    start: str
    end: str
    known_since: str

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The wires to work, and for the others why not."""

    run_id: str
    window: Window
    wires: tuple[WirePlan, ...]
    skipped: Mapping[str, str]


def plan_run(
    connection: Connection[Row],
    sources: Mapping[str, Source],
    *,
    run_id: str,
    dag_id: str,
    kind: str,
    window: Window,
    mode: RunMode = RunMode.AUTO,
    wires: Sequence[str] = (),
    now: datetime | None = None,
    invalid_wires: Collection[str] = (),
) -> RunPlan:
    """Decide how each wire is worked and open the run's row; the same call again changes nothing.

    A live window crawls every wire. A past one crawls the wires with a dated archive, works again the stored pages of
    the others, and skips a wire with neither, with the reason. The wires whose files are ``broken`` are planned too:
    it is at them that their work fails, and says why.

    Raises:
        NotFound: a wire asked for does not exist.
    """
    now = now or datetime.now(UTC)
    unknown = sorted(set(wires) - set(sources) - set(invalid_wires))
    if unknown:
        raise NotFound(f"No wire is named {', '.join(unknown)}.", f"Known wires: {', '.join(sources) or 'none'}.")
    if not sources and not invalid_wires:
        raise NotFound("There is no wire.", "Put one TOML file a wire into a folder of COPYDESK_SOURCES.")
    live = kind != "backfill" and window.end >= now - LIVE_MAX_AGE
    plans: list[WirePlan] = []
    skipped: dict[str, str] = {}
    for name, source in sources.items():
        if wires and name not in wires:
            continue
        if not source.enabled and name not in wires:
            skipped[name] = "disabled in its source file"
            continue
        way = choose_strategy(source, mode, live=live, stored=count_pages_in_window(connection, name, window))
        if isinstance(way, WireStrategy):
            since = find_lookback_start(connection, name, window) if way is WireStrategy.LIVE else window.start
            plans.append(WirePlan(name, way.value, window.start.isoformat(), window.end.isoformat(), since.isoformat()))
        else:
            skipped[name] = way
    unread = WireStrategy.STORED if mode is RunMode.STORED else WireStrategy.LIVE
    span = window.start.isoformat(), window.end.isoformat(), window.start.isoformat()
    plans += [WirePlan(name, unread.value, *span) for name in sorted(invalid_wires) if not wires or name in wires]
    open_run(
        connection, run_id, dag_id=dag_id, kind=kind, mode=mode.value, window=window,
        wires=[plan.wire for plan in plans], skipped=skipped,
    )  # fmt: skip
    return RunPlan(run_id, window, tuple(plans), skipped)


def choose_strategy(source: Source, mode: RunMode, *, live: bool, stored: int) -> WireStrategy | str:
    """How to work one wire, or why not."""
    if mode is RunMode.STORED:
        return WireStrategy.STORED if stored else "no stored page lies in the window"
    if live:
        return WireStrategy.LIVE
    if source.discovery.archive:
        return WireStrategy.ARCHIVE
    if mode is RunMode.CRAWL:
        return "has no dated archive, so a past window can't be crawled"
    return WireStrategy.STORED if stored else "has no dated archive and no stored page lies in the window"


def count_pages_in_window(connection: Connection[Row], wire: str, window: Window) -> int:
    """How many pages of that time are stored, their bytes with them."""
    asked = {"wire": wire, "start": window.start, "end": window.end}
    row = connection.execute(load_queries("run")["count_stored_pages"], asked).fetchone()
    return int(row[0]) if row else 0


def find_lookback_start(connection: Connection[Row], wire: str, window: Window) -> datetime:
    """How far back a live window looks for items that no run has seen: to where the oldest gap within bounds begins."""
    oldest = window.start - MAX_LOOKBACK
    asked = {"wire": wire, "start": window.start, "oldest": oldest, "catch_up": MAX_LOOKBACK, "live": LIVE_MAX_AGE}
    row = connection.execute(load_queries("run")["find_gap"], asked).fetchone()
    gap = row[0] if row and row[0] else window.start
    return max(gap - LATE_ARRIVAL_SLACK, oldest)
