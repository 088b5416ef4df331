"""Results of the folding benchmark as tables for the terminal, Markdown and JSON, with the claims that they meet or
miss.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import dedupers, signers
from tests.bench.fold import DedupBoard, FoldOutcome, Run, SignBoard
from tests.bench.growth_claims import Claim, GrowthMeasurement, check_growth, describe_missing_growth
from tests.bench.report import format_row, format_share

_MIB = 2**20
_TEMPLATES = ("notice", "alert")
NOTES = (
    "docs/s, s: the fastest of the rounds that all took in turn, on one processor; x: times rensa's R-MinHash.",
    "s, cpu s, MiB of dedup: of the whole process, from its start to its end, reading and writing the files included.",
    "wrong joins: pairs put together that are of two stories; of them with a series, a template or a digest in them.",
)


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table; ``bold`` are the numbers of Copydesk's rows."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    bold: frozenset[int] = frozenset()


def list_tables(outcome: FoldOutcome) -> Iterator[ResultTable]:
    """Yield all tables of a run."""
    for board in outcome.signing:
        yield _make_signing_table(board)
    for one in outcome.dedup:
        yield _make_dedup_table(one)
    for one in outcome.memory_growth:
        yield _make_memory_growth_table(one)
    if outcome.database_growth:
        yield _make_database_growth_table(outcome.database_growth)


def list_claims(outcome: FoldOutcome) -> Iterator[Claim]:
    """Yield the documented claims about speed and growth, each checked against this run."""
    for board in outcome.signing:
        ours = board.find(signers.OURS)
        for name, least in ((signers.RENSA, 2.0), (signers.SHA1, 5.0), (signers.GAOYA, 1.0)):
            other = board.find(name)
            if ours and other:
                ratio = ours.per_second / other.per_second
                text = f"{board.title}: signing at least {least:g} x {name}"
                yield Claim(text, f"{ratio:.2f} times", ratio >= least)
    for one in outcome.dedup:
        ours_run = one.find(dedupers.OURS)
        for name in (dedupers.STOCK, dedupers.BULK):
            run = one.find(name)
            if ours_run and run and one.name != "series":
                figure = f"{ours_run.wall:.2f} s against {run.wall:.2f} s"
                yield Claim(f"{one.title}: copydesk dedup no slower than {name}", figure, ours_run.wall <= run.wall)
    yield from check_growth(outcome.database_growth)


def list_missing(outcome: FoldOutcome) -> list[str]:
    """Return what is not in the tables, with the reason."""
    return [*outcome.missing, *filter(None, [describe_missing_growth(outcome.database_growth), outcome.failed])]


def show_fold(outcome: FoldOutcome, console: Console) -> None:
    """Print the tables."""
    for result in list_tables(outcome):
        table = Table(title=result.title, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for at, heading in enumerate(result.columns):
            table.add_column(heading, justify="left" if at == 0 else "right", no_wrap=True)
        for at, cells in enumerate(result.lines):
            table.add_row(*cells, style="bold" if at in result.bold else "")
        console.print()
        console.print(table)
    console.print()
    for claim in list_claims(outcome):
        console.print(str(claim), style="green" if claim.shown else "red", highlight=False, markup=False)
    for line in (*NOTES, *list_missing(outcome), f"Measured {outcome.machine}."):
        console.print(line, style="dim", highlight=False)


def write_fold_markdown(outcome: FoldOutcome) -> str:
    """Return the tables as Markdown."""
    parts = [f"Measured {outcome.machine}."]
    for result in list_tables(outcome):
        lines = [format_row(result.columns), format_row(["---", *["---:"] * (len(result.columns) - 1)])]
        for at, cells in enumerate(result.lines):
            lines.append(format_row([f"**{cell}**" if cell else "" for cell in cells] if at in result.bold else cells))
        parts += [f"### {result.title}", "\n".join(lines)]
    parts += ["\n".join(f"- {line}" for line in (*list_claims(outcome), *NOTES, *list_missing(outcome)))]
    return "\n\n".join(parts) + "\n"


def write_fold_results(outcome: FoldOutcome, folder: Path) -> list[Path]:
    """Write ``fold.json``, ``fold.md`` and, if matplotlib is installed, ``fold.svg``; return the written paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data, table = folder / "fold.json", folder / "fold.md"
    claims = [asdict(claim) for claim in list_claims(outcome)]
    data.write_text(json.dumps(asdict(outcome) | {"claims": claims}, indent=2) + "\n", encoding="utf-8")
    table.write_text(write_fold_markdown(outcome), encoding="utf-8")
    try:
        from tests.bench.fold_plot import draw_fold
    except ModuleNotFoundError:
        return [data, table]
    picture = folder / "fold.svg"
    draw_fold(outcome, picture)
    return [data, table, picture]


