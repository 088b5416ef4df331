"""`copydesk export`: write stories, copies or articles to a file, one row per line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.output_file import STDOUT_NAMES, AtomicOutputFile
from copydesk.pipeline.console.tables import pluralize, progress_bars
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.views.exports import ExportEntity, ExportFormat, format_lines, read_rows

ENTITY_NAMES = {
    ExportEntity.STORIES: ("story", "stories"),
    ExportEntity.COPIES: ("copy", "copies"),
    ExportEntity.ARTICLES: ("article", "articles"),
}
PROGRESS_STEP_ROWS = 100
"""Rows between two updates of the progress bar."""


def export(
    entity: Annotated[ExportEntity, typer.Argument(metavar="ENTITY", help="What to export.")] = ExportEntity.STORIES,
    output: Annotated[
        str, typer.Option("-o", "--output", help="The file to write.", show_default="standard output")
    ] = "",
    export_format: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="The file format.", show_default="by the file's extension, else jsonl"),
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
) -> None:
    """Export stories, copies or articles as JSON Lines or CSV, with the columns of the view of the same name.

    In CSV, text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe.
    """
    file_format = export_format or (ExportFormat.CSV if output.lower().endswith(".csv") else ExportFormat.JSONL)
    start, end = parse_user_span(since, until)
    count = 0
    with (
        connect_to_database() as connection,
        AtomicOutputFile(output) as target,
        progress_bars({"rows": entity.value}) as progress,
    ):

        def count_lines(lines: Iterator[str]) -> Iterator[str]:
            nonlocal count
            for line in lines:
                yield line
                count += 1
                if count % PROGRESS_STEP_ROWS == 0:
                    progress("rows", count, None)

        target.write(
            count_lines(
                format_lines(read_rows(connection, entity, since=start, until=end, wire=wire or None), file_format)
            )
        )
    rows = max(count - 1, 0) if file_format is ExportFormat.CSV else count
    if output and output not in STDOUT_NAMES:
        typer.echo(f"{pluralize(rows, *ENTITY_NAMES[entity])}.", err=True)
