"""`copydesk wires pass`: confirm that a wire's articles are real copies."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.console.options import WireArgument
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.db import transaction
from copydesk.pipeline.incremental.runaway_guards import grant_exemption


@uses_database
def allow_growth(
    name: WireArgument,
    hours: Annotated[int, typer.Option(metavar="HOURS", min=1, max=24 * 31, help="Duration in hours.")] = 24,
) -> None:
    """Temporarily bypass the clustering guards for a wire.

    Check the evidence in the log of the failed fold first. Then clear the failed task, or run `copydesk profiles build`
    again.
    """
    settings = load_settings()
    wire = find_source(name, settings.source_folders).name
    with transaction(settings) as connection:
        until = grant_exemption(connection, wire, hours)
    typer.echo(f"The guards are bypassed for {wire} until {until:%Y-%m-%d %H:%M} UTC.")
