"""`copydesk dedup`: group the documents in a file into stories, without a database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from copydesk.pipeline.console.output_file import STDOUT_NAMES, AtomicOutputFile, check_distinct_files
from copydesk.pipeline.console.tables import pluralize, progress_bars
from copydesk.pipeline.core.errors import BadInput

if TYPE_CHECKING:
    from copydesk.pipeline.core.dedup_records import Edge
    from copydesk.pipeline.core.records import Document

MAX_REPORTED_LINES = 20
"""Lines that are reported one by one: a file in another format would have a report for each."""

_WHOLE_ONLY = "it joins only documents with exactly the same text"
_STAGES = {"sign": "Signing", "match": "Matching"}


def dedup(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Documents with id, title, body and published_at, as JSON Lines, JSON, CSV or Parquet, plain or"
            " compressed; - reads standard input.",
        ),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", help="File for the stories.", show_default="standard output")
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
            help="The column of a field, such as body=article_text, if it has none of the usual names; repeatable.",
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
    skipped = _dedup_file(file, output, edges, window_hours, field or ())
    if skipped:
        typer.echo(f"Skipped {pluralize(skipped, 'invalid line')} (see above); the rest was processed.", err=True)
        raise typer.Exit(BadInput.exit_code)


def _dedup_file(file: str, output: str, edges: str, window_hours: int | None, choices: Sequence[str]) -> int:
    """Process the file and return the number of lines skipped as invalid."""
    # Imported here, so that other commands do not load numpy and datasketch.
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.fold import MAX_MEMBERS
    from copydesk.pipeline.offline.deduplicate import deduplicate
    from copydesk.pipeline.offline.documents import InvalidLine, read_documents
    from copydesk.pipeline.offline.fields import DOCUMENT_FIELDS, FieldMap
    from copydesk.pipeline.sign.long_texts import is_too_long

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    fields = FieldMap.parse(DOCUMENT_FIELDS, choices)
    documents: list[Document] = []
    reported = skipped = 0
    with ExitStack() as outputs:
        stories_output = outputs.enter_context(AtomicOutputFile(output))
        edges_output = outputs.enter_context(AtomicOutputFile(edges)) if edges else None
        for item in read_documents(None if file == "-" else Path(file), fields):
            if isinstance(item, InvalidLine):
                skipped += item.is_skipped
                reported += 1
                if reported <= MAX_REPORTED_LINES or not item.line_number:
                    typer.echo(str(item), err=True)
            else:
                documents.append(item)
                if is_too_long(item):
                    typer.echo(f"The text of {item.id} is too long to compare in part: {_WHOLE_ONLY}.", err=True)
        if reported > MAX_REPORTED_LINES:
            typer.echo(f"{reported - MAX_REPORTED_LINES} more lines are not listed.", err=True)
        with progress_bars(_STAGES) as progress:
            result = deduplicate(documents, profile, progress)
        for found in result.clusters:
            if len(found.members) > MAX_MEMBERS:
                typer.echo(
                    f"The story of {found.representative} has {len(found.members)} copies; check that what they share"
                    " is copy, not a footer or a notice.",
                    err=True,
                )
        story = result.assignments
        stories_output.write(f"{document.id}\t{story[document.id]}\n" for document in documents)
        if edges_output is not None:
            edges_output.write(json.dumps(_edge_to_dict(edge), ensure_ascii=False) + "\n" for edge in result.edges)
    if output and output not in STDOUT_NAMES:
        counts = pluralize(len(documents), "document"), pluralize(len(result.clusters), "story", "stories")
        typer.echo(f"{' in '.join(counts)}.", err=True)
    return skipped


def _edge_to_dict(edge: Edge) -> dict[str, object]:
    return {
        "a": edge.a,
        "b": edge.b,
        "kind": edge.kind,
        "merges": edge.merges,
        "is_near_identical": edge.is_near_identical,
        "rule": edge.rule,
        "container_id": edge.container_id or None,
        "shared": edge.shared,
        "size_a": edge.size_a,
        "size_b": edge.size_b,
        "evidence": edge.evidence,
    }
