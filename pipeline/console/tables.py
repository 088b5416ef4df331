"""How the command line prints: tables for people, JSON for programs, nothing that a terminal could be fooled by."""

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
"""Columns of a table that is not shown on a terminal."""


def load_sources() -> dict[str, Source]:
    """All wires; what is wrong with the others' files is told on standard error.

    Raises:
        BadSource: a folder of sources can't be looked into.
    """
    from copydesk.pipeline.core.settings import load_settings
    from copydesk.pipeline.core.source_files import load_valid_sources

    survey = load_valid_sources(load_settings().source_folders)
    for error in survey.errors.values():
        typer.echo(f"copydesk: {error}", err=True)
    return survey.sources


def print_json(rows: Iterable[Any]) -> None:
    """One JSON object a line."""
    for row in rows:
        plain = asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
        typer.echo(json.dumps(plain, default=_json_default, ensure_ascii=False))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "", right_aligned: str = ""
) -> None:
    """A table; ``right`` names the columns to align right, separated by blanks.

    Cells are plain text: control characters and markup in a headline stay inert.
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
    # A file or a pipe has no width of its own: nothing is cut there.
    (console if console.is_terminal else Console(width=PIPE_WIDTH_CHARS)).print(table)


def sanitize_cell(value: Any) -> str:
    """The value as one harmless line."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"
    return "".join(character if character.isprintable() else " " for character in str(value))


def pluralize(count: int, singular: str, plural: str = "") -> str:
    """``1 story``, ``2 stories``; ``many`` is for nouns that take more than an s."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


@contextmanager
def progress_bars(labels: Mapping[str, str]) -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each stage named, on standard error; nothing where that is no terminal. A total may be unknown."""
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
    """``stored 12  failed 1``: the counts that are not zero."""
    return "  ".join(f"{name} {count}" for name, count in counts.items() if count)


def _json_default(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
