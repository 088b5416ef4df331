"""What a run is about: its window, its wires, and how each wire is worked."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from copydesk.pipeline.db import Row, load_queries
from copydesk.pipeline.errors import BadInput, NotFound
from copydesk.pipeline.records import Window
from copydesk.pipeline.source import Source

LIVE_WITHIN = timedelta(hours=2)
"""A window that ended no longer ago than this is live: feeds still show it."""

CATCH_UP = timedelta(hours=48)
"""How far back a live window looks for what earlier ones missed, at the most."""

ASKED = "asked"
"""The state of a run that has told what it would change, and does so when a person approves."""

LATE = timedelta(hours=2)
"""How late an item may appear in a feed after the time that it bears."""

YEARS = range(1900, 2200)
"""Those of times that are asked for."""


class Mode(StrEnum):
    """What a run may do: decide for itself, crawl only, or work stored pages only."""

    AUTO = "auto"
    CRAWL = "crawl"
    STORED = "stored"


class Way(StrEnum):
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
    way: str
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
    mode: Mode = Mode.AUTO,
    wires: Sequence[str] = (),
    now: datetime | None = None,
    broken: Collection[str] = (),
) -> RunPlan:
    """Decide how each wire is worked and open the run's row; the same call again changes nothing.

    A live window crawls every wire. A past one crawls the wires with a dated archive, works again the stored pages of
    the others, and skips a wire with neither, with the reason. The wires whose files are ``broken`` are planned too:
    it is at them that their work fails, and says why.

    Raises:
        NotFound: a wire asked for does not exist.
    """
    now = now or datetime.now(UTC)
    unknown = sorted(set(wires) - set(sources) - set(broken))
    if unknown:
        raise NotFound(f"No wire is named {', '.join(unknown)}.", f"Known wires: {', '.join(sources) or 'none'}.")
    if not sources and not broken:
        raise NotFound("There is no wire.", "Put one TOML file a wire into a folder of COPYDESK_SOURCES.")
    live = kind != "backfill" and window.end >= now - LIVE_WITHIN
    plans: list[WirePlan] = []
    skipped: dict[str, str] = {}
    for name, source in sources.items():
        if wires and name not in wires:
            continue
        if not source.enabled and name not in wires:
            skipped[name] = "disabled in its source file"
            continue
        way = choose_way(source, mode, live=live, stored=count_stored(connection, name, window))
        if isinstance(way, Way):
            since = find_catch_up(connection, name, window) if way is Way.LIVE else window.start
            plans.append(WirePlan(name, way.value, window.start.isoformat(), window.end.isoformat(), since.isoformat()))
        else:
            skipped[name] = way
    unread = Way.STORED if mode is Mode.STORED else Way.LIVE
    span = window.start.isoformat(), window.end.isoformat(), window.start.isoformat()
    plans += [WirePlan(name, unread.value, *span) for name in sorted(broken) if not wires or name in wires]
    open_run(
        connection, run_id, dag_id=dag_id, kind=kind, mode=mode.value, window=window,
        wires=[plan.wire for plan in plans], skipped=skipped,
    )  # fmt: skip
    return RunPlan(run_id, window, tuple(plans), skipped)


def open_run(
    connection: Connection[Row],
    run_id: str,
    *,
    kind: str,
    mode: str,
    window: Window,
    wires: Sequence[str],
    dag_id: str = "",
    skipped: Mapping[str, str] | None = None,
) -> None:
    """Write the run's row; the same again changes nothing, and one that was closed is open again."""
    connection.execute(
        load_queries("run")["open"],
        {
            "run_id": run_id, "dag_id": dag_id, "kind": kind, "mode": mode, "start": window.start, "end": window.end,
            "wires": list(wires), "skipped": Jsonb(dict(skipped or {})),
        },
    )  # fmt: skip


def choose_way(source: Source, mode: Mode, *, live: bool, stored: int) -> Way | str:
    """How to work one wire, or why not."""
    if mode is Mode.STORED:
        return Way.STORED if stored else "no stored page lies in the window"
    if live:
        return Way.LIVE
    if source.discovery.archive:
        return Way.ARCHIVE
    if mode is Mode.CRAWL:
        return "has no dated archive, so a past window can't be crawled"
    return Way.STORED if stored else "has no dated archive and no stored page lies in the window"


def count_stored(connection: Connection[Row], wire: str, window: Window) -> int:
    """How many pages of that time are stored, their bytes with them."""
    asked = {"wire": wire, "start": window.start, "end": window.end}
    row = connection.execute(load_queries("run")["count_stored_pages"], asked).fetchone()
    return int(row[0]) if row else 0


def find_catch_up(connection: Connection[Row], wire: str, window: Window) -> datetime:
    """How far back a live window looks for items that no run has seen: to where the oldest gap within bounds begins."""
    oldest = window.start - CATCH_UP
    asked = {"wire": wire, "start": window.start, "oldest": oldest, "catch_up": CATCH_UP, "live": LIVE_WITHIN}
    row = connection.execute(load_queries("run")["find_gap"], asked).fetchone()
    gap = row[0] if row and row[0] else window.start
    return max(gap - LATE, oldest)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is stored."""

    run_id: str
    dag_id: str
    kind: str
    mode: str
    window: Window
    wires: tuple[str, ...]
    skipped: Mapping[str, str]
    state: str
    summary: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime | None
    reopened_at: datetime | None
    """When it was begun again after it had ended."""

    @property
    def follows_clock(self) -> bool:
        """Whether it is the schedule's, and begun for the first time."""
        return self.kind == "scheduled" and self.reopened_at is None


def read_run(connection: Connection[Row], run_id: str) -> Run:
    """One run.

    Raises:
        NotFound: there is none of that id.
    """
    row = connection.execute(load_queries("run")["get"], (run_id,)).fetchone()
    if row is None:
        raise NotFound(f"No run has the id {run_id!r}.", "`copydesk runs` lists them.")
    run_id, dag_id, kind, mode, start, end, wires, skipped, *rest = row
    return Run(run_id, dag_id, kind, mode, Window(start, end), tuple(wires), skipped, *rest)


def can_be_late(connection: Connection[Row], run: Run) -> bool:
    """Whether an hour's end is what the run is measured by; the schedule's very first one began in the midst of it."""
    if not run.follows_clock:
        return False
    asked = {"dag_id": run.dag_id, "start": run.window.start}
    row = connection.execute(load_queries("run")["has_earlier"], asked).fetchone()
    return bool(row and row[0])


def close_run(connection: Connection[Row], run_id: str, state: str, summary: Mapping[str, Any]) -> None:
    """Write the run's end; the same end again changes nothing."""
    connection.execute(
        load_queries("run")["close"],
        {"run_id": run_id, "state": state, "summary": Jsonb(json.loads(json.dumps(summary, default=str)))},
    )


def parse_time(text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC.

    Raises:
        BadInput: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no time.", "Write it as 2026-03-01T05:00Z.") from None
    if moment.year not in YEARS:
        raise BadInput(f"{text!r} is no time that a wire knows.", "Write it as 2026-03-01T05:00Z.")
    return moment
