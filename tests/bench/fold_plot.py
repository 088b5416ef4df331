"""A figure of the folding benchmark: signing speed, quality against speed of a whole dedup, and growth."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from tests.bench.fold import DedupBoard, FoldOutcome, SignBoard
from tests.bench.growth_claims import GrowthMeasurement
from tests.bench.plot import INK, OURS, PEER, RULE

_PLAIN = FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")


def draw_fold(outcome: FoldOutcome, path: Path) -> None:
    """Draw one panel per table of the run; the file's suffix decides the format (svg, png)."""
    panels = len(outcome.signing) + len(outcome.dedup) + bool(outcome.memory_growth) + bool(outcome.database_growth)
    if not panels:
        return
    across = min(panels, 4)
    down = -(-panels // across)
    with mpl.rc_context({"font.family": "sans-serif", "font.size": 9, "svg.hashsalt": "copydesk", "text.color": INK}):
        figure = Figure(figsize=(5.4 * across, 4.2 * down), layout="constrained")
        every = list(figure.subplots(down, across, squeeze=False).flat)
        places = iter(every)
        for board in outcome.signing:
            _draw_signing(next(places), board)
        for one in outcome.dedup:
            _draw_dedup(next(places), one)
        if outcome.memory_growth:
            _draw_memory_growth(next(places), outcome.memory_growth)
        if outcome.database_growth:
            _draw_database_growth(next(places), outcome.database_growth)
        for axes in places:
            axes.set_visible(False)
        figure.suptitle("Folding copies, one processor", fontweight="bold")
        figure.text(0.005, -0.035, str(outcome.machine), fontsize=7, color=PEER)
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)


def _draw_signing(axes: Axes, board: SignBoard) -> None:
    rows = sorted(board.rows, key=lambda row: row.per_second)
    names = [row.name if row.name.startswith(row.package) else f"{row.package} {row.name}" for row in rows]
    bars = axes.barh(names, [row.per_second for row in rows], color=[OURS if row.ours else PEER for row in rows])
    axes.bar_label(bars, [f"{row.per_second:,.0f}" for row in rows], padding=3, fontsize=8)
    axes.margins(x=0.15)
    _format_axes(axes, f"Signing: {board.title}", "texts a second", "")


def _draw_dedup(axes: Axes, board: DedupBoard) -> None:
    rows = [(row, row.agreement) for row in board.rows if row.agreement is not None]
    axes.set_xscale("log")
    for row, agreement in rows:
        color = OURS if row.ours else PEER
        axes.scatter(
            row.wall, agreement.ari, s=90 if row.ours else 45, marker="D" if row.ours else "o", color=color, zorder=3
        )
        axes.annotate(
            row.name, (row.wall, agreement.ari), xytext=(0, 9), textcoords="offset points", ha="center", color=color
        )
    axes.margins(x=0.25, y=0.2)
    _format_axes(
        axes, f"Dedup: {board.title}", "seconds (log scale; left is faster)", "ARI (the axis does not begin at 0)"
    )


def _draw_memory_growth(axes: Axes, boards: tuple[DedupBoard, ...]) -> None:
    for first in boards[0].rows:
        points = [(row.articles, row.wall) for board in boards for row in board.rows if row.name == first.name]
        axes.plot(*zip(*points, strict=True), marker="o", color=OURS if first.ours else PEER)
        axes.annotate(first.name, points[-1], xytext=(-4, 6), textcoords="offset points", ha="right", fontsize=8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(_PLAIN)
    axes.yaxis.set_minor_formatter(NullFormatter())
    _format_axes(axes, "A whole file in memory", "articles", "seconds")


def _draw_database_growth(axes: Axes, found: tuple[GrowthMeasurement, ...]) -> None:
    sizes = [one.articles for one in found]
    for name, style in (("sign", ":"), ("match", "--"), ("fold", "-."), ("total", "-")):
        axes.plot(sizes, [getattr(one, name) for one in found], style, marker="o", color=OURS, label=name)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, loc="best")
    _format_axes(axes, "1,000 new articles in the database", "articles that stand", "seconds")


def _format_axes(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.xaxis.set_major_formatter(_PLAIN)
    axes.grid(visible=True, which="major", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
