"""`copydesk searches`: save searches of stories, list and remove them."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import list_source_files
from copydesk.pipeline.db import transaction
from copydesk.pipeline.store.saved_searches import delete_search, list_searches, save_search
from copydesk.pipeline.views.story_filter import FILTER_FIELDS, parse_story_filter

searches_app = typer.Typer(
    help="Save searches of stories, list or remove them. Each reports a story once.", invoke_without_command=True
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the search.")]


@searches_app.callback()
def searches(context: typer.Context, as_json: Json = False) -> None:
    """List the saved searches if there is no subcommand."""
    if context.invoked_subcommand is None:
        show_searches(as_json=as_json)


@searches_app.command("list")
def show_searches(as_json: Json = False) -> None:
    """List the saved searches with their filters and the number of stories that each has found."""
    with connect_to_database() as connection:
        rows = list_searches(connection)
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("No saved searches.")
    else:
        print_table(
            ["name", "filter", "by", "since", "stories"],
            [(r.name, " ".join(f"{k}={v}" for k, v in r.fields.items()), r.created_by, r.created_at, r.matches)
             for r in rows],
            right_aligned="stories",
        )  # fmt: skip


@searches_app.command("add")
@uses_database
def add(
    name: Name,
    fields: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE", help=f"The filter, as on the page Stories: {', '.join(FILTER_FIELDS)}."),
    ],
) -> None:
    """Save a search: every story that matches it from now on is reported once."""
    given = dict(field.partition("=")[::2] for field in fields)
    if unknown := sorted(set(given) - set(FILTER_FIELDS)):
        raise BadInput(f"There is no field {unknown[0]!r}.", f"Use {', '.join(FILTER_FIELDS)}, each with =VALUE.")
    settings = load_settings()
    with transaction(settings) as connection:
        parse_story_filter(connection, given, list_source_files(settings.source_folders))
        save_search(connection, name, given, _get_user())
    typer.echo(f"Saved the search {name!r}.")


def _get_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has an ID but no name
        return "unknown"


@searches_app.command("remove")
@uses_database
def remove(name: Name) -> None:
    """Remove a saved search."""
    with transaction(load_settings()) as connection:
        delete_search(connection, name)
    typer.echo(f"Removed the search {name!r}.")
