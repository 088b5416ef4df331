"""Options that select stories and articles, and what to print if nothing matches."""

from __future__ import annotations

from typing import Annotated

import typer
from psycopg import Connection

from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import Row
from copydesk.pipeline.views.article_queries import read_article_range
from copydesk.pipeline.views.wire_queries import assert_wire_is_known

Language = Annotated[str, typer.Option(metavar="CODE", help="Only this language, such as en; en also matches en-GB.")]
WireFilter = Annotated[str, typer.Option(metavar="WIRE", autocompletion=complete_wire, help="Only this wire.")]


def check_wire(connection: Connection[Row], wire: str) -> str | None:
    """Return the name of a wire that is known; None if it is empty.

    Raises:
        NotFound: The wire is neither configured nor stored.
    """
    if wire:
        assert_wire_is_known(connection, wire, list_source_files(load_settings().source_folders))
    return wire or None


def describe_no_match(connection: Connection[Row], noun: str, options: dict[str, object]) -> str:
    """Return why a list is empty and how to widen it.

    Args:
        connection: An open connection.
        noun: What was listed, in the plural.
        options: The values of the options that restrict the list, by name; empty ones had no effect.
    """
    used = [f"{name} {value}" for name, value in options.items() if value]
    stored = read_article_range(connection)
    if stored is None:
        return (
            f"No {noun} yet. Run `copydesk up` to start the schedule; `copydesk runs` lists the runs and `copydesk"
            " wires` the wires."
        )
    span = f"Articles are stored from {stored[0]:%Y-%m-%d %H:%M} to {stored[1]:%Y-%m-%d %H:%M}."
    if not used:
        return f"No {noun} match. {span}"
    return f"No {noun} match {', '.join(used)}. {span} Remove or widen an option."
