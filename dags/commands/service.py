"""`copydesk up`, `down` and `status`: start, stop and show the embedded database, Airflow and the sample wires."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from copydesk.dags.deploy.local_stack import make_daemons, start_all, stop_all, ui_url
from copydesk.pipeline.core.settings import load_requested_settings, load_settings
from copydesk.pipeline.db import embedded, locate_database, redact_url

PerDay = Annotated[int | None, typer.Option(min=10, max=1_000_000, help="Articles per day of the sample wires.")]


def up(
    sample: Annotated[
        bool, typer.Option("--sample", help="Start the simulated sample wires and crawl only those.")
    ] = False,
    per_day: PerDay = None,
) -> None:
    """Start the database and Airflow with its UI; processes that are already running are kept."""
    settings = load_requested_settings()
    if per_day is not None:
        settings = settings.model_copy(update={"sample_per_day": per_day})
    installation = start_all(settings, sample=sample)
    typer.echo(f"Airflow UI     {installation.url}   (user {installation.user}, password {installation.password})")
    typer.echo(f"PostgreSQL     {redact_url(locate_database(settings))}   (shell: `copydesk db shell`)")
    typer.echo("See `copydesk status` for what is running; `copydesk down` stops it.")


def down() -> None:
    """Stop everything that `up` started; interrupted tasks are retried after the next `up`."""
    settings = load_settings()
    stopped = stop_all(settings)
    typer.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show which processes are running; exit with status 3 if one is not."""
    settings = load_settings()
    rows = {
        name: (process.pid if (process := daemon.find_process()) else None)
        for name, daemon in make_daemons(settings).items()
    }
    # Airflow's metadata database is on the embedded server even if the stories go to another database.
    rows = {"postgres": embedded.find_pid(embedded.locate_server(settings)), **rows}
    if as_json:
        typer.echo(json.dumps({"home": str(settings.home), "ui": ui_url(settings), "processes": rows}))
    else:
        for name, pid in rows.items():
            typer.echo(f"{name:15}{f'running, pid {pid}' if pid else 'not running'}")
        typer.echo(f"{'UI':15}{ui_url(settings)}")
        typer.echo(f"{'data folder':15}{settings.home}")
    required = [name for name in rows if name != "sample"]
    if not all(rows[name] for name in required):
        raise typer.Exit(3)
