"""`copydesk dedup`: group the documents in a file into stories, without a database."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from copydesk.pipeline.cli.dedup_engine import Conf, Engine, Master
from copydesk.pipeline.cli.dedup_lines import DocumentReader, edge_to_dict, report_large_stories
from copydesk.pipeline.console.output_file import STDOUT_NAMES, AtomicOutputFile, check_distinct_files
from copydesk.pipeline.console.tables import pluralize, progress_bars
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.corpus import ParquetFolder, is_folder_name

_STAGES = {"sign": "Signing", "match": "Matching"}


def dedup(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Documents with id, title, body and published_at, as JSON Lines, JSON, CSV or Parquet, plain or"
            " compressed; - reads standard input. Or a folder of Parquet files, also as a URL such as s3://bucket/folder.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            help="File for the stories; a folder (FOLDER/ or a URL) for Parquet files of the members, the stories and"
            " the edges.",
            show_default="standard output",
        ),
    ] = "",
    edges: Annotated[
        str, typer.Option("--edges", help="File for the near-duplicate pairs, with their kind and evidence.")
    ] = "",
    window_hours: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Maximum difference in publication time between copies, in hours; 0 means no limit.",
            show_default="the profile's window",
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="FIELD=COLUMN",
            help="The column that has a field, such as body=article_text, if its name is not one of the usual"
            " ones; repeatable.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that sign and compare; the result does not depend on their number.",
            show_default="one per core, one for a small file",
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="Run on this machine or on Apache Spark. The output is the same.")
    ] = Engine.MEMORY,
    master: Master = "local[*]",
    conf: Conf = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A folder for the results of Spark's stages that all machines of the cluster can read. A stopped"
            " run continues from it.",
            show_default="a temporary folder",
        ),
    ] = None,
) -> None:
    """Group documents into stories and write one line per document: its ID, a tab, the ID of its story.

    The ID of a story is that of its representative, the earliest full document. The format of the file is recognized by
    its content (gzip, zstd, bzip2 and xz too). Common column names are recognized, such as text and content for the
    body, and url for the ID. Invalid lines are reported and skipped; the exit status is then 65. A time that cannot be
    read is reported, and its document counts as undated.
    """
    check_distinct_files(file, output, edges)
    _check_folders(file, output)
    if engine is Engine.SPARK:
        from copydesk.pipeline.cli.dedup_on_spark import dedup_on_spark

        skipped = dedup_on_spark(file, output, edges, window_hours, field or (), master, conf or (), work)
    else:
        skipped = _dedup_file(file, output, edges, window_hours, field or (), workers)
    if skipped:
        typer.echo(f"Skipped {pluralize(skipped, 'invalid line')} (see above); the rest was processed.", err=True)
        raise typer.Exit(BadInput.exit_code)


def _check_folders(file: str, output: str) -> None:
    """Check that the result is not written among the documents, where it would be read as documents next time.

    Raises:
        BadInput: It would be.
    """
    if is_folder_name(file) and is_folder_name(output):
        source, target = (name.rstrip("/") if "://" in name else os.path.realpath(name) for name in (file, output))
        if target == source or target.startswith(f"{source}/"):
            raise BadInput(f"{output} is in the folder of the documents.", "Use another folder for the result.")


def _dedup_file(
    file: str, output: str, edges: str, window_hours: int | None, choices: Sequence[str], workers: int | None
) -> int:
    """Process the file and return the number of lines skipped as invalid."""
    # Imported here, so that other commands do not load numpy.
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.fold import MAX_MEMBERS
    from copydesk.pipeline.offline.dedup_folder import write_dedup_folder
    from copydesk.pipeline.offline.deduplicate import open_dedup
    from copydesk.pipeline.offline.documents import read_documents
    from copydesk.pipeline.offline.fields import DOCUMENT_FIELDS, FieldMap
    from copydesk.pipeline.offline.worker_pool import count_cores

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    fields = FieldMap.parse(DOCUMENT_FIELDS, choices)
    source = None if file == "-" else file if is_folder_name(file) else Path(file)
    reader = DocumentReader(read_documents(source, fields))
    folder = ParquetFolder(output) if is_folder_name(output) else None
    with ExitStack() as outputs:
        stories_output = None if folder else outputs.enter_context(AtomicOutputFile(output))
        edges_output = outputs.enter_context(AtomicOutputFile(edges)) if edges else None
        with (
            progress_bars(_STAGES) as progress,
            open_dedup(
                reader.iterate_documents(),
                profile,
                workers=workers or count_cores(),
                keep_edges=bool(edges or folder),
                progress=progress,
            ) as found,
        ):
            report_large_stories(found.list_large_stories(MAX_MEMBERS))
            if folder:
                write_dedup_folder(folder, found.iterate_stories(), found.iterate_sizes(), found.iterate_edges())
            if stories_output is not None:
                stories_output.write(f"{document}\t{story}\n" for document, story in found.iterate_stories())
            if edges_output is not None:
                edges_output.write(
                    json.dumps(edge_to_dict(edge), ensure_ascii=False) + "\n" for edge in found.iterate_edges()
                )
            counts = pluralize(len(found.ids), "document"), pluralize(found.story_count, "story", "stories")
    if output and output not in STDOUT_NAMES:
        typer.echo(f"{' in '.join(counts)}.", err=True)
    return reader.skipped
