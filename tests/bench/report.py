"""Results as tables for the terminal, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.clean import Board, Outcome, Row

_MIB = 2**20
NOTES = (
    "pages/s: on one processor, the fastest of the rounds that all took in turn.",
    "x: times bare trafilatura with metadata; x cpu: the same by processor time. Time and MiB (peak): children's too.",
    "copydesk is the whole chain with metadata and wire cleaning, in its sandbox unless it says otherwise.",
)


def list_columns(board: Board) -> list[str]:
    """Return the headings of a board's table."""
    extra = "exact" if any(row.score.exact is not None for row in board.rows) else "wire F1"
    return ["", "body F1", "P", "R", extra, "title", "date", "pages/s", "x", "x cpu", "MiB"]


def list_cells(row: Row) -> list[str]:
    """Return the cells of one row."""
    score, speed = row.score, row.speed
    extra = score.exact if score.exact is not None else score.wire_f1
    return [
        row.name if row.ours else f"{row.name} {row.version}",
        *(format_share(share) for share in (score.f1, score.precision, score.recall, extra, score.title, score.date)),
        f"{speed.per_second:.0f}" if speed.per_second >= 10 else f"{speed.per_second:.1f}",
        f"{speed.ratio:.2f}",
        f"{speed.cpu_ratio:.2f}",
        f"{speed.peak / _MIB:.0f}",
    ]


def show(outcome: Outcome, console: Console) -> None:
    """Print the tables."""
    for board in outcome.boards:
        table = Table(title=_format_title(board), title_justify="left", box=None, pad_edge=False, header_style="bold")
        for at, heading in enumerate(list_columns(board)):
            table.add_column(heading, justify="left" if at == 0 else "right", no_wrap=True)
        for row in board.rows:
            table.add_row(*list_cells(row), style="bold" if row.ours else "")
        console.print()
        console.print(table)
    console.print()
    for line in (*NOTES, *outcome.missing, f"Measured {outcome.machine}."):
        console.print(line, style="dim", highlight=False)


def write_markdown(outcome: Outcome) -> str:
    """Return the tables as Markdown."""
    parts: list[str] = [f"Measured {outcome.machine}."]
    for board in outcome.boards:
        columns = list_columns(board)
        lines = [format_row(columns), format_row(["---", *["---:"] * (len(columns) - 1)])]
        for row in board.rows:
            cells = list_cells(row)
            lines.append(format_row([f"**{cell}**" for cell in cells] if row.ours else cells))
        parts += [f"### {_format_title(board)}", "\n".join(lines)]
    parts += ["\n".join(f"- {line}" for line in (*NOTES, *outcome.missing))]
    return "\n\n".join(parts) + "\n"


def to_json(outcome: Outcome) -> dict[str, Any]:
    """Return everything that was measured."""
    return asdict(outcome)


def write_results(outcome: Outcome, folder: Path) -> list[Path]:
    """Write ``clean.json``, ``clean.md`` and, if matplotlib is installed, ``clean.svg``; return the written paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data, table = folder / "clean.json", folder / "clean.md"
    data.write_text(json.dumps(to_json(outcome), indent=2) + "\n", encoding="utf-8")
    table.write_text(write_markdown(outcome), encoding="utf-8")
    written = [data, table]
    try:
        from tests.bench.plot import draw
    except ModuleNotFoundError:
        return written
    picture = folder / "clean.svg"
    draw(outcome, picture)
    return [*written, picture]


def _format_title(board: Board) -> str:
    pages, timed = board.rows[0].score.pages, board.rows[0].speed.pages
    return f"{board.title} ({pages} pages, {timed} of them timed)"


def format_share(share: float | None) -> str:
    """Format a share with three decimals; empty if it is not known."""
    return "" if share is None else f"{share:.3f}"


def format_row(cells: Sequence[str]) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(cells)} |"
