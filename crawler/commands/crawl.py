"""`copydesk crawl`: crawl one wire now, without Airflow."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from copydesk.pipeline.console.options import WireArgument
from copydesk.pipeline.console.tables import format_counts, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import CopydeskError, NotFound
from copydesk.pipeline.core.ids import CLI_DAG_ID, make_run_key
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import RunMode, WireStrategy
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.core.windows import make_window
from copydesk.pipeline.db import transaction
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.runs.planning import plan_run
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.runs import close_run, read_run
from copydesk.pipeline.store.states import RunState

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats

DEFAULT_WINDOW = timedelta(hours=1)


def crawl(
    wire: WireArgument,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Start of the window.", show_default="an hour before the end")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="End of the window, exclusive.", show_default="now")] = "",
    mode: Annotated[
        Literal["auto", "live", "archive"],
        typer.Option(help="Crawl the current feeds (live), the dated archive, or choose by window (auto)."),
    ] = "auto",
    seconds: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Stop after this many seconds (0: no limit).")
    ] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, only warnings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Fetch a wire's pages of the last hour, or of a window, and store them in the database."""
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
    from copydesk.crawler.crawl_job import resolve_strategy
    from copydesk.crawler.process.spider_process import SpiderProcess
    from copydesk.pipeline.core.source_files import find_source

    settings = load_settings()
    source = find_source(wire, settings.source_folders)
    now = datetime.now(UTC)
    end = parse_user_time(until, now) if until else now
    window = make_window(parse_user_time(since, now) if since else end - DEFAULT_WINDOW, end)
    run_id = f"{wire}__{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    process = SpiderProcess(
        wire=wire,
        dag_id=CLI_DAG_ID,
        run_id=run_id,
        start=window.start,
        end=window.end,
        strategy=resolve_strategy(source, window, now, None if mode == "auto" else WireStrategy(mode)),
        known_since=window.start if since else None,
        timeout_seconds=seconds,
        progress_seconds=0.5,
    )
    run_key = make_run_key(CLI_DAG_ID, run_id)
    with database_session(settings, create=True), _fail_run_on_error(settings, run_key):
        _open_run(settings, source, window, run_id, RunMode(mode))
        with _report_progress(wire, quiet=quiet or as_json) as (on_line, on_progress):
            stats = process.run(on_line, on_progress)
        try:
            warnings = raise_for_crawl_result(stats, source)
        except CopydeskError as error:
            with suppress(CopydeskError, psycopg.Error):  # the database may be the cause
                _close_run(settings, run_key, stats, RunState.FAILED, error.message)
            _print_result(stats, [], as_json=as_json)
            raise
        _close_run(settings, run_key, stats, RunState.DONE)
    _print_result(stats, warnings, as_json=as_json)


@contextmanager
def _fail_run_on_error(settings: Settings, run_key: UUID) -> Iterator[None]:
    """Close the run as failed on any exception, including Ctrl-C and SIGTERM."""
    previous_handler = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    except BaseException as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt | SystemExit) else str(error)
        # If the database is the cause, the first error is the one to report.
        with suppress(CopydeskError, psycopg.Error):
            _fail_run(settings, run_key, reason)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


def _raise_terminated(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _open_run(settings: Settings, source: Source, window: Window, run_id: str, mode: RunMode) -> None:
    with transaction(settings) as connection:
        plan_run(
            connection, {source.name: source}, dag_id=CLI_DAG_ID, run_id=run_id, kind="cli", window=window,
            mode=mode, wires=[source.name],
        )  # fmt: skip


def _close_run(settings: Settings, run_key: UUID, stats: CrawlStats, state: RunState, error: str = "") -> None:
    if not stats.recorded and stats.error is not None:
        _fail_run(settings, run_key, error)
        return
    counts = record_crawl_counts(settings, run_key, stats.wire, stats.total_scheduled)
    record_crawl_result(settings, run_key, stats.wire, succeeded=not error, left_behind=stats.left_behind)
    error_field = {"error": error} if error else {}
    with transaction(settings) as connection:
        close_run(connection, run_key, state, {**counts, "strategy": stats.strategy, **error_field})


def _fail_run(settings: Settings, run_key: UUID, error: str) -> None:
    """Close the run as failed, unless it is closed already or was never opened.

    Nothing is written to the ledger: an entry would mean that the window was crawled.
    """
    with transaction(settings) as connection, suppress(NotFound):
        if read_run(connection, run_key).state == RunState.RUNNING:
            close_run(connection, run_key, RunState.FAILED, {"error": error})


def _print_result(stats: CrawlStats, warnings: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json([stats.to_dict()])
        return
    print_feeds(stats)
    if stats.reasons:
        typer.echo("")
        print_table(["outcome: reason", "URLs"], list(stats.reasons.items()), right_aligned="URLs")
    typer.echo("")
    typer.echo(
        f"{stats.wire}: {pluralize(stats.scheduled, 'URL')}: {format_counts(stats.outcomes) or 'nothing to fetch'}"
        f"  ({stats.body_bytes / 1e6:.1f} MB in {stats.seconds:.1f} s; run {stats.run_id})"
    )
    for warning in warnings:
        typer.echo(f"warning: {sanitize_cell(warning)}", err=True)


def print_feeds(stats: CrawlStats) -> None:
    """Print a table of all feeds, sitemaps and list pages, with what they listed."""
    print_table(
        ["kind", "entries", "wanted", "newest", "feed", "note"],
        [
            (feed.kind, feed.entries, feed.wanted, datetime.fromisoformat(feed.newest) if feed.newest else "-",
             feed.url, feed.error or ("unchanged" if feed.unchanged else "; ".join(feed.warnings)))
            for feed in stats.feeds
        ],
        right_aligned="entries wanted",
    )  # fmt: skip


@contextmanager
def _report_progress(wire: str, *, quiet: bool) -> Iterator[tuple[Any, Any]]:
    """Return callbacks for a spider's log and progress: a progress bar on a terminal, plain lines elsewhere."""
    console = Console(stderr=True)

    def on_line(level: int, line: str) -> None:
        if level >= (logging.WARNING if quiet or console.is_terminal else logging.INFO):
            console.print(sanitize_cell(line), markup=False, highlight=False, soft_wrap=True)

    if quiet or not sys.stderr.isatty():
        yield on_line, lambda _: None
        return
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[outcomes]}"), TimeElapsedColumn(), console=console, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(f"{wire}: reading feeds", total=None, outcomes="")

        def on_progress(progress: dict[str, Any]) -> None:
            bar.update(
                task, description=wire, completed=progress["done"], total=progress["scheduled"] or None,
                outcomes=format_counts(progress["outcomes"]),
            )  # fmt: skip

        yield on_line, on_progress
