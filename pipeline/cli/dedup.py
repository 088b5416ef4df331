"""``copydesk dedup``: fold a file of documents into stories, without a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.errors import BadInput

if TYPE_CHECKING:
    from pipeline.dedup import Progress as Told
    from pipeline.records import Document, Edge

_STAGES = {"sign": "Signing", "match": "Matching"}


def dedup(
    file: Annotated[Path, typer.Argument(help='Documents, one a line: {"id", "title", "body", "published_at"}.')],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where to write the stories (default: standard output).")
    ] = None,
    edges: Annotated[
        Path | None, typer.Option("--edges", help="Also write every likeness found, with its kind and evidence.")
    ] = None,
    window_hours: Annotated[
        int | None,
        typer.Option(min=0, help="How far apart in time copies may be; 0: any distance. Default: the profile's."),
    ] = None,
) -> None:
    """Fold documents into stories: writes "id <TAB> story" a document, a story being named by its earliest document.

    A broken line is reported and left out, the rest is done; the exit status is then 1.

    Raises:
        BadInput: the file can't be read, or a target can't be written.
        RunawayStory: a story has more copies than any wire could cause.
    """
    for target in filter(None, (output, edges)):
        _check_target(target)
    if _fold_file(file, output, edges, window_hours):
        raise typer.Exit(1)


def _fold_file(file: Path, output: Path | None, edges: Path | None, window_hours: int | None) -> int:
    """Do it; tells how many lines were broken."""
    # Imported here, so that the other commands need not wait for numpy and datasketch.
    from pipeline.dedup import fold_documents
    from pipeline.jsonl import BrokenLine, read_documents
    from pipeline.profile import Profile

    profile = Profile() if window_hours is None else Profile(window_hours=window_hours or None)
    documents: list[Document] = []
    broken = 0
    for found in read_documents(file):
        if isinstance(found, BrokenLine):
            broken += 1
            typer.echo(str(found), err=True)
        else:
            documents.append(found)
    with _show_progress() as progress:
        folded = fold_documents(documents, profile, progress)
    story = folded.assignments
    with _open_target(output) as target:
        target.writelines(f"{document.id}\t{story[document.id]}\n" for document in documents)
    if edges is not None:
        with _open_target(edges) as target:
            target.writelines(json.dumps(_describe(edge), ensure_ascii=False) + "\n" for edge in folded.edges)
    if output is not None:
        typer.echo(f"{len(documents)} documents in {len(folded.clusters)} stories.", err=True)
    return broken


def _describe(edge: Edge) -> dict[str, object]:
    return {
        "a": edge.a,
        "b": edge.b,
        "kind": edge.kind,
        "joins": edge.joins,
        "rule": edge.rule,
        "whole": edge.whole or None,
        "shared": edge.shared,
        "size_a": edge.size_a,
        "size_b": edge.size_b,
        "evidence": edge.evidence,
    }


def _check_target(path: Path) -> None:
    """Tell before the work is done, not after, that its result can't be kept. What the file holds stays."""
    with _open_target(path, "a"):
        pass


@contextmanager
def _open_target(path: Path | None, mode: str = "w") -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open(mode, encoding="utf-8") as target:
            yield cast("TextIO", target)
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}.", "Check the folder and its rights.") from None


@contextmanager
def _show_progress() -> Iterator[Told]:
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        tasks = {stage: bar.add_task(name, total=None, visible=False) for stage, name in _STAGES.items()}
        yield lambda stage, done, total: bar.update(tasks[stage], completed=done, total=total, visible=True)
