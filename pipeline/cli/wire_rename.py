"""`copydesk wires rename`: give a wire another name and keep its history."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import pluralize, print_json
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source, list_source_files
from copydesk.pipeline.db import transaction
from copydesk.pipeline.store.wire_names import rename_wire


@uses_database
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The wire's present name in the database.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name, as in the wire's file.")],
    as_json: Json = False,
) -> None:
    """Move everything that is stored for a wire to its new name: pages, articles, runs, boilerplate, quarantine.

    Rename the wire's file first, and change `name` in it.
    """
    settings = load_settings()
    find_source(new, settings.source_folders)
    if old in list_source_files(settings.source_folders):
        raise BadInput(f"The wire {old} still has a source file.", "Rename or remove that file first.")
    with transaction(settings) as connection:
        renamed = rename_wire(connection, old, new)
    if as_json:
        print_json(
            [{"old": old, "new": new, "pages": renamed.pages, "articles": renamed.articles, "runs": renamed.runs}]
        )
    elif renamed.pages or renamed.runs:
        pages, articles, runs = (
            pluralize(renamed.pages, "page"), pluralize(renamed.articles, "article"), pluralize(renamed.runs, "run"),
        )  # fmt: skip
        typer.echo(f"{old} is {new} now: {pages}, {articles}, {runs}.")
    else:
        typer.echo(f"Nothing is stored under the name {old}.")
