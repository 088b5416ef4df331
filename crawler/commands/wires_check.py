"""`copydesk wires check`: whether a wire can be crawled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.crawler.commands.crawl import print_feeds
from copydesk.pipeline.cli.wires import describe_wire
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import clean_cell, count_noun, print_json, print_table, read_wires
from copydesk.pipeline.core.errors import BadWindow, CopydeskError
from copydesk.pipeline.core.records import Window
from copydesk.pipeline.core.settings import load
from copydesk.pipeline.core.source import Source
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.db.probe import ask_database
from copydesk.pipeline.runs.planning import count_stored

if TYPE_CHECKING:
    from copydesk.crawler.accounting.crawl_stats import CrawlStats


SHOWN = 10


ASK_AGAIN = "Correct the addresses under discovery in its file, or try again later."


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
    from copydesk.crawler.accounting.crawl_result import judge
    from copydesk.pipeline.core.source_files import find_source

    end = parse_time(until) if until else datetime.now(UTC)
    start = parse_time(since) if since else end - timedelta(hours=hours)
    if start >= end:
        raise BadWindow("The window is empty: it ends before it starts.", "Give --since before --until.")
    if not name:
        _check_all(start, end, as_json=as_json)
        return
    source = find_source(name, load().source_folders)
    stats = _try(source, start, end)
    told = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" if since or until else f"the last {hours:g} h"
    wrong: CopydeskError | None = None
    try:
        judge(stats, source.model_copy(update={"min_articles": 0}))
    except CopydeskError as error:
        wrong = error
    stored = _count_stored(source, start, end) if isinstance(wrong, BadWindow) else 0
    if as_json:
        found = {"feeds": stats.as_dict()["feeds"], "wanted": list(stats.wanted), "stored": stored}
        print_json([{**describe_wire(source), **found}])
    elif stored:
        typer.echo(f"{name} has no dated archive: a backfill reads the {_count_pages(stored)} of {told} once more.")
    else:
        _show(source, told, stats)
    if wrong is not None and not stored:
        # What a crawl would advise is to do this.
        wrong.remedy = wrong.remedy.replace(f"`copydesk wires check {name}` tries them now.", ASK_AGAIN)
        wrong.remedy = wrong.remedy.replace(f", then `copydesk wires check {name}`", ", then try again")
        raise wrong
    if wrong is None and not as_json:
        typer.echo(f"{name} can be crawled.")


def _try(source: Source, start: datetime, end: datetime) -> CrawlStats:
    from copydesk.crawler.process.spider_process import run_spider

    run_id = f"check__{source.name}__{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return run_spider(source.name, run_id, start, end, mode="auto", known_since=start, dry=True)


def _check_all(start: datetime, end: datetime, *, as_json: bool) -> None:
    """A line for each wire that is on; the exit status is that of the first that can't be crawled."""
    from copydesk.crawler.accounting.crawl_result import judge

    rows: list[dict[str, Any]] = []
    worst: CopydeskError | None = None
    for source in (one for one in read_wires().values() if one.enabled):
        stats = _try(source, start, end)
        row = {"name": source.name, "way": stats.mode, "wanted": len(stats.wanted), "trouble": ""}
        try:
            judge(stats, source.model_copy(update={"min_articles": 0}))
        except BadWindow as error:  # of a past window there is nothing to be had, and nothing wrong
            stored = _count_stored(source, start, end)
            row |= {"way": "stored", "wanted": stored} if stored else {"way": "none", "trouble": error.message}
        except CopydeskError as error:
            worst, row["trouble"] = worst or error, error.message
        rows.append(row)
    if as_json:
        print_json(rows)
    else:
        cells = [(row["name"], row["way"], row["wanted"], clean_cell(str(row["trouble"])) or "-") for row in rows]
        print_table(["name", "way", "pages", "trouble"], cells, right="pages")
        pages = count_noun(sum(row["wanted"] for row in rows if row["way"] != "stored"), "page")
        stored = sum(row["wanted"] for row in rows if row["way"] == "stored")
        more = f"; a backfill reads {_count_pages(stored)} once more" if stored else ""
        typer.echo(f"\nFrom {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} these wires name {pages}{more}.")
    if worst is not None:
        raise typer.Exit(worst.exit_code)


def _show(source: Source, window: str, stats: Any) -> None:
    print_feeds(stats)
    wanted = stats.wanted
    typer.echo(f"\n{source.host} names {count_noun(len(wanted), 'page')} of {window}{':' if wanted else '.'}")
    for url in wanted[:SHOWN]:
        typer.echo(f"  {clean_cell(url)}")
    if len(wanted) > SHOWN:
        typer.echo(f"  ... and {len(wanted) - SHOWN} more")
    listed = sum(feed.entries for feed in stats.feeds)
    if stats.mode == "live" and listed > len(wanted):
        typer.echo(
            f"A crawl without --since also asks for what the database does not know yet of all {listed} entries, "
            "however old."
        )


def _count_stored(source: Source, start: datetime, end: datetime) -> int:
    """How many stored pages of that time there are; 0 where no database can be asked."""
    return ask_database(lambda connection: count_stored(connection, source.name, Window(start, end))) or 0


def _count_pages(number: int) -> str:
    return count_noun(number, "stored page")
