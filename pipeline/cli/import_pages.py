"""`copydesk import`: load pages from web archives and files into the page store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.core.errors import BadInput

if TYPE_CHECKING:
    from copydesk.pipeline.runs.page_import import ImportReport


def import_pages(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="WARC files (.warc, .warc.gz), WET files (.wet, .wet.gz), saved pages, files with a page per row, or"
            " folders of such files.",
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar="FILE.tsv",
            help="A tab-separated list of saved pages with the columns path (relative to this file), url and, if known,"
            " fetched_at.",
        ),
    ] = None,
    url: Annotated[str, typer.Option("--url", help="The URL that the file was saved from.")] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only pages that were fetched at or after this time (ISO 8601).")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only pages that were fetched before this time.")] = "",
    host: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="HOST", help="Only pages of this host and its subdomains; repeatable."),
    ] = None,
    wire: Annotated[
        str,
        typer.Option(
            metavar="WIRE",
            autocompletion=complete_wire,
            help="The wire to which pages of unknown hosts belong; without it, these pages are refused.",
        ),
    ] = "",
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="FIELD=COLUMN",
            help="The column that has id, url, html (or text) or fetched_at, if its name is not one of the usual"
            " ones; repeatable.",
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Read files again even if they were imported before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as a JSON object.")] = False,
) -> None:
    """Import pages from WARC files, WET files or saved pages into the database.

    The pages are stored like those of a crawl, with the time of their capture as the time of the fetch. `copydesk run
    WIRE --mode stored` with a window, or a backfill, makes articles of them. A page belongs to the wire with its host,
    whether or not that wire is enabled. A page that is already stored is not stored again.

    If the import is interrupted, run the same command again: it continues where it stopped. The exit status is 0 if
    every file could be read.
    """
    from copydesk.pipeline.console.tables import load_sources, progress_bars
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.core.source_files import find_source_file
    from copydesk.pipeline.core.times import parse_absolute_time
    from copydesk.pipeline.db.session import database_session
    from copydesk.pipeline.offline.fields import PAGE_FIELDS, FieldMap
    from copydesk.pipeline.offline.saved_pages import read_manifest
    from copydesk.pipeline.runs.import_records import PageFilter, list_files
    from copydesk.pipeline.runs.page_import import import_pages as run_import
    from copydesk.pipeline.runs.page_importer import ImportRequest

    start, end = (parse_absolute_time(text) if text else None for text in (since, until))
    if start is not None and end is not None and start >= end:
        raise BadInput(f"The time span from {since} to {until} is empty.", "Set an end after the start.")
    if missing := [path for path in paths or () if not path.exists()]:
        raise BadInput(f"{missing[0]} does not exist.", "Check the path.")
    files = list(list_files(paths or (), url))
    if manifest is not None:
        files += read_manifest(manifest)
    if not files:
        raise BadInput("No input files.", "Pass files or folders, or a list of saved pages with --manifest.")
    settings = load_settings()
    sources = load_sources()
    if wire and wire not in sources:
        find_source_file(wire, settings.source_folders)
        raise BadInput(f"The source file of {wire} is invalid.", "Correct it: `copydesk wires check` shows the error.")
    request = ImportRequest(
        files=files,
        wanted=PageFilter(start, end, tuple(name.strip().lower().rstrip(".") for name in host or ())),
        fallback_wire=wire,
        fields=FieldMap.parse(PAGE_FIELDS, field or ()),
        again=again,
    )
    total = sum(file.size_bytes for file in files)
    with database_session(settings, create=True), progress_bars({"bytes": "importing"}) as progress:
        report = run_import(settings, sources, request, lambda done: progress("bytes", done, total))
    _print_report(report, as_json=as_json)
    if report.failed_files:
        others = f" and {len(report.failed_files) - 1} more" if len(report.failed_files) > 1 else ""
        raise BadInput(
            f"Failed to read {report.failed_files[0]}{others}.",
            "Check the file and run the same command again; all other files were imported.",
        )


def _print_report(report: ImportReport, *, as_json: bool) -> None:
    from copydesk.pipeline.console.tables import pluralize, print_json, print_table, sanitize_cell

    if as_json:
        print_json([asdict(report)])
        return
    print_table(
        ["wire", "pages", "first fetch", "last fetch"],
        [(row.wire, row.pages, row.first_at or "", row.last_at or "") for row in report.wires],
        right_aligned="pages",
    )
    before = f" ({report.files_before} imported before)" if report.files_before else ""
    typer.echo(
        f"{pluralize(report.files, 'file')}{before}, {pluralize(report.records, 'record')}: {report.stored} stored,"
        f" {report.unchanged} unchanged, {report.refused} refused, {report.quarantined} unreadable,"
        f" {report.filtered} filtered out."
    )
    for reason, count in report.reasons.items():
        typer.echo(f"  {count} {sanitize_cell(reason)}")
