"""``python -m tests.bench [clean | fold]``: run one part, or all parts if none is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_ROOT = Path(__file__).resolve().parents[2]
_RESULTS = _ROOT / "bench" / "results"
_WIDE = 120
_CORPORA = _ROOT.parent / "shared" / "corpora"
_SAVED = _CORPORA / "pages"
_STORIES = _CORPORA / "reuters21578"

app = typer.Typer(add_completion=False, help="Quality and speed, side by side.", pretty_exceptions_enable=False)

Quick = Annotated[bool, typer.Option("--quick", help="A few pages, one round: whether it works, not how well.")]
Results = Annotated[Path, typer.Option(help="The folder that JSON, Markdown and SVG go to.")]
Saved = Annotated[Path, typer.Option(help="A folder of saved pages with INDEX.tsv; left out where it is not there.")]
Stories = Annotated[
    Path, typer.Option(help="A folder of Reuters-21578 with pairs.tsv; left out where it is not there.")
]
Articles = Annotated[
    list[int] | None, typer.Option(help="Measure growth up to so many articles that stand, too; may be given twice.")
]
Steps = Annotated[list[str] | None, typer.Option("--step", help="sign, dedup or growth alone; may be given twice.")]


@app.callback(invoke_without_command=True)
def run_all(
    context: typer.Context,
    quick: Quick = False,
    results: Results = _RESULTS,
    saved: Saved = _SAVED,
    stories: Stories = _STORIES,
) -> None:
    """Run every part, one after the other."""
    if context.invoked_subcommand is None:
        clean(quick=quick, results=results, saved=saved)
        fold(quick=quick, results=results, stories=stories)


@app.command()
def clean(quick: Quick = False, results: Results = _RESULTS, saved: Saved = _SAVED) -> None:
    """Cleaning: compare Copydesk with other extractors."""
    # Imported here, because each tool's process imports this module too and needs none of it.
    from rich.console import Console

    from tests.bench.clean import FULL, QUICK, run_clean
    from tests.bench.report import show, write_results

    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    progress = Console(stderr=True)
    outcome = run_clean(
        QUICK if quick else FULL,
        saved if saved.exists() and not quick else None,
        log_line=lambda line: progress.print(line, style="dim", highlight=False),
    )
    show(outcome, console)
    for path in write_results(outcome, results):
        console.print(f"Written: {path}", style="dim", highlight=False, soft_wrap=True)


@app.command()
def fold(
    quick: Quick = False,
    results: Results = _RESULTS,
    stories: Stories = _STORIES,
    articles: Articles = None,
    step: Steps = None,
) -> None:
    """Folding: compare signing, whole dedups and their growth with other libraries."""
    from dataclasses import replace

    from rich.console import Console

    from tests.bench.fold import FULL, QUICK, Step, run_fold
    from tests.bench.fold_report import show_fold, write_fold_results

    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    progress = Console(stderr=True)
    size = QUICK if quick else FULL
    outcome = run_fold(
        replace(size, stored_articles=tuple(sorted({*size.stored_articles, *(articles or ())}))),
        stories if stories.exists() else None,
        log_line=lambda line: progress.print(line, style="dim", highlight=False),
        steps=[Step(one) for one in step] if step else list(Step),
    )
    show_fold(outcome, console)
    for path in write_fold_results(outcome, results):
        console.print(f"Written: {path}", style="dim", highlight=False, soft_wrap=True)
    if outcome.failed:
        progress.print(outcome.failed, style="red", highlight=False, markup=False)
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