def _make_signing_table(board: SignBoard) -> ResultTable:
    base = board.find(signers.RENSA)
    lines = [
        (
            _format_name(row.name, row.package, row.version, ours=row.ours),
            f"{row.per_second:,.0f}",
            f"{row.per_second / base.per_second:.2f}" if base else "",
            f"{row.texts / row.cpu:,.0f}",
            f"{row.peak / _MIB:.0f}",
        )
        for row in board.rows
    ]
    title = f"Signing: {board.title} ({board.rows[0].texts:,} texts)"
    return ResultTable(title, ("", "docs/s", "x", "docs/cpu s", "MiB"), tuple(lines), _find_own_rows(board.rows))


def _make_dedup_table(board: DedupBoard) -> ResultTable:
    kinds = board.name == "sample"
    columns = ("", "s", "cpu s", "MiB", "ARI", "P", "R", "largest", "wrong joins")
    lines = []
    for row in board.rows:
        agreement = row.agreement
        assert agreement is not None
        shares = (format_share(share) for share in (agreement.ari, agreement.precision, agreement.recall))
        cells = (*_format_cost(row), *shares, f"{agreement.largest:,}", f"{agreement.wrong:,}")
        if kinds:
            by = agreement.wrong_by_kind
            templates = sum(by.get(kind, 0) for kind in _TEMPLATES)
            cells += tuple(f"{count:,}" for count in (by.get("series", 0), templates, by.get("roundup", 0)))
        lines.append(cells)
    title = f"Dedup: {board.title} ({board.rows[0].articles:,} articles)"
    return ResultTable(
        title, columns + (("series", "templates", "digests") if kinds else ()), tuple(lines), _find_own_rows(board.rows)
    )


def _make_memory_growth_table(board: DedupBoard) -> ResultTable:
    lines = tuple((*_format_cost(row), f"{row.articles / row.wall:,.0f}") for row in board.rows)
    return ResultTable(f"Growth: {board.title}", ("", "s", "cpu s", "MiB", "docs/s"), lines, _find_own_rows(board.rows))


def _make_database_growth_table(found: tuple[GrowthMeasurement, ...]) -> ResultTable:
    columns = ("articles that stand", "sign, s", "match, s", "fold, s", "all, s", "cpu s", "pairs looked at")
    lines = tuple(
        (
            f"{one.articles:,}",
            *(f"{value:.2f}" for value in (one.sign, one.match, one.fold, one.total, one.cpu)),
            f"{one.candidates:,.0f}",
            f"{one.worker_mb:.0f}",
            f"{one.backend_mb:.0f}",
            f"{one.size:,}",
        )
        for one in found
    )
    memory = ("worker, MB", "server process, MB", "bytes an article")
    return ResultTable("Growth: 1,000 new articles in the database (copydesk)", (*columns, *memory), lines)


def _format_cost(row: Run) -> tuple[str, ...]:
    name = _format_name(row.name, row.package, row.version, ours=row.ours)
    return name, f"{row.wall:.2f}", f"{row.cpu:.2f}", f"{row.peak / _MIB:.0f}"


def _format_name(name: str, package: str, version: str, *, ours: bool) -> str:
    label = name if name.startswith(package) else f"{package} {name}"
    return label if ours else f"{label} {version}"


def _find_own_rows(rows: tuple[object, ...]) -> frozenset[int]:
    return frozenset(at for at, row in enumerate(rows) if getattr(row, "ours", False))
