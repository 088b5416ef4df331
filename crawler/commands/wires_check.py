"""`copydesk wires check`: test whether a wire can be crawled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.commands.crawl import print_feeds
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
    name: Annotated[
        str,
        typer.Argument(
            metavar="WIRE", autocompletion=complete_wire, help="The wire.", show_default="all enabled wires"
        ),
    ] = "",
    hours: Annotated[
        float, typer.Option(metavar="HOURS", min=0.1, max=24 * 31, help="Length of the window in hours, up to now.")
    ] = 1,
    since: Annotated[str, typer.Option(metavar="TIME", help="Start of the window, instead of --hours.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="End of the window, exclusive.", show_default="now")] = "",
    as_json: Json = False,
) -> None:
    """Read a wire's source file and its feeds, and list the pages that a crawl of the window would fetch.

    Fetches no article and needs no database, so all pages in the window count as new.

    For a past window of a wire without an archive, shows how many stored pages a backfill would reprocess.
    """
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
    from copydesk.pipeline.core.source_files import find_source

    now = datetime.now(UTC)
    end = parse_user_time(until, now) if until else now
    window = make_window(parse_user_time(since, now) if since else end - timedelta(hours=hours), end)
    start, end = window.start, window.end
    if not name:
        _check_all(start, end, as_json=as_json)
        return
    source = find_source(name, load_settings().source_folders)
    stats = _dry_run(source, start, end)
    period = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" if since or until else f"the last {hours:g} h"
    crawl_error: CopydeskError | None = None
    try:
        raise_for_crawl_result(stats, source.model_copy(update={"min_articles": 0}))
    except CopydeskError as error:
        crawl_error = error
    stored = _count_stored(source, start, end) if isinstance(crawl_error, BadWindow) else 0
    if as_json:
        result = {"feeds": stats.to_dict()["feeds"], "wanted": list(stats.wanted), "stored": stored}
        print_json([{**_source_to_dict(source), **result}])
    elif stored:
        typer.echo(f"{name} has no dated archive: a backfill reprocesses {_format_page_count(stored)} of {period}.")
    else:
        _print_check(source, period, stats)
    if crawl_error is not None and not stored:
        if "copydesk wires check" in crawl_error.remedy:  # the remedy for a failed crawl is this very command
            crawl_error.remedy = FEEDS_REMEDY
        raise crawl_error
    if crawl_error is None and not as_json:
        typer.echo(f"{name} can be crawled.")


def _dry_run(source: Source, start: datetime, end: datetime) -> CrawlStats:
    from copydesk.crawler.process.spider_process import run_spider

    run_id = f"check__{source.name}__{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return run_spider(source.name, CLI_DAG_ID, run_id, start, end, known_since=start, dry_run=True)


def _check_all(start: datetime, end: datetime, *, as_json: bool) -> None:
    """Print one line per enabled wire. The exit status is that of the first wire that can't be crawled."""
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result

    rows: list[dict[str, Any]] = []
    first_error: CopydeskError | None = None
    for source in load_sources().values():
        if not source.enabled:
            continue
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
