"""`copydesk config`: show the settings and where they come from, and change the settings file."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from copydesk.pipeline.config.setting_rows import list_settings, list_unknown_variables
from copydesk.pipeline.config.write import write_setting
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.running_up import FIXED_AT_START, read_running_record
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.settings_file import get_variable, locate_settings_file
from copydesk.pipeline.core.settings_sources import find_settings_file

config_app = typer.Typer(
    help="Show the settings and where each one comes from; change the settings file.", invoke_without_command=True
)


@config_app.callback()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Show the settings and where each one comes from; change the settings file."""
    if context.invoked_subcommand is not None:
        return
    settings = load_settings()
    rows = list_settings(settings)
    if as_json:
        print_json(asdict(row) for row in rows)
    else:
        print_table(["key", "value", "from"], [(row.key, row.value, row.origin) for row in rows])
        path = locate_settings_file(settings.home)
        typer.echo(f"\nFile: {path}{'' if path.exists() else ' (does not exist)'}")
    for name in list_unknown_variables():
        typer.echo(f"copydesk: {name} is set, but there is no such setting.", err=True)


@config_app.command("path")
def print_path() -> None:
    """Print the path of the settings file, which may not exist yet."""
    typer.echo(find_settings_file())


@config_app.command("get")
def get_value(key: Annotated[str, typer.Argument(metavar="KEY", help="For example `ui_port`.")]) -> None:
    """Print the value of one setting; values that may contain a password are masked."""
    from copydesk.pipeline.core.settings_file import get_field

    get_field(key, Settings)
    typer.echo(next(row.value for row in list_settings(load_settings()) if row.key == key))


@config_app.command("set")
def set_value(
    key: Annotated[str, typer.Argument(metavar="KEY", help="For example `ui_port` or `wires.enabled`.")],
    value: Annotated[
        str,
        typer.Argument(metavar="VALUE", help="The new value. Items of a list are separated by commas, folders by `:`."),
    ],
) -> None:
    """Set a key in the settings file; comments in it are kept."""
    path = write_setting(key, value)
    typer.echo(f"{key} is set in {path}.")
    _explain_effect(key)


@config_app.command("unset")
def unset_value(key: Annotated[str, typer.Argument(metavar="KEY", help="For example `ui_port`.")]) -> None:
    """Remove a key from the settings file, so that the default applies."""
    path = write_setting(key, None)
    typer.echo(f"{key} is not set in {path}.")
    _explain_effect(key)


def _explain_effect(key: str) -> None:
    """Say why a change of the file has no effect yet, if it has none."""
    variable = get_variable(key)
    if variable in os.environ:
        typer.echo(f"The environment variable {variable} has precedence.", err=True)
    elif key in FIXED_AT_START and read_running_record(load_settings().home):
        typer.echo("It takes effect after `copydesk down` and `copydesk up`.", err=True)
