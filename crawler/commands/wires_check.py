"""`copydesk wires check`: test whether a wire can be crawled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.commands.bulk_check import (
    check_many,
    diagnose_wire,
    fix_sources,
    format_status,
    print_findings,
)
from copydesk.crawler.commands.crawl import print_feeds
from copydesk.crawler.commands.page_tests import check_page_tests
from copydesk.pipeline.cli.wire_checks import CheckFolder
from copydesk.pipeline.cli.wires import _source_to_dict
from copydesk.pipeline.console.options import Json, complete_wire
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadWindow, CopydeskError
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.strategy import WireStrategy
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.core.windows import make_window
from copydesk.pipeline.db.probe import query_if_available
from copydesk.pipeline.runs.planning import count_pages_in_window

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats


MAX_LISTED_URLS = 10

FEEDS_REMEDY = "Correct the URLs under discovery in its file, or try again later."


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WIRE]...", autocompletion=complete_wire, help="The wires.", show_default="all enabled wires"
        ),
    ] = None,
    hours: Annotated[
        float, typer.Option(metavar="HOURS", min=0.1, max=24 * 31, help="Length of the window in hours, up to now.")
    ] = 1,
    since: Annotated[str, typer.Option(metavar="TIME", help="Start of the window, instead of --hours.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="End of the window, exclusive.", show_default="now")] = "",
    every: Annotated[bool, typer.Option("--all", help="Check disabled wires too.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Write new locations of feeds into the source files.")] = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="Parse the saved pages next to the source files instead.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start again instead of continuing an interrupted check.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read the feeds of wires: show which wires are alive, what a crawl would fetch, and what to change in the files.

    Fetches no article and needs no database, so all pages in the window count as new. Several wires are checked at a
    time, those of the same host one after the other. An interrupted check of many wires continues where it stopped.

    With --pages, compares saved pages with their expected results, as `copydesk wires new` writes them.

    For a past window of a wire without an archive, shows how many stored pages a backfill would reprocess.
    """
    from copydesk.pipeline.core.source_files import find_source

    settings, now = load_settings(), datetime.now(UTC)
    end = parse_user_time(until, now) if until else now
    window = make_window(parse_user_time(since, now) if since else end - timedelta(hours=hours), end)
    if names and len(names) == 1 and not pages:
        source = find_source(names[0], settings.source_folders)
        period = f"{window.start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" if since or until else f"the last {hours:g} h"
        _check_one(source, window, period, fix=fix, as_json=as_json)
        return
    if names:
        sources = {name: find_source(name, settings.source_folders) for name in dict.fromkeys(names)}
    else:
        sources = {
            name: source for name, source in load_sources(configured=not every).items() if every or source.enabled
        }
    if pages:
        check_page_tests(sources, settings, as_json=as_json)
    elif since or until:
        _check_window(sources.values(), window, as_json=as_json)
    else:
        check_many(sources, settings, hours, restart=restart, fix=fix, as_json=as_json)


def _check_one(source: Source, window: Window, period: str, *, fix: bool, as_json: bool) -> None:
    """Print what one wire lists in detail, and what to change."""
    settings, name, start, end = load_settings(), source.name, window.start, window.end
    stats = _dry_run(source, start, end)
    diagnosis, crawl_error = diagnose_wire(source, stats)
    is_past = isinstance(crawl_error, BadWindow)
    stored = _count_stored(source, start, end) if is_past else 0
    verified_on = "" if is_past else CheckFolder(settings).save(name, diagnosis.to_dict())
    if as_json:
        found = {key: value for key, value in diagnosis.to_dict().items() if key not in {"name", "wanted"}}
        status = {"status": format_status(source, verified_on), "verified_on": verified_on}
        result = {"wanted": list(stats.wanted), "stored": stored}
        print_json([{**_source_to_dict(source), **found, **result, **status}])
    elif stored:
        typer.echo(f"{name} has no dated archive: a backfill reprocesses {_format_page_count(stored)} of {period}.")
    else:
        _print_check(source, period, stats)
        print_findings([diagnosis])
    if fix:
        fix_sources([diagnosis], settings)
    if crawl_error is not None and not stored:
        if "copydesk wires check" in crawl_error.remedy:  # the remedy for a failed crawl is this very command
            crawl_error.remedy = FEEDS_REMEDY
        raise crawl_error
    if crawl_error is None and not as_json:
        status_text = format_status(source, verified_on)
        typer.echo(f"{name} can be crawled{f' ({status_text})' if status_text else ''}.")


def _dry_run(source: Source, start: datetime, end: datetime) -> CrawlStats:
    from copydesk.crawler.process.spider_process import run_spider

    run_id = f"check__{source.name}__{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return run_spider(source.name, CLI_DAG_ID, run_id, start, end, known_since=start, dry_run=True)


def _check_window(sources: Iterable[Source], window: Window, *, as_json: bool) -> None:
    """Print one line per wire. The exit status is that of the first wire that can't be crawled."""
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result

    start, end = window.start, window.end
    rows: list[dict[str, Any]] = []
    first_error: CopydeskError | None = None
    for source in sources:
        stats = _dry_run(source, start, end)
        row = {"name": source.name, "strategy": stats.strategy, "wanted": len(stats.wanted), "error": ""}
        try:
            raise_for_crawl_result(stats, source.model_copy(update={"min_articles": 0}))
        except BadWindow as error:  # a past window of a wire without an archive: nothing to crawl, but no failure
            stored = _count_stored(source, start, end)
            row |= {"strategy": "stored", "wanted": stored} if stored else {"strategy": "none", "error": error.message}
        except CopydeskError as error:
            first_error, row["error"] = first_error or error, error.message
        rows.append(row)
    if as_json:
        print_json(rows)
    else:
        cells = [(row["name"], row["strategy"], row["wanted"], sanitize_cell(row["error"]) or "-") for row in rows]
        print_table(["name", "strategy", "pages", "error"], cells, right_aligned="pages")
        pages = pluralize(sum(row["wanted"] for row in rows if row["strategy"] != "stored"), "page")
        stored = sum(row["wanted"] for row in rows if row["strategy"] == "stored")
        backfill = f"; a backfill reprocesses {_format_page_count(stored)}" if stored else ""
        typer.echo(f"\nFrom {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} these wires list {pages}{backfill}.")
    if first_error is not None:
        raise typer.Exit(first_error.exit_code)


def _print_check(source: Source, period: str, stats: CrawlStats) -> None:
    print_feeds(stats)
    wanted = stats.wanted
    typer.echo(f"\n{source.host} lists {pluralize(len(wanted), 'page')} of {period}{':' if wanted else '.'}")
    for url in wanted[:MAX_LISTED_URLS]:
        typer.echo(f"  {sanitize_cell(url)}")
    if len(wanted) > MAX_LISTED_URLS:
        typer.echo(f"  ... and {len(wanted) - MAX_LISTED_URLS} more")
    listed = sum(feed.entries for feed in stats.feeds)
    if stats.strategy == WireStrategy.LIVE and listed > len(wanted):
        typer.echo(
            f"A crawl without --since also fetches older pages among all {listed} entries that are not in the database."
        )


def _count_stored(source: Source, start: datetime, end: datetime) -> int:
    """Return the number of stored pages in the window; 0 if no database is available."""
    window = Window(start, end)
    return query_if_available(load_settings(), lambda found: count_pages_in_window(found, source.name, window)) or 0


def _format_page_count(number: int) -> str:
    return pluralize(number, "stored page")
