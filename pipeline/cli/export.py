"""`copydesk export`: write stories, copies or articles to a file, one row per line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any

import typer

from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.output_file import STDOUT_NAMES, AtomicOutputFile, Compression
from copydesk.pipeline.console.tables import pluralize, progress_bars
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.corpus import ParquetFolder, is_folder_name
from copydesk.pipeline.views.corpus_export import export_months
from copydesk.pipeline.views.exports import (
    ExportEntity,
    ExportFormat,
    ExportRows,
    format_csv_lines,
    format_json_lines,
    open_rows,
)

ENTITY_NAMES = {
    ExportEntity.STORIES: ("story", "stories"),
    ExportEntity.COPIES: ("copy", "copies"),
    ExportEntity.ARTICLES: ("article", "articles"),
}
PROGRESS_STEP_ROWS = 100
"""Rows between two updates of the progress bar."""

SUPPORTED_EXTENSIONS = ".csv, .csv.gz, .csv.zst, .jsonl, .jsonl.gz, .jsonl.zst and .parquet"


def export(
    entity: Annotated[
        ExportEntity, typer.Argument(metavar="stories|copies|articles", help="What to export.")
    ] = ExportEntity.STORIES,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The file to write; - is standard output. For articles, also a folder (FOLDER/ or a URL such as"
            " s3://bucket/folder), which gets one Parquet file per month.",
            show_default="-",
        ),
    ] = "",
    export_format: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format", help="The file format.", show_default="by the file's extension; jsonl on standard output"
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only rows published at or after this time, such as 7d.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only rows published before this time.")] = "",
    wire: Annotated[
        str,
        typer.Option(
            metavar="WIRE",
            autocompletion=complete_wire,
            help="Only rows of this wire; for stories, those it published first.",
        ),
    ] = "",
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="In CSV, write text unchanged, even if a spreadsheet would evaluate it as a formula."
        ),
    ] = False,
) -> None:
    """Export stories, copies or articles to a CSV, JSON Lines or Parquet file.

    The columns are those of the view of the same name. The extension of the file selects the format: .csv, .jsonl
    (both also with .gz or .zst) or .parquet. Memory use does not depend on the number of rows. In CSV, text that a
    spreadsheet would evaluate as a formula is prefixed with an apostrophe.

    A folder gets one Parquet file per month. If the export is run again, months that have not changed are skipped.
    """
    if is_folder_name(output):
        _export_folder(entity, output, export_format, parse_user_span(since, until), wire)
        return
    file_format, compression = choose_format(output, export_format)
    if file_format is ExportFormat.PARQUET:
        from copydesk.pipeline.views.parquet_export import check_pyarrow

        check_pyarrow()
    start, end = parse_user_span(since, until)
    count = 0
    with (
        connect_to_database() as connection,
        AtomicOutputFile(output, compression) as target,
        progress_bars({"rows": entity.value}) as progress,
        open_rows(connection, entity, since=start, until=end, wire=wire or None) as rows,
    ):

        def count_rows() -> Iterator[tuple[Any, ...]]:
            nonlocal count
            for row in rows.rows:
                yield row
                count += 1
                if count % PROGRESS_STEP_ROWS == 0:
                    progress("rows", count, None)

        _write(target, replace(rows, rows=count_rows()), file_format, raw=raw)
    if not is_stdout(output):
        typer.echo(f"{pluralize(count, *ENTITY_NAMES[entity])}.", err=True)


def _export_folder(
    entity: ExportEntity,
    output: str,
    export_format: ExportFormat | None,
    span: tuple[datetime | None, datetime | None],
    wire: str,
) -> None:
    """Write articles by month to a folder; months that are there and have not changed are skipped."""
    if entity is not ExportEntity.ARTICLES or export_format not in {None, ExportFormat.PARQUET}:
        raise BadInput(
            f"{output} is a folder, and only articles are exported to a folder, as Parquet.",
            "Name a file, or export articles.",
        )
    folder = ParquetFolder(output)
    since, until = span
    with connect_to_database() as connection, progress_bars({"rows": entity.value}) as progress:
        written = export_months(
            connection, folder, since=since, until=until, wire=wire or None,
            progress=lambda done, total: progress("rows", done, total),
        )  # fmt: skip
    typer.echo(
        f"{pluralize(written.articles, 'article')} in {pluralize(written.months, 'month')};"
        f" {pluralize(written.skipped, 'month')} unchanged.",
        err=True,
    )


def is_stdout(output: str) -> bool:
    """Return whether the name of the output means standard output."""
    return not output or output in STDOUT_NAMES


def choose_format(output: str, requested: ExportFormat | None) -> tuple[ExportFormat, Compression]:
    """Return the format and the compression of an output file.

    Args:
        output: The name of the file; empty or ``-`` means standard output.
        requested: The format that the user asks for; None to choose it by the file's extension.

    Raises:
        BadInput: The extension is not supported or is that of another format, or Parquet would be written to a
            terminal.
    """
    if is_stdout(output):
        if requested is ExportFormat.PARQUET and sys.stdout.isatty():
            raise BadInput("Parquet cannot be written to a terminal.", "Name a file with -o, or redirect the output.")
        return requested or ExportFormat.JSONL, Compression.NONE
    suffixes = [suffix.lower() for suffix in PurePath(output).suffixes]
    compression = Compression.NONE
    if suffixes and suffixes[-1] in {Compression.GZIP, Compression.ZSTD}:
        compression = Compression(suffixes.pop())
    extension = suffixes[-1] if suffixes else ""
    known = {f".{one.value}": one for one in ExportFormat}
    found = known.get(extension)
    if found is not None and requested not in {None, found}:
        raise BadInput(f"{output} has the extension of a {found.value} file.", "Rename it, or leave out --format.")
    chosen = requested or found
    if chosen is None:
        what = f"the extension {extension}" if extension else "a name without extension"
        raise BadInput(
            f"Cannot choose a format for {output}: {what} is not supported.",
            f"Use {SUPPORTED_EXTENSIONS}, or add --format.",
        )
    if chosen is ExportFormat.PARQUET and compression is not Compression.NONE:
        raise BadInput("Parquet files are already compressed.", f"Remove {compression.value} from the name.")
    return chosen, compression


def _write(target: AtomicOutputFile, rows: ExportRows, file_format: ExportFormat, *, raw: bool) -> None:
    if file_format is ExportFormat.PARQUET:
        from copydesk.pipeline.views.parquet_export import write_parquet

        with target.report_errors():
            write_parquet(rows, target.stream)
    elif file_format is ExportFormat.CSV:
        target.write(format_csv_lines(rows, escape_formulas=not raw))
    else:
        target.write(format_json_lines(rows))
