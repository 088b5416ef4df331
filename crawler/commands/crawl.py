"""`copydesk crawl`: one wire, fetched now, without Airflow."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from copydesk.pipeline.console.tables import format_counts, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadWindow, CopydeskError, NotFound
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.db import transaction
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.runs.planning import RunMode, WireStrategy, plan_run
from copydesk.pipeline.runs.stages import record_crawl_counts, record_crawl_result
from copydesk.pipeline.store.runs import close_run, read_run

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats

DEFAULT_WINDOW = timedelta(hours=1)


class CrawlMode(StrEnum):
    """What a window is crawled from."""

    AUTO = "auto"
    LIVE = "live"
    ARCHIVE = "archive"


def crawl(
    wire: Annotated[str, typer.Argument(metavar="WIRE", help="The wire's name, as `copydesk wires` lists it.")],
    since: Annotated[str, typer.Option(help="Start of the window (ISO 8601, UTC if it names no zone).")] = "",
    until: Annotated[str, typer.Option(help="End of the window, not part of it; now if not given.")] = "",
    mode: Annotated[CrawlMode, typer.Option(help="From the feeds, from the dated archive, or as fits the window.")] = (
        CrawlMode.AUTO
    ),
    seconds: Annotated[float, typer.Option(min=0, help="End after so many seconds (0: never).")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, warnings only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as one JSON object.")] = False,
) -> None:
    """Fetch a wire's pages into the database: the last hour's, or those of a window."""
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
    from copydesk.crawler.process.spider_process import SpiderProcess
    from copydesk.pipeline.core.source_files import find_source

    settings = load_settings()
    source = find_source(wire, settings.source_folders)
    now = datetime.now(UTC)
    end = parse_time(until) if until else now
    window = Window(parse_time(since) if since else end - DEFAULT_WINDOW, end)
    if not window.start < window.end:
        raise BadWindow("The window is empty: it ends before it starts.", "Give --since before --until.")
    run_id = f"cli__{wire}__{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    discovery_mode = mode.value if mode is not CrawlMode.AUTO else _resolve_mode(source, window, now)
    process = SpiderProcess(
        wire=wire,
        run_id=run_id,
        start=window.start,
        end=window.end,
        mode=discovery_mode,
        known_since=window.start if since else None,
        timeout_seconds=seconds,
        progress_seconds=0.5,
    )
    with _fail_run_on_error(run_id):
        _open_run(source, window, run_id)
        with _report_progress(wire, quiet=quiet or as_json) as (on_line, on_progress):
            stats = process.run(on_line, on_progress)
        try:
            warnings = raise_for_crawl_result(stats, source)
        except CopydeskError as error:
            with suppress(CopydeskError, psycopg.Error):  # the database may be what is in trouble
                _close_run(stats, "failed", error.message)
            _print_result(stats, [], as_json=as_json)
            raise
        _close_run(stats, "done")
    _print_result(stats, warnings, as_json=as_json)


@contextmanager
def _fail_run_on_error(run_id: str) -> Iterator[None]:
    """Whatever ends the crawl, Ctrl-C and SIGTERM among it, its run does not stay open."""
    previous_handler = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    except BaseException as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt | SystemExit) else str(error)
        # Should the database be what is in trouble, the error that is told is the first one.
        with suppress(CopydeskError, psycopg.Error):
            _fail_run(run_id, reason)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous_handler)


def _raise_terminated(*_: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _resolve_mode(source: Source, window: Window, now: datetime) -> str:
    from copydesk.crawler.discovery.selection import DiscoveryMode as SpiderMode
    from copydesk.crawler.discovery.selection import resolve_mode

    return resolve_mode(SpiderMode.AUTO, window, source, now).value


def _open_run(source: Source, window: Window, run_id: str) -> None:
    ensure_schema(load_settings())
    with transaction() as connection:
        plan_run(
            connection, {source.name: source}, run_id=run_id, dag_id="", kind="cli", window=window, mode=RunMode.CRAWL,
            wires=[source.name],
        )  # fmt: skip


def _close_run(stats: CrawlStats, state: str, error: str = "") -> None:
    if not stats.recorded and stats.error is not None:
        _fail_run(stats.run_id, error)
        return
    counts = record_crawl_counts(load_settings(), stats.run_id, stats.wire, stats.total_scheduled)
    record_crawl_result(load_settings(), stats.run_id, stats.wire, succeeded=not error)
    error_field = {"error": error} if error else {}
    with transaction() as connection:
        close_run(connection, stats.run_id, state, {**counts, "way": WireStrategy(stats.mode).value, **error_field})


def _fail_run(run_id: str, error: str) -> None:
    """Close the run as failed, unless it is closed or was never opened.

    The ledger is left alone: it would say that the window has been crawled.
    """
    with transaction() as connection, suppress(NotFound):
        if read_run(connection, run_id).state == "running":
            close_run(connection, run_id, "failed", {"error": error})


def _print_result(stats: CrawlStats, warnings: list[str], *, as_json: bool) -> None:
    if as_json:
        print_json([stats.to_dict()])
        return
    print_feeds(stats)
    if stats.reasons:
        typer.echo("")
        print_table(["outcome: reason", "urls"], list(stats.reasons.items()), right_aligned="urls")
    typer.echo("")
    typer.echo(
        f"{stats.wire}: {pluralize(stats.scheduled, 'URL')}: {format_counts(stats.outcomes) or 'nothing to fetch'}"
        f"  ({stats.body_bytes / 1e6:.1f} MB in {stats.seconds:.1f} s; run {stats.run_id})"
    )
    for note in warnings:
        typer.echo(f"note: {sanitize_cell(note)}", err=True)


def print_feeds(stats: CrawlStats) -> None:
    """A table of what each feed, sitemap and list page named."""
    print_table(
        ["kind", "entries", "wanted", "published", "feed", "reason"],
        [
            (feed.kind, feed.entries, feed.wanted, datetime.fromisoformat(feed.newest) if feed.newest else "-",
             feed.url, feed.error or ("unchanged" if feed.unchanged else ""))
            for feed in stats.feeds
        ],
        right_aligned="entries wanted",
    )  # fmt: skip


@contextmanager
def _report_progress(wire: str, *, quiet: bool) -> Iterator[tuple[Any, Any]]:
    """Callbacks for a spider's log and progress: a bar on a terminal, plain lines elsewhere."""
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
        task = bar.add_task(f"{wire}: looking at its feeds", total=None, outcomes="")

        def on_progress(told: dict[str, Any]) -> None:
            bar.update(
                task, description=wire, completed=told["done"], total=told["scheduled"] or None,
                outcomes=format_counts(told["outcomes"]),
            )  # fmt: skip

        yield on_line, on_progress
