"""Command line options and arguments that several commands share, and the completion of their values."""

from __future__ import annotations

from typing import Annotated

import typer


def complete_wire(incomplete: str) -> list[str]:
    """Return the wires with a name that starts so; no source file is read."""
    from copydesk.pipeline.core.errors import CopydeskError
    from copydesk.pipeline.core.settings import load_settings_without_database
    from copydesk.pipeline.core.source_files import list_source_files

    try:
        names = list_source_files(load_settings_without_database().source_folders)
    except CopydeskError:
        return []  # the command itself reports it
    return [name for name in names if name.startswith(incomplete)]


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Limit = Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="Maximum number of rows.")]
WireArgument = Annotated[
    str,
    typer.Argument(metavar="WIRE", autocompletion=complete_wire, help="Name of the wire; see `copydesk wires`."),
]
