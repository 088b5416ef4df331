"""`copydesk run`: the whole pipeline once, without Airflow."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.tables import pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.process.fork import prevent_library_threads
from copydesk.pipeline.views.run_queries import RunStory, read_run_details

if TYPE_CHECKING:
    from copydesk.crawler.run_once import FinishedRun

MAX_SHOWN_STORIES = 50


def run(
    wires: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WIRE", help="Wires to crawl. Default: all enabled wires.", autocompletion=complete_wire
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Start of the window.", show_default="an hour before the end")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="End of the window, exclusive.", show_default="now")] = "",
    mode: Annotated[
        RunMode,
        typer.Option(
            help="Crawl the current feeds (live) or the dated archive, parse stored pages again, or choose by window"
            " (auto)."
        ),
    ] = RunMode.AUTO,
    seconds: Annotated[
        float,
        typer.Option(
            min=0, metavar="SECONDS", help="Stop the crawl of each wire after this many seconds (0: no limit)."
        ),
    ] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per story.")] = False,
) -> None:
    """Crawl wires, clean and fold what is new, and print the stories: one run of `newswire`, without Airflow."""
    prevent_library_threads()
    from copydesk.crawler.run_once import RunRequest, run_once

    settings = load_settings()
    now = datetime.now(UTC)
    request = RunRequest(
        wires=tuple(wires or ()),
        since=parse_user_time(since, now) if since else None,
        until=parse_user_time(until, now) if until else None,
        mode=mode,
        seconds=seconds,
    )
    started_at = time.monotonic()
    with database_session(settings, create=True):
        with _exit_on_sigterm():
            finished = run_once(settings, request, _Progress(quiet=quiet).show)
        with read_transaction(settings) as connection:
            details = read_run_details(connection, finished.dag_id, finished.run_id)
    _print_result(finished, details.stories.rows, time.monotonic() - started_at, as_json=as_json)
    finished.report.raise_for_error()


class _Progress:
    """Prints what happens to standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._level = logging.ERROR if quiet else logging.WARNING
        self._quiet = quiet

    def show(self, kind: str, values: Mapping[str, Any]) -> None:
        """Print one event of ``run_once``."""
        if kind == "log" and values["level"] >= self._level:
            self._print(f"{values['wire']}: {values['line']}")
        elif kind == "wire" and values["error"]:
            self._print(f"{values['wire']}: failed: {values['error']}")
        elif kind == "wire" and not self._quiet:
            self._print(f"{values['wire']}: {pluralize(values['stored'], 'page')} stored")
        elif kind == "stage" and not self._quiet:
            self._print(f"{values['name']} ...")

    def _print(self, text: str) -> None:
        typer.echo(sanitize_cell(text), err=True)


def _print_result(finished: FinishedRun, stories: Sequence[RunStory], seconds: float, *, as_json: bool) -> None:
    summary = finished.report.summary
    if as_json:
        print_json({name: value for name, value in asdict(story).items() if name != "remaining"} for story in stories)
    elif stories:
        print_table(
            ["id", "published", "copies", "new in run", "wires", "lang", "source", "title"],
            [
                (str(s.story_id)[:8], s.published_at, s.copies, s.run_copies, s.wires, s.language, s.source, s.title)
                for s in stories[:MAX_SHOWN_STORIES]
            ],
            right_aligned="copies wires",
        )
    for warning in finished.report.warnings:
        typer.echo(
            f"warning: {sanitize_cell(': '.join(filter(None, (warning['wire'], warning['message']))))}", err=True
        )
    shown = "" if as_json or len(stories) >= summary["stories"] else f" ({len(stories)} shown)"
    typer.echo(
        f"{pluralize(len(finished.crawls), 'wire')}, {pluralize(summary['new_articles'], 'new article')},"
        f" {pluralize(summary['articles'], 'article')} in {pluralize(summary['stories'], 'story', 'stories')}{shown},"
        f" {seconds:.1f} s; `copydesk stories` lists all stories.",
        err=as_json,
    )


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Raise SystemExit on SIGTERM, so that the run is closed and its processes end."""
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
