"""Every command of `copydesk`, and where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

COMMANDS = {
    "up": "service:up",
    "down": "service:down",
    "status": "service:status",
    "airflow": "airflow:airflow",
    "bundle": "airflow:bundle",
    "demo": "demo:demo",
    "crawl": "crawl:crawl",
    "clean": "clean:clean",
    "dedup": "dedup:dedup",
    "stories": "stories:stories",
    "story": "stories:story",
    "runs": "stories:runs",
    "backfills": "backfills:backfills_app",
    "export": "export:export",
    "wires": "wires:wires_app",
    "profiles": "profiles:profiles_app",
    "quarantine": "quarantine:quarantine_app",
    "db": "database:db_app",
    "doctor": "doctor:doctor",
}
"""Of each command its module in `copydesk.pipeline.cli` and its function there, or its group of commands."""

ALL_ARGUMENTS = {"allow_extra_args": True, "ignore_unknown_options": True}
FOR_OTHERS = {"airflow"}
"""What these are given is another program's to read, options too."""


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
    app.callback()(_begin)
    asked = arguments[0] if arguments else ""
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, _, place = COMMANDS[name].partition(":")
        found = getattr(import_module(f"copydesk.pipeline.cli.{module}"), place)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        elif name in FOR_OTHERS:
            app.command(name, context_settings=dict(ALL_ARGUMENTS), add_help_option=False)(found)
        else:
            app.command(name)(found)
    return app


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"copydesk {version('copydesk')}")
        raise typer.Exit


def _begin(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version, and no more.")
    ] = False,
) -> None:
    """What comes before a command."""
