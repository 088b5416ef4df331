"""The commands of `copydesk`, as their packages register them, and the application made of them.

A command is an entry point of the group ``copydesk.commands`` in pyproject.toml: its name, and where it is written.
So the crawler and the Airflow part add theirs without being imported from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, distribution
from typing import Annotated

import typer

GROUP = "copydesk.commands"

HELP_ORDER = (
    "up", "down", "status", "demo", "airflow", "bundle", "backfills", "crawl", "clean", "dedup", "stories", "story",
    "runs", "export", "wires", "profiles", "quarantine", "db", "doctor",
)  # fmt: skip
"""The order of `copydesk --help`; a command that is not listed comes last."""

PASSTHROUGH_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
PASSTHROUGH_COMMANDS = {"airflow"}
"""What these are given is another program's to read, options too."""


def list_commands() -> dict[str, list[EntryPoint]]:
    """The commands by name, in the order of the help: of each its entry point, then those of its subcommands."""
    points = [point for point in distribution("copydesk").entry_points if point.group == GROUP]
    points.sort(key=lambda point: (point.name.count("."), _place_in_help(point.name), point.name))
    commands: dict[str, list[EntryPoint]] = {}
    for point in points:
        commands.setdefault(point.name.partition(".")[0], []).append(point)
    return commands


def _place_in_help(name: str) -> int:
    return HELP_ORDER.index(name) if name in HELP_ORDER else len(HELP_ORDER)


def make_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line: of the command that ``arguments`` begin with alone, or else of all.

    Loading them all takes several times as long as most commands do.
    """
    app = typer.Typer(
        name="copydesk",
        help="Fetches wire news on a schedule, cleans it, folds the copies into stories, keeps them in PostgreSQL.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_root_callback)
    commands = list_commands()
    command = arguments[0] if arguments else ""
    for name in [command] if command in commands else commands:
        found = commands[name][0].load()
        if isinstance(found, typer.Typer):
            for subcommand in commands[name][1:]:
                added = subcommand.name.partition(".")[2]
                if all(command.name != added for command in found.registered_commands):
                    found.command(added)(subcommand.load())
            app.add_typer(found, name=name)
        elif name in PASSTHROUGH_COMMANDS:
            app.command(name, context_settings=dict(PASSTHROUGH_SETTINGS), add_help_option=False)(found)
        else:
            app.command(name)(found)
    return app


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        typer.echo(f"copydesk {version('copydesk')}")
        raise typer.Exit


def _root_callback(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Tell the version, and no more.")
    ] = False,
) -> None:
    """What comes before a command."""
