"""Find the commands of `copydesk` by their entry points, and build the application.

A command is an entry point of the group ``copydesk.commands`` in pyproject.toml. The crawler and the Airflow package
register theirs this way, so that this package does not import them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, distribution
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from copydesk.pipeline.cli import command_index
from copydesk.pipeline.cli.command_classes import Command, Group, LazyGroup

GROUP = "copydesk.commands"
"""The entry point group."""

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"]}
PASSTHROUGH_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
PASSTHROUGH_COMMANDS = {"airflow"}
"""Commands that pass their arguments and options on to another program."""


def list_commands() -> dict[str, list[EntryPoint]]:
    """Return the entry points by command, in the order of the help.

    Returns:
        For each command its own entry point, then those of its subcommands, such as ``wires.check``.
    """
    order = {name: place for place, name in enumerate(command_index.list_commands())}
    points = [point for point in distribution("copydesk").entry_points if point.group == GROUP]
    points.sort(key=lambda point: (point.name.count("."), order.get(point.name, len(order)), point.name))
    commands: dict[str, list[EntryPoint]] = {}
    for point in points:
        commands.setdefault(point.name.partition(".")[0], []).append(point)
    return commands


def make_app() -> typer.Typer:
    """Build the command line application. A command is loaded when it is run or its own help is shown."""
    points = list_commands()
    placeholders = {name: _make_placeholder(name, points[name]) for name in points}

    class Root(LazyGroup):
        summaries = placeholders

        def load_command(self, name: str) -> TyperCommand | TyperGroup:
            return load_command(name, points[name])

    app = typer.Typer(
        name="copydesk",
        cls=Root,
        help="Crawl wire news on a schedule, extract clean text, and cluster near-duplicates into stories in"
        " PostgreSQL.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings=dict(CONTEXT_SETTINGS),
    )
    app.callback()(_root_callback)
    return app


def load_command(name: str, points: list[EntryPoint]) -> TyperCommand | TyperGroup:
    """Load a command with its subcommands.

    Args:
        name: The command.
        points: Its entry point, then those of its subcommands.
    """
    app = typer.Typer(rich_markup_mode="markdown")
    app.callback()(_root_callback)  # so that typer makes a group, even of a single command
    panel = command_index.find_panel(name)
    loaded = points[0].load()
    if isinstance(loaded, typer.Typer):
        for point in points[1:]:
            short_name = point.name.partition(".")[2]
            if all(command.name != short_name for command in loaded.registered_commands):
                loaded.command(short_name)(point.load())
        for command in loaded.registered_commands:
            command.cls = Command
        app.add_typer(loaded, name=name, cls=Group, rich_help_panel=panel)
    elif name in PASSTHROUGH_COMMANDS:
        app.command(
            name, cls=Command, context_settings=dict(PASSTHROUGH_SETTINGS), add_help_option=False, rich_help_panel=panel
        )(loaded)
    else:
        app.command(name, cls=Command, rich_help_panel=panel)(loaded)
    group = typer.main.get_group(app)
    commands: Mapping[str, TyperCommand | TyperGroup] = group.commands  # type: ignore[assignment]
    return commands[name]


def _make_placeholder(name: str, points: list[EntryPoint]) -> TyperCommand:
    """Return a command that has only what the help shows of it."""
    summary = command_index.find_summary(name)
    if summary is None:
        summary = load_command(name, points).help or ""
    return TyperCommand(name, help=summary, rich_help_panel=command_index.find_panel(name), rich_markup_mode="markdown")


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
