"""Plan a run: its window, its wires, and how each wire is processed."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection

from copydesk.pipeline.core.errors import BadWindow, NotFound
from copydesk.pipeline.core.ids import make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_digest import compute_source_digest
from copydesk.pipeline.core.strategy import (
    LIVE_MAX_AGE,
    RunMode,
    WireStrategy,
    check_archive_window,
    choose_strategy,
    is_live,
)
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.db import Row, queries
from copydesk.pipeline.db.rows import fetch_value, find_value
from copydesk.pipeline.runs.cadence import compute_next_poll, is_due
from copydesk.pipeline.store.left_behind import CONTINUED_REASONS
from copydesk.pipeline.store.pages import get_database_time
from copydesk.pipeline.store.runs import find_run_wires, open_run
from copydesk.pipeline.store.wire_polls import list_wires_in_progress, read_polls

UNCONDITIONAL_KINDS = frozenset({"manual", "cli"})
"""The kinds of runs that poll wires even if they are not due: a person started them, and expects articles."""

LATE_ARRIVAL_SLACK = timedelta(hours=2)
"""How long after its own time an item may appear in a sitemap or an archive."""

NEW_WIRE_LOOKBACK = timedelta(hours=48)
"""How far before its window the first crawl of a wire takes the items of sitemaps: a news sitemap lists two days
(Google's rules for news sitemaps). Other sitemaps list a whole site."""


@dataclass(frozen=True, slots=True)
class WirePlan:
    """How a run processes one wire; plain strings, so that Airflow can pass it between tasks.

    Attributes:
        wire: The name of the wire.
        strategy: A ``WireStrategy``.
        start: Start of the wire's window, as ISO 8601 like all times here. In a live run, that is the end of its last
            good crawl, if it is earlier than the run's window.
        end: End of the window (exclusive).
        covered_until: Until when earlier live crawls have covered the wire. Empty for a new wire and if the run does
            not search for items that earlier runs missed.
        listed_since: How far back such a run takes unknown items of sitemaps and archives; otherwise empty. Feeds and
            list pages have no such limit: everything unknown is taken.
        run_start: Start of the run's own window, in such a run. Known pages of this window are requested again, those
            before it are not: after a long outage, a crawl would otherwise spend its time on pages that its earlier
            attempts have fetched.
        source_digest: The digest of the wire's source, as the planning process sees it; empty if it is invalid.
        planned_on: The name of the machine of that process.
    """

    wire: str
    strategy: str
    start: str
    end: str
    covered_until: str = ""
    listed_since: str = ""
    run_start: str = ""
    source_digest: str = ""
    planned_on: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the plan as keyword arguments of ``WirePlan``."""
        return asdict(self)

    @property
    def is_poll(self) -> bool:
        """Whether the crawl is live, so that its result decides when the wire is polled next."""
        return bool(self.listed_since)

    @property
    def request_again_since(self) -> datetime:
        """The time since when published pages are requested even if an earlier crawl has them (aware)."""
        return datetime.fromisoformat(self.run_start or self.start)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The plan of a run.

    Attributes:
        run_key: The key of the run.
        window: The window of the run.
        wires: The wires to process.
        skipped: Why a wire is not processed, by wire.
        not_due: When a wire is polled next that is not due yet, by wire; None if another run is crawling it.
        wire_tasks: The number of tasks that share the wires; None if each wire has its own.
    """

    run_key: UUID
    window: Window
    wires: tuple[WirePlan, ...]
    skipped: Mapping[str, str]
    not_due: Mapping[str, datetime | None]
    wire_tasks: int | None = None

    @property
    def batches(self) -> list[tuple[WirePlan, ...]]:
        """The wires of each task: one, or several if there are more wires than tasks.

        They are dealt out in turn, so that batches differ by one wire at most."""
        count = self.wire_tasks or len(self.wires)
        return [self.wires[first::count] for first in range(count)]


def plan_run(
    connection: Connection[Row],
    sources: Mapping[str, Source],
    *,
    dag_id: str,
    run_id: str,
    kind: str,
    window: Window,
    mode: RunMode = RunMode.AUTO,
    wires: Sequence[str] = (),
    now: datetime | None = None,
    invalid_wires: Collection[str] = (),
    max_tasks: int | None = None,
) -> RunPlan:
    """Choose how to process each wire, and open the run; the same call again changes nothing.

    A live run crawls every enabled wire that is due; one that was started by hand, or for certain wires, crawls them
    all. If no wire is enabled, the plan is empty and ``report`` warns. A past window is crawled if the wire has a dated
    archive; otherwise its stored pages are read again. A wire with neither is skipped.

    Args:
        connection: A connection in a transaction.
        sources: The valid sources by wire.
        dag_id: The ID of the DAG that the run belongs to.
        run_id: The ID of the run.
        kind: How the run was triggered: ``scheduled``, ``manual`` or ``backfill``.
        window: The window of the run.
        mode: What the run may do.
        wires: Process only these wires, even if they are disabled; empty for all enabled ones.
        now: The current time; None for the database's, because the clocks of workers may differ.
        invalid_wires: Wires with an invalid source file. They are planned too, so that their own tasks fail with the
            error, and not the whole run.
        max_tasks: The number of tasks that the wires may be divided among; None for any number.

    Raises:
        NotFound: One of ``wires`` does not exist.
        BadWindow: The window begins in the future, or is too long for an archive.
    """
    now = now or get_database_time(connection)
    if kind != "scheduled" and window.start > now:
        raise BadWindow(
            f"The window begins in the future, at {window.start.isoformat(timespec='minutes')}.",
            f"Set an earlier start; the database's time is {now.isoformat(timespec='minutes')}.",
        )
    unknown = sorted(set(wires) - set(sources) - set(invalid_wires))
    if unknown:
        suggestions = " ".join(filter(None, (suggest_names(name, sources) for name in unknown)))
        remedy = f"{suggestions} `copydesk wires --all` lists all wires.".strip()
        raise NotFound(f"No wire is named {', '.join(unknown)}.", remedy)
    live = kind != "backfill" and is_live(window, now)
    run_key = make_run_key(dag_id, run_id)
    plans: list[WirePlan] = []
    skipped: dict[str, str] = {}
    not_due: dict[str, datetime | None] = {}
    if live and kind not in UNCONDITIONAL_KINDS and mode is not RunMode.STORED and not wires:
        enabled = {name: source for name, source in sources.items() if source.enabled}
        not_due = find_not_due(connection, enabled, run_key, window)
    for name, source in sources.items():
        is_wanted = name in wires if wires else source.enabled
        if not is_wanted or name in not_due:
            continue  # without a reason: wires that are off must not fill logs
        choice = choose_strategy(source, mode, live=live, stored=count_pages_in_window(connection, name, window))
        if not isinstance(choice, WireStrategy):
            skipped[name] = choice
            continue
        if choice is WireStrategy.ARCHIVE:
            check_archive_window(window)
        start, poll = window.start, {}
        if live and choice in {WireStrategy.LIVE, WireStrategy.ARCHIVE}:
            covered_until = find_covered_until(connection, name, window)
            start = min(covered_until or start, start)
            since = find_listed_since(choice, window, covered_until)
            poll = {
                "covered_until": covered_until.isoformat() if covered_until else "",
                "listed_since": since.isoformat(),
                "run_start": window.start.isoformat(),
            }
        origin = {"source_digest": compute_source_digest(source), "planned_on": socket.gethostname()}
        plans.append(WirePlan(name, choice.value, start.isoformat(), window.end.isoformat(), **poll, **origin))
    invalid_strategy = WireStrategy.STORED if mode is RunMode.STORED else WireStrategy.LIVE
    plans += [
        WirePlan(name, invalid_strategy.value, window.start.isoformat(), window.end.isoformat())
        for name in sorted(invalid_wires)
        if not wires or name in wires
    ]
    wire_tasks = max_tasks if max_tasks is not None and len(plans) > max_tasks else None
    open_run(
        connection, dag_id, run_id, kind=kind, mode=mode.value, window=window,
        wires=[plan.wire for plan in plans], skipped=skipped, wire_tasks=wire_tasks,
    )  # fmt: skip
    return RunPlan(run_key, window, tuple(plans), skipped, not_due, wire_tasks)


def find_not_due(
    connection: Connection[Row], sources: Mapping[str, Source], run_key: UUID, window: Window
) -> dict[str, datetime | None]:
    """Return the wires that a live run does not poll: each with its next poll; None if another run is crawling it.

    A wire that the run has planned before stays planned, so that planning it again changes nothing.
    """
    polls = read_polls(connection, sources)
    planned = set(find_run_wires(connection, run_key))
    candidates = {name: source for name, source in sources.items() if name not in planned}
    hosts = {name: source.host for name, source in candidates.items()}
    not_due: dict[str, datetime | None] = dict.fromkeys(list_wires_in_progress(connection, hosts, run_key))
    for name, source in candidates.items():
        poll = polls.get(name)
        if poll is not None and not is_due(poll, source.every, window):
            not_due[name] = compute_next_poll(poll, source.every)
    return not_due


def count_pages_in_window(connection: Connection[Row], wire: str, window: Window) -> int:
    """Return the number of stored pages of the window that have not had their content deleted."""
    arguments = {"wire": wire, "start": window.start, "end": window.end}
    return fetch_value(connection, int, queries.run.count_stored_pages, arguments)


def find_covered_until(connection: Connection[Row], wire: str, window: Window) -> datetime | None:
    """Return until when earlier live crawls have covered a wire; None if there was no successful one.

    A successful live crawl covers everything up to the end of its window, but nothing after its own start, because it
    searches for everything that the runs before it missed. A crawl that left items to a later run covers nothing.
    """
    continued = sorted(CONTINUED_REASONS)
    arguments = {"wire": wire, "start": window.start, "live": LIVE_MAX_AGE, "continued": continued}
    return find_value(connection, datetime, queries.run.find_covered_until, arguments)


def find_listed_since(strategy: WireStrategy, window: Window, covered_until: datetime | None) -> datetime:
    """Return the time since when a live run takes unknown items of sitemaps and archives.

    Args:
        strategy: How the run crawls the wire.
        window: The window of the run.
        covered_until: Until when earlier live crawls have covered the wire; None for a new wire.
    """
    if covered_until is not None:
        return min(covered_until, window.start) - LATE_ARRIVAL_SLACK
    return window.start if strategy is WireStrategy.ARCHIVE else window.start - NEW_WIRE_LOOKBACK
