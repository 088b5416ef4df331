"""Print tables and JSON; no text from a page can send control characters to the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from copydesk.pipeline.core.source import Source

PIPE_WIDTH_CHARS = 240
"""Width of a table that is not printed to a terminal, in characters: wide enough for every column."""


def load_sources() -> dict[str, Source]:
    """Return the valid sources by wire; print the errors of invalid files to standard error.

    Raises:
        BadSource: A sources folder cannot be read.
    """
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.core.source_files import load_valid_sources

    result = load_valid_sources(load_settings().source_folders)
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
        typer.echo(json.dumps(plain, default=_json_default, ensure_ascii=False))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "", right_aligned: str = ""
) -> None:
    """Print a table of plain text: control characters and markup in a headline have no effect.

    Args:
        columns: The column headers.
        rows: The cells of each row.
        title: Printed above the table, if not empty.
        right_aligned: The columns to align right, separated by spaces.
    """
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right_aligned.split() else "left",
            overflow="ellipsis",
            no_wrap=True,
            ratio=1 if column == "title" else None,
        )
    for row in rows:
        table.add_row(*(Text(sanitize_cell(cell)) for cell in row))
    console = Console()
    # A file or a pipe has no width; do not truncate cells there.
    (console if console.is_terminal else Console(width=PIPE_WIDTH_CHARS)).print(table)


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
