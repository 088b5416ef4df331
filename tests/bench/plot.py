"""Quality against speed, at one look: up is better, right is faster."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tests.bench.clean import Board, Outcome, Row

_OURS, _PEER, _INK = "#c2410c", "#475569", "#1e293b"


def draw(outcome: Outcome, path: Path) -> None:
    """Draw one panel a set of pages; the file's ending tells the form (svg, png)."""
    with mpl.rc_context({"font.family": "sans-serif", "font.size": 9, "svg.hashsalt": "copydesk", "text.color": _INK}):
        figure = Figure(figsize=(6.4 * len(outcome.boards), 5.0), layout="constrained")
        panels = figure.subplots(1, len(outcome.boards), squeeze=False)[0]
        for axes, board in zip(panels, outcome.boards, strict=True):
            _draw_board(axes, board)
        figure.suptitle("Cleaning news pages: quality against speed, one processor", fontweight="bold")
        figure.text(0.005, -0.035, str(outcome.machine), fontsize=7, color=_PEER)
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_board(axes: Axes, board: Board) -> None:
    # Without the sandbox is for information, in the table.
    rows = [row for row in board.rows if "no sandbox" not in row.name]
    axes.set_xscale("log")
    for row in rows:
        axes.scatter(
            row.speed.per_second,
            row.score.f1,
            s=90 if row.ours else 45,
            marker="D" if row.ours else "o",
            color=_OURS if row.ours else _PEER,
            zorder=3,
        )
    low, high = min(row.score.f1 for row in rows), max(row.score.f1 for row in rows)
    room = max(0.02, (high - low) * 0.12)
    axes.set_ylim(low - room, high + room)
    speeds = [row.speed.per_second for row in rows]
    axes.set_xlim(min(speeds) / 1.6, max(speeds) * 1.6)
    for row, lift in _place_labels(rows, room):
        axes.annotate(
            row.name,
            (row.speed.per_second, row.score.f1),
            xytext=(0, lift),
            textcoords="offset points",
            ha="center",
            va="center",
            color=_OURS if row.ours else _INK,
            fontweight="bold" if row.ours else "normal",
        )
    axes.set_title(board.title, fontsize=10)
    axes.set_xlabel("pages a second (log scale; right is faster)")
    axes.set_ylabel("body F1 (the axis does not begin at 0)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(visible=True, which="both", color="#e2e8f0", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _place_labels(rows: list[Row], room: float) -> list[tuple[Row, int]]:
    """Labels above their points, below where a neighbour of about the same speed is just above."""
    placed = []
    for row in rows:
        crowded = any(
            other is not row
            and 0.55 < other.speed.per_second / row.speed.per_second < 1.8
            and 0 <= other.score.f1 - row.score.f1 < room * 0.9
            for other in rows
        )
        placed.append((row, -13 if crowded else 12))
    return placed
