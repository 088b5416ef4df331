"""A figure of quality against speed: up is better, right is faster."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from tests.bench.clean import Board, Outcome, Row

OURS, PEER, INK, RULE = "#c2410c", "#475569", "#1e293b", "#e2e8f0"
# Possible label positions: offset in points, and alignment.
_PLACES = ((0, 12, "center"), (0, -13, "center"), (9, 0, "left"), (-9, 0, "right"), (0, 25, "center"))


def draw(outcome: Outcome, path: Path) -> None:
    """Draw one panel per set of pages; the file's suffix decides the format (svg, png)."""
    with mpl.rc_context({"font.family": "sans-serif", "font.size": 9, "svg.hashsalt": "copydesk", "text.color": INK}):
        figure = Figure(figsize=(6.4 * len(outcome.boards), 5.0), layout="constrained")
        panels = figure.subplots(1, len(outcome.boards), squeeze=False)[0]
        for axes, board in zip(panels, outcome.boards, strict=True):
            _draw_board(axes, board)
        figure.suptitle("Cleaning news pages: quality against speed, one processor", fontweight="bold")
        figure.text(0.005, -0.035, str(outcome.machine), fontsize=7, color=PEER)
        figure.draw_without_rendering()
        for axes, board in zip(panels, outcome.boards, strict=True):
            _label(axes, board)
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_board(axes: Axes, board: Board) -> None:
    rows = _list_rows(board)
    axes.set_xscale("log")
    for row in rows:
        axes.scatter(
            row.speed.per_second,
            row.score.f1,
            s=90 if row.ours else 45,
            marker="D" if row.ours else "o",
            color=OURS if row.ours else PEER,
            zorder=3,
        )
    low, high = min(row.score.f1 for row in rows), max(row.score.f1 for row in rows)
    margin = max(0.02, (high - low) * 0.12)
    axes.set_ylim(low - margin, high + margin)
    speeds = [row.speed.per_second for row in rows]
    axes.set_xlim(min(speeds) / 1.6, max(speeds) * 1.6)
    axes.set_title(board.title, fontsize=10)
    axes.set_xlabel("pages a second (log scale; right is faster)")
    axes.set_ylabel("body F1 (the axis does not begin at 0)")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(visible=True, which="both", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _label(axes: Axes, board: Board) -> None:
    """Label every point above, below or next to it, so that the label covers no other label or point."""
    rows = _list_rows(board)
    points = axes.transData.transform([(row.speed.per_second, row.score.f1) for row in rows])
    taken = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in points]
    for number, row in enumerate(rows):
        others = taken[:number] + taken[number + 1 :]
        for x, y, side in _PLACES:
            name = axes.annotate(
                row.name,
                (row.speed.per_second, row.score.f1),
                xytext=(x, y),
                textcoords="offset points",
                ha=side,
                va="center",
                color=OURS if row.ours else INK,
                fontweight="bold" if row.ours else "normal",
            )
            box = name.get_window_extent()
            if not any(box.overlaps(other) for other in others):
                break
            if (x, y, side) != _PLACES[-1]:
                name.remove()
        taken.append(box)


def _list_rows(board: Board) -> list[Row]:
    """Return the rows to draw; rows without the sandbox are only in the table."""
    return [row for row in board.rows if "no sandbox" not in row.name]
