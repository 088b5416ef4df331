"""Find the commands of `copydesk` by their entry points, and build the application.

A command is an entry point of the group ``copydesk.commands`` in pyproject.toml. The crawler and the Airflow package
register theirs this way, so that this package does not import them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, distribution
from typing import Annotated

import typer

GROUP = "copydesk.commands"
"""The entry point group."""

HELP_ORDER = (
    "up", "down", "status", "demo", "airflow", "bundle", "backfills", "crawl", "clean", "dedup", "stories", "story",
    "runs", "export", "wires", "profiles", "quarantine", "db", "doctor",
)  # fmt: skip
"""The order of commands in `copydesk --help`; commands that are not listed come last."""

PASSTHROUGH_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
PASSTHROUGH_COMMANDS = {"airflow"}
"""Commands that pass their arguments and options on to another program."""


def list_commands() -> dict[str, list[EntryPoint]]:
    """Return the entry points by command, in the order of the help.

    Returns:
        For each command its own entry point, then those of its subcommands, such as ``wires.check``.
    """
    points = [point for point in distribution("copydesk").entry_points if point.group == GROUP]
    points.sort(key=lambda point: (point.name.count("."), _place_in_help(point.name), point.name))
    commands: dict[str, list[EntryPoint]] = {}
    for point in points:
        commands.setdefault(point.name.partition(".")[0], []).append(point)
    return commands


def _place_in_help(name: str) -> int:
    return HELP_ORDER.index(name) if name in HELP_ORDER else len(HELP_ORDER)


def make_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Build the command line application.

    Args:
        arguments: The arguments to be parsed. If the first one is a command, only that command is loaded: loading all
            takes several times as long as most commands run.
    """
    app = typer.Typer(
        name="copydesk",
        help="Crawl wire news on a schedule, extract clean text, and cluster near-duplicates into stories in"
        " PostgreSQL.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_root_callback)
    commands = list_commands()
    command = arguments[0] if arguments else ""
    for name in [command] if command in commands else commands:
        loaded = commands[name][0].load()
        if isinstance(loaded, typer.Typer):
            for subcommand in commands[name][1:]:
                short_name = subcommand.name.partition(".")[2]
                if all(command.name != short_name for command in loaded.registered_commands):
                    loaded.command(short_name)(subcommand.load())
            app.add_typer(loaded, name=name)
        elif name in PASSTHROUGH_COMMANDS:
            app.command(name, context_settings=dict(PASSTHROUGH_SETTINGS), add_help_option=False)(loaded)
        else:
            app.command(name)(loaded)
    return app


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        typer.echo(f"copydesk {version('copydesk')}")
        raise typer.Exit


def _root_callback(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Define the options that precede a command."""
