"""`copydesk dedup`: group the documents in a file into stories, without a database."""

from __future__ import annotations

import json
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

_STAGES = {"sign": "Signing", "match": "Matching"}


def dedup(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help='Documents, one per line: {"id", "title", "body", "published_at"}; - reads standard input.',
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
) -> None:
    """Group documents into stories and write one line per document: its ID, a tab, the ID of its story.

    The ID of a story is that of its representative, the earliest full document. Invalid lines are reported and
    skipped; the exit status is then 65.
    """
    check_distinct_files(file, output, edges)
    skipped = _dedup_file(file, output, edges, window_hours)
    if skipped:
        typer.echo(f"Skipped {pluralize(skipped, 'invalid line')} (see above); the rest was processed.", err=True)
        raise typer.Exit(BadInput.exit_code)


def _dedup_file(file: str, output: str, edges: str, window_hours: int | None) -> int:
    """Process the file and return the number of lines skipped as invalid."""
    # Imported here, so that other commands do not load numpy and datasketch.
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.offline.deduplicate import deduplicate
    from copydesk.pipeline.offline.documents import InvalidLine, read_documents

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    documents: list[Document] = []
    skipped = 0
    with ExitStack() as outputs:
        stories_output = outputs.enter_context(AtomicOutputFile(output))
        edges_output = outputs.enter_context(AtomicOutputFile(edges)) if edges else None
        for item in read_documents(None if file == "-" else Path(file)):
            if isinstance(item, InvalidLine):
                skipped += 1
                typer.echo(str(item), err=True)
            else:
                documents.append(item)
        with progress_bars(_STAGES) as progress:
            result = deduplicate(documents, profile, progress)
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
        "joins": edge.merges,
        "close": edge.is_near_identical,
        "rule": edge.rule,
        "whole": edge.container_id or None,
        "shared": edge.shared,
        "size_a": edge.size_a,
        "size_b": edge.size_b,
        "evidence": edge.evidence,
    }
