"""``python -m tests.bench [clean]``: without a part's name, all parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_ROOT = Path(__file__).resolve().parents[2]
_RESULTS = _ROOT / "bench" / "results"
_WIDE = 120
_SAVED = _ROOT.parent / "shared" / "corpora" / "pages"

app = typer.Typer(add_completion=False, help="Quality and speed, side by side.", pretty_exceptions_enable=False)

Quick = Annotated[bool, typer.Option("--quick", help="A few pages, one round: whether it works, not how well.")]
Results = Annotated[Path, typer.Option(help="The folder that JSON, Markdown and SVG go to.")]
Saved = Annotated[Path, typer.Option(help="A folder of saved pages with INDEX.tsv; left out where it is not there.")]


@app.callback(invoke_without_command=True)
def run_all(context: typer.Context, quick: Quick = False, results: Results = _RESULTS, saved: Saved = _SAVED) -> None:
    """Run every part, one after the other."""
    if context.invoked_subcommand is None:
        clean(quick=quick, results=results, saved=saved)


@app.command()
def clean(quick: Quick = False, results: Results = _RESULTS, saved: Saved = _SAVED) -> None:
    """Cleaning: Copydesk's chain beside the extractors that others use."""
    # Imported here: each contender's process imports this module too, and needs none of it.
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
        told=lambda line: progress.print(line, style="dim", highlight=False),
    )
    show(outcome, console)
    for path in write_results(outcome, results):
        console.print(f"Written: {path}", style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
