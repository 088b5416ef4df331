"""`copydesk wires check`: whether a wire can be crawled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.commands.crawl import print_feeds
from copydesk.pipeline.cli.wires import _source_to_dict
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadWindow, CopydeskError
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.db.probe import _query_if_available
from copydesk.pipeline.runs.planning import count_pages_in_window

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats


MAX_LISTED_URLS = 10


FEEDS_REMEDY = "Correct the addresses under discovery in its file, or try again later."


def check(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The wire to check; all that are on, if none.")] = "",
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 31, help="How far back the tried window reaches.")] = 1,
    since: Annotated[str, typer.Option(help="Start of the tried window, instead of --hours (ISO 8601).")] = "",
    until: Annotated[str, typer.Option(help="End of the tried window, not part of it; now if not given.")] = "",
    as_json: Json = False,
) -> None:
    """Read a wire's file and its feeds, for real: what they name, and what a crawl of the window would fetch.

    Needs no database and fetches no article, so everything in the window counts as new. Of a past window of a wire
    without an archive it tells how many stored pages a backfill would read, where a database can be asked.
    """
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result
    from copydesk.pipeline.core.source_files import find_source

    end = parse_time(until) if until else datetime.now(UTC)
    start = parse_time(since) if since else end - timedelta(hours=hours)
    if start >= end:
        raise BadWindow("The window is empty: it ends before it starts.", "Give --since before --until.")
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
        found = {"feeds": stats.to_dict()["feeds"], "wanted": list(stats.wanted), "stored": stored}
        print_json([{**_source_to_dict(source), **found}])
    elif stored:
        typer.echo(
            f"{name} has no dated archive: a backfill reads the {_format_page_count(stored)} of {period} once more."
        )
    else:
        _print_check(source, period, stats)
    if crawl_error is not None and not stored:
        # What a crawl would advise is to do this.
        crawl_error.remedy = crawl_error.remedy.replace(f"`copydesk wires check {name}` tries them now.", FEEDS_REMEDY)
        crawl_error.remedy = crawl_error.remedy.replace(f", then `copydesk wires check {name}`", ", then try again")
        raise crawl_error
    if crawl_error is None and not as_json:
        typer.echo(f"{name} can be crawled.")


def _dry_run(source: Source, start: datetime, end: datetime) -> CrawlStats:
    from copydesk.crawler.process.spider_process import run_spider

    run_id = f"check__{source.name}__{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return run_spider(source.name, run_id, start, end, mode="auto", known_since=start, dry_run=True)


def _check_all(start: datetime, end: datetime, *, as_json: bool) -> None:
    """A line for each wire that is on; the exit status is that of the first that can't be crawled."""
    from copydesk.crawler.accounting.crawl_result import raise_for_crawl_result

    rows: list[dict[str, Any]] = []
    worst: CopydeskError | None = None
    for source in (one for one in load_sources().values() if one.enabled):
        stats = _dry_run(source, start, end)
        row = {"name": source.name, "way": stats.mode, "wanted": len(stats.wanted), "trouble": ""}
        try:
            raise_for_crawl_result(stats, source.model_copy(update={"min_articles": 0}))
        except BadWindow as error:  # of a past window there is nothing to be had, and nothing wrong
            stored = _count_stored(source, start, end)
            row |= {"way": "stored", "wanted": stored} if stored else {"way": "none", "trouble": error.message}
        except CopydeskError as error:
            worst, row["trouble"] = worst or error, error.message
        rows.append(row)
    if as_json:
        print_json(rows)
    else:
        cells = [(row["name"], row["way"], row["wanted"], sanitize_cell(str(row["trouble"])) or "-") for row in rows]
        print_table(["name", "way", "pages", "trouble"], cells, right_aligned="pages")
        pages = pluralize(sum(row["wanted"] for row in rows if row["way"] != "stored"), "page")
        stored = sum(row["wanted"] for row in rows if row["way"] == "stored")
        more = f"; a backfill reads {_format_page_count(stored)} once more" if stored else ""
        typer.echo(f"\nFrom {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} these wires name {pages}{more}.")
    if worst is not None:
        raise typer.Exit(worst.exit_code)


def _print_check(source: Source, window: str, stats: Any) -> None:
    print_feeds(stats)
    wanted = stats.wanted
    typer.echo(f"\n{source.host} names {pluralize(len(wanted), 'page')} of {window}{':' if wanted else '.'}")
    for url in wanted[:MAX_LISTED_URLS]:
        typer.echo(f"  {sanitize_cell(url)}")
    if len(wanted) > MAX_LISTED_URLS:
        typer.echo(f"  ... and {len(wanted) - MAX_LISTED_URLS} more")
    listed = sum(feed.entries for feed in stats.feeds)
    if stats.mode == "live" and listed > len(wanted):
        typer.echo(
            f"A crawl without --since also asks for what the database does not know yet of all {listed} entries, "
            "however old."
        )


def _count_stored(source: Source, start: datetime, end: datetime) -> int:
    """How many stored pages of that time there are; 0 where no database can be asked."""
    return (
        _query_if_available(lambda connection: count_pages_in_window(connection, source.name, Window(start, end))) or 0
    )


def _format_page_count(number: int) -> str:
    return pluralize(number, "stored page")
