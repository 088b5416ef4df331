"""``copydesk dedup``: fold a file of documents into stories, without a database."""

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
    from copydesk.pipeline.core.records import Document, Edge

_STAGES = {"sign": "Signing", "match": "Matching"}


def dedup(
    file: Annotated[
        str,
        typer.Argument(help='Documents, one a line: {"id", "title", "body", "published_at"}; - reads standard input.'),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", help="Where to write the stories (default: standard output).")
    ] = "",
    edges: Annotated[
        str, typer.Option("--edges", help="Also write every likeness found, with its kind and evidence.")
    ] = "",
    window_hours: Annotated[
        int | None,
        typer.Option(min=0, help="How far apart in time copies may be; 0: any distance. Default: the profile's."),
    ] = None,
) -> None:
    """Fold documents into stories: writes "id <TAB> story" a document, a story being named by its earliest document.

    A broken line is reported and left out, the rest is done; the exit status is then 65.
    """
    check_distinct_files(file, output, edges)
    broken = _dedup_file(file, output, edges, window_hours)
    if broken:
        message = f"{pluralize(broken, 'line')} could not be read, as told above; the rest is folded."
        typer.echo(f"{message} Mend or drop {'it' if broken == 1 else 'them'}, and fold the file again.", err=True)
        raise typer.Exit(BadInput.exit_code)


def _dedup_file(file: str, output: str, edges: str, window_hours: int | None) -> int:
    """Do it; tells how many lines were broken."""
    # Imported here, so that the other commands need not wait for numpy and datasketch.
    from copydesk.pipeline.core.profile import Profile
    from copydesk.pipeline.offline.deduplicate import deduplicate
    from copydesk.pipeline.offline.documents import InvalidLine, read_documents

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    documents: list[Document] = []
    broken = 0
    with ExitStack() as targets:
        stories_output = targets.enter_context(AtomicOutputFile(output))
        edges_output = targets.enter_context(AtomicOutputFile(edges)) if edges else None
        for found in read_documents(None if file == "-" else Path(file)):
            if isinstance(found, InvalidLine):
                broken += 1
                typer.echo(str(found), err=True)
            else:
                documents.append(found)
        with progress_bars(_STAGES) as progress:
            result = deduplicate(documents, profile, progress)
        story = result.assignments
        stories_output.write(f"{document.id}\t{story[document.id]}\n" for document in documents)
        if edges_output is not None:
            edges_output.write(json.dumps(_edge_to_dict(edge), ensure_ascii=False) + "\n" for edge in result.edges)
    if output and output not in STDOUT_NAMES:
        counts = pluralize(len(documents), "document"), pluralize(len(result.clusters), "story", "stories")
        typer.echo(f"{' in '.join(counts)}.", err=True)
    return broken


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
