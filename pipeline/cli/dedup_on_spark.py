"""`copydesk dedup --engine spark`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import typer

from copydesk.pipeline.cli.dedup_lines import DocumentReader, edge_to_dict, report_large_stories
from copydesk.pipeline.console.output_file import STDOUT_NAMES, AtomicOutputFile
from copydesk.pipeline.console.tables import pluralize
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.scratch_folder import scratch_folder
from copydesk.pipeline.corpus import ParquetFolder, is_folder_name
from copydesk.pipeline.fold import MAX_MEMBERS
from copydesk.pipeline.offline.dedup_folder import write_dedup_folder
from copydesk.pipeline.offline.documents import read_documents
from copydesk.pipeline.offline.fields import DOCUMENT_FIELDS, FieldMap
from copydesk.pipeline.spark.spark_session import check_installation, parse_spark_conf


def dedup_on_spark(
    file: str,
    output: str,
    edges: str,
    window_hours: int | None,
    choices: Sequence[str],
    master: str,
    conf: Sequence[str],
    work: Path | None,
) -> int:
    """Process the file and return the number of lines skipped as invalid; the arguments are those of the command.

    Raises:
        BadSettings: Spark is not installed, or does not start.
        BadInput: Two documents have the same ID, or the result cannot be written.
        RunawayStory: Something that is not copy connects a giant number of documents.
    """
    check_installation()
    from copydesk.pipeline.spark.spark_dedup import open_spark_dedup, write_documents

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    options = parse_spark_conf(conf)
    source = None if file == "-" else file if is_folder_name(file) else Path(file)
    reader = DocumentReader(read_documents(source, FieldMap.parse(DOCUMENT_FIELDS, choices)))
    result = ParquetFolder(output) if is_folder_name(output) else None
    with ExitStack() as stack:
        stories_output = None if result else stack.enter_context(AtomicOutputFile(output))
        edges_output = stack.enter_context(AtomicOutputFile(edges)) if edges else None
        folder = work or stack.enter_context(scratch_folder("spark"))
        digest = write_documents(reader.iterate_documents(), folder / "documents")
        found = stack.enter_context(
            open_spark_dedup(folder / "documents", digest, profile, folder, master=master, conf=options)
        )
        if found.skipped:
            typer.echo(f"Continued an earlier run, which had finished {', '.join(found.skipped)}.", err=True)
        for key in found.hot_keys:
            shown = "; ".join(map(repr, key.headlines))
            typer.echo(f"{key.documents:,} documents share one lookup key, among them {shown}.", err=True)
        report_large_stories(found.list_large_stories(MAX_MEMBERS))
        if result:
            write_dedup_folder(result, found.iterate_stories(), found.iterate_sizes(), found.iterate_edges())
        if stories_output is not None:
            stories_output.write(f"{document}\t{story}\n" for document, story in found.iterate_stories())
        if edges_output is not None:
            edges_output.write(
                json.dumps(edge_to_dict(edge), ensure_ascii=False) + "\n" for edge in found.iterate_edges()
            )
        documents, stories = found.count()
    if output and output not in STDOUT_NAMES:
        typer.echo(f"{pluralize(documents, 'document')} in {pluralize(stories, 'story', 'stories')}.", err=True)
    return reader.skipped
