"""Print tables and JSON; no text from a page can send control characters to the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from copydesk.pipeline.core.source import Source

PIPE_WIDTH_CHARS = 240
"""Width of a table that is not printed to a terminal, in characters: wide enough for a title and a URL."""

COLUMN_GAP_CHARS = 2
"""Spaces between two columns of a table: rich's padding of a cell, left and right."""

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that JSON allows in a string, but that end a line for some programs or reorder the text of a terminal."""


def load_sources(*, configured: bool = False) -> dict[str, Source]:
    """Return the valid sources by wire; print the errors of invalid files to standard error.

    Args:
        configured: Leave out the wires of the catalogue that are not enabled.

    Raises:
        BadSource: A sources folder cannot be read.
    """
    from copydesk.pipeline.core.configured_sources import load_configured_sources
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.core.source_files import load_valid_sources

    settings = load_settings()
    result = load_configured_sources(settings) if configured else load_valid_sources(settings.source_folders)
    for error in result.errors.values():
        typer.echo(f"copydesk: {error}", err=True)
    return result.sources


def print_json(rows: Iterable[Any]) -> None:
    """Print one JSON object per line.

    Args:
        rows: Mappings or dataclasses.
    """
    for row in rows:
        plain = asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
        text = json.dumps(plain, default=_json_default, ensure_ascii=False)
        typer.echo(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "", right_aligned: str | Sequence[str] = ""
) -> None:
    """Print a table of plain text: control characters and markup in a headline have no effect.

    Args:
        columns: The column headers.
        rows: The cells of each row.
        title: Printed above the table, if not empty.
        right_aligned: The columns to align right, as a list or separated by spaces.
    """
    numeric = right_aligned.split() if isinstance(right_aligned, str) else right_aligned
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_WIDTH_CHARS)  # a file or a pipe has no width
    cells = [[Text(sanitize_cell(cell)) for cell in row] for row in rows]
    widths = [
        max((row[number].cell_len for row in cells), default=0) for number in range(len(columns))
    ]  # fmt: skip
    widths = [max(width, cell_len(column)) for width, column in zip(widths, columns, strict=True)]
    limit = _find_width_limit(widths, console.width - COLUMN_GAP_CHARS * (len(columns) - 1))
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column,
            justify="right" if column in numeric else "left",
            overflow="ellipsis",
            no_wrap=True,
            width=min(width, limit),
        )
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _find_width_limit(widths: Sequence[int], available: int) -> int:
    """Return the width to which the widest columns are cut, so that all columns fit: short ones stay whole.

    Args:
        widths: The widths of the columns, in terminal cells.
        available: The width of the line without the spaces between columns.
    """
    for number, width in enumerate(sorted(widths)):
        share = available // (len(widths) - number)
        if width > share:
            return max(share, 1)
        available -= width
    return max(widths, default=1)


def sanitize_cell(value: Any) -> str:
    """Return the value as one line of printable text; times as ``2026-03-01 05:00``, durations as ``+1:30``."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"
    return "".join(character if character.isprintable() else " " for character in str(value))


def pluralize(count: int, singular: str, plural: str = "") -> str:
    """Return the count with its noun: ``1 story``, ``2 stories``.

    Args:
        count: The number.
        singular: The noun.
        plural: Its plural, if that is not the singular with an s.
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


@contextmanager
def progress_bars(labels: Mapping[str, str]) -> Iterator[Callable[[str, int, int | None], None]]:
    """Show one progress bar per stage on standard error, if that is a terminal.

    Args:
        labels: The label of each stage.

    Yields:
        A callback that takes the stage, the number of items done, and the total (None if unknown).
    """
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
        tasks = {stage: bar.add_task(label, total=None, visible=False) for stage, label in labels.items()}
        yield lambda stage, done, total: bar.update(tasks[stage], completed=done, total=total, visible=True)


def format_counts(counts: Mapping[str, int]) -> str:
    """Return the counts that are not zero, as ``stored 12  failed 1``."""
    return "  ".join(f"{name} {count}" for name, count in counts.items() if count)


def _json_default(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
