"""`copydesk wires pass`: a person's word that a wire's articles are copies indeed."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.db import load_queries, transaction
from copydesk.pipeline.db.schema import ensure_schema


def allow_growth(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The wire.")],
    hours: Annotated[int, typer.Option(min=1, max=24 * 31, help="For how long.")] = 24,
) -> None:
    """Let a wire pass the guards that stopped a fold, after you looked at the evidence that it told.

    Clear the failed task, or run `copydesk profiles build` again; afterwards the guards hold as before.
    """
    settings = load_settings()
    wire = find_source(name, settings.source_folders).name
    ensure_schema(settings)
    with transaction(settings) as connection:
        row = connection.execute(load_queries("guard")["save_exemption"], {"wire": wire, "hours": hours}).fetchone()
    typer.echo(f"{wire} passes the guards until {row[0]:%Y-%m-%d %H:%M} UTC." if row else "")
