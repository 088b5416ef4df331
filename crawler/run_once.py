"""Run the whole pipeline once without Airflow: the tasks of `newswire`, one after the other, for some wires.

The wires are crawled and cleaned at the same time, each in a fork of this process.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import psycopg

from copydesk.crawler.process.spider_preload import can_fork, preload_spider
from copydesk.crawler.wire_crawl import WireCrawl, crawl_planned_wire
from copydesk.pipeline.core.configured_sources import ENABLE_REMEDY, load_configured_sources
from copydesk.pipeline.core.errors import CopydeskError, Permanent, Transient
from copydesk.pipeline.core.ids import CLI_DAG_ID, make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.source_files import LoadResult, find_source_file
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.core.windows import make_window
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.learned_boilerplate import snapshot_run_boilerplate
from copydesk.pipeline.process.fork import ForkedProcess
from copydesk.pipeline.process.parent_exit import request_signal_on_parent_exit
from copydesk.pipeline.runs.planning import RunPlan, WirePlan, plan_run
from copydesk.pipeline.runs.report import RunReport, report_run
from copydesk.pipeline.runs.stages import clean_wire, fold_run, match_run, sign_run
from copydesk.pipeline.runs.wire_run import open_wire_run
from copydesk.pipeline.store.pages import ensure_page_partition
from copydesk.pipeline.store.runs import close_run
from copydesk.pipeline.store.states import RunState

DEFAULT_WINDOW = timedelta(hours=1)
"""The window without ``since``. A wire that was crawled before is crawled from the end of its last good crawl."""

MAX_WIRES_IN_ERROR = 5
"""How many skipped wires an error names."""

READ_BYTES = 1 << 16
"""How much is read of a pipe at once."""

OnEvent = Callable[[str, Mapping[str, Any]], None]
"""Called with ``log`` (``wire``, ``level``, ``line``), ``wire`` (a ``WireCrawl``) or ``stage`` (``name``)."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run."""

    wires: Sequence[str] = ()
    """The wires; empty for all that are enabled."""

    since: datetime | None = None
    """Start of the window (aware). Unknown items that are older are not fetched; None fetches them at any age."""

    until: datetime | None = None
    """End of the window, exclusive (aware); None for now."""

    mode: RunMode = RunMode.AUTO
    seconds: float = 0.0
    """Seconds after which the crawl of a wire stops; what it has fetched is kept (0: no limit)."""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that has ended."""

    dag_id: str
    run_id: str
    report: RunReport
    crawls: Sequence[WireCrawl]


def run_once(settings: Settings, request: RunRequest, on_event: OnEvent) -> FinishedRun:
    """Crawl, clean, sign, match, fold and report once. The database is in a ``database_session``.

    The run is recorded like those of `newswire`. A wire that fails does not stop the others.

    Args:
        settings: The settings.
        request: What to run.
        on_event: Called with what happens.

    Raises:
        NotFound: A wire does not exist, or there is none.
        BadWindow: The window is invalid.
        Permanent: There is nothing to run.
    """
    now = datetime.now(UTC)
    end = request.until or now
    window = make_window(request.since or end - DEFAULT_WINDOW, end)
    run_id = f"run__{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    run_key = make_run_key(CLI_DAG_ID, run_id)
    for wire in request.wires:
        find_source_file(wire, settings.source_folders)
    loaded = load_configured_sources(settings, request.wires)
    planned = _plan(settings, loaded, request, window, run_id)
    try:
        for wire in loaded.errors.keys() & {plan.wire for plan in planned.wires}:
            on_event("wire", asdict(WireCrawl(wire, 0, 0, str(loaded.errors[wire]))))
        plans = [plan for plan in planned.wires if plan.wire in loaded.sources]
        crawls = _process_wires(settings, plans, loaded.sources, run_id, request, on_event)
        for name, stage in (("sign", sign_run), ("match", match_run), ("fold", fold_run)):
            on_event("stage", {"name": name})
            stage(settings, run_key)
        report = report_run(
            settings, run_key, plans=planned.wires, sources=loaded.sources, not_due=len(planned.not_due)
        )
    except BaseException as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt | SystemExit) else str(error)
        with suppress(CopydeskError, psycopg.Error), transaction(settings) as connection:  # it may be the cause
            close_run(connection, run_key, RunState.FAILED, {"error": reason})
        raise
    return FinishedRun(CLI_DAG_ID, run_id, report, crawls)


def _plan(settings: Settings, loaded: LoadResult, request: RunRequest, window: Window, run_id: str) -> RunPlan:
    with transaction(settings) as connection:
        ensure_page_partition(connection, window.end.date())
        planned = plan_run(
            connection,
            loaded.sources,
            invalid_wires=loaded.errors,
            dag_id=CLI_DAG_ID,
            run_id=run_id,
            kind="cli",
            window=window,
            mode=request.mode,
            wires=request.wires,
        )
        snapshot_run_boilerplate(connection, planned.run_key, [plan.wire for plan in planned.wires])
        if not planned.wires:
            skipped = list(planned.skipped.items())
            reasons = "; ".join(f"{wire}: {reason}" for wire, reason in skipped[:MAX_WIRES_IN_ERROR])
            more = f"; {len(skipped) - MAX_WIRES_IN_ERROR} more" if len(skipped) > MAX_WIRES_IN_ERROR else ""
            message = f"There is nothing to run{f' ({reasons}{more})' if reasons else ''}."
            close_run(connection, planned.run_key, RunState.FAILED, {"error": message})
        else:
            message = ""
    if message:
        remedy = "Name the wires to run, or another window; `copydesk wires` lists the wires."
        is_idle = not (request.wires or any(source.enabled for source in loaded.sources.values()))
        raise Permanent(message, ENABLE_REMEDY if is_idle else remedy)
    return planned


def _process_wires(
    settings: Settings,
    plans: Sequence[WirePlan],
    sources: Mapping[str, Source],
    run_id: str,
    request: RunRequest,
    on_event: OnEvent,
) -> list[WireCrawl]:
    """Crawl and clean the wires, at most ``settings.parallelism`` at once."""
    _preload()
    crawls: list[WireCrawl] = []

    def handle(kind: str, values: Mapping[str, Any]) -> None:
        if kind == "wire":
            crawls.append(WireCrawl(**values))
        on_event(kind, values)

    if len(plans) > 1 and can_fork():
        _process_in_forks(settings, plans, sources, run_id, request, handle)
    else:
        for plan in plans:
            _process_wire(settings, plan, sources[plan.wire], run_id, request, handle)
    return crawls


def _preload() -> None:
    """Load what the forks need, so that each one does not load it again."""
    from copydesk.pipeline.offline.read_page import preload

    preload_spider()
    preload()


def _process_wire(
    settings: Settings, plan: WirePlan, source: Source, run_id: str, request: RunRequest, on_event: OnEvent
) -> None:
    def on_line(level: int, line: str) -> None:
        on_event("log", {"wire": plan.wire, "level": level, "line": line})

    crawl = WireCrawl(plan.wire, 0, 0)
    try:
        if plan.strategy != WireStrategy.STORED:
            crawl = crawl_planned_wire(
                settings,
                plan,
                source,
                CLI_DAG_ID,
                run_id,
                known_since=request.since,
                timeout_seconds=request.seconds,
                on_line=on_line,
            )
        wire_run = open_wire_run(settings, make_run_key(CLI_DAG_ID, run_id), plan.strategy, source)
        clean_wire(settings, wire_run, log_line=lambda line: on_line(10, line))
    except CopydeskError as error:  # the other wires' stories do not depend on it
        crawl = WireCrawl(plan.wire, crawl.scheduled, crawl.stored, str(error), crawl.warnings)
    on_event("wire", asdict(crawl))


def _process_in_forks(
    settings: Settings,
    plans: Sequence[WirePlan],
    sources: Mapping[str, Source],
    run_id: str,
    request: RunRequest,
    on_event: OnEvent,
) -> None:
    """Process each wire in a fork; its events are lines of JSON on its standard output."""
    parent = os.getpid()

    def start(plan: WirePlan) -> ForkedProcess:
        def run() -> int:
            if not request_signal_on_parent_exit(parent, signal.SIGTERM):
                return Transient.exit_code
            _process_wire(settings, plan, sources[plan.wire], run_id, request, _write_event)
            return 0

        return ForkedProcess(run, f"copydesk run -- {plan.wire}", piped=frozenset({1}), inherited=frozenset({2}))

    waiting = list(plans)
    running: dict[str, ForkedProcess] = {}
    unread: dict[str, bytes] = {}
    reported: set[str] = set()
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or running:
                while waiting and len(running) < settings.parallelism:
                    plan = waiting.pop(0)
                    child = running[plan.wire] = start(plan)
                    selector.register(_get_output(child), selectors.EVENT_READ, plan.wire)
                for key, _ in selector.select():
                    wire: str = key.data
                    if data := os.read(key.fd, READ_BYTES):
                        *lines, unread[wire] = (unread.get(wire, b"") + data).split(b"\n")
                        for kind, values in map(json.loads, lines):
                            if kind == "wire":
                                reported.add(wire)
                            on_event(kind, values)
                        continue
                    selector.unregister(key.fileobj)
                    child = running.pop(wire)
                    _get_output(child).close()
                    code = child.wait()
                    if wire not in reported:
                        on_event("wire", asdict(WireCrawl(wire, 0, 0, f"its process ended with status {code}")))
        finally:
            for child in running.values():
                child.send_signal(signal.SIGTERM)  # its spider notices, and ends too
                child.wait()


def _get_output(child: ForkedProcess) -> IO[bytes]:
    if child.stdout is None:
        raise ValueError("the standard output is not piped")
    return child.stdout


def _write_event(kind: str, values: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps([kind, values]) + "\n")
    sys.stdout.flush()
