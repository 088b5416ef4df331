"""`copydesk up`, `down` and `status`: the embedded database, Airflow with its UI, and the sample wires."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from copydesk.dags.deploy.local_stack import _get_database_url, make_daemons, start_all, stop_all, ui_url
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import embedded, redact_url

PerDay = Annotated[int | None, typer.Option(min=10, max=1_000_000, help="How much the sample wires publish a day.")]


def up(
    sample: Annotated[bool, typer.Option("--sample", help="Also play the sample wires, and crawl only those.")] = False,
    per_day: PerDay = None,
) -> None:
    """Start the database, Airflow and its UI; what runs already is left alone."""
    settings = load_settings()
    if per_day is not None:
        settings = settings.model_copy(update={"sample_per_day": per_day})
    installation = start_all(settings, sample=sample)
    typer.echo(f"Airflow's UI   {installation.url}   log in as {installation.user} / {installation.password}")
    typer.echo(f"PostgreSQL     {redact_url(_get_database_url(settings))}   (`copydesk db shell` opens it)")
    typer.echo("`copydesk status` shows what runs, `copydesk down` ends it.")


def down() -> None:
    """End all that `up` started: running tasks are stopped and taken up again by the next `up`."""
    settings = load_settings()
    ended = stop_all(settings)
    typer.echo(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show what runs; exit status 3 where not everything does."""
    settings = load_settings()
    rows = {
        name: (found.pid if (found := daemon.find_process()) else None)
        for name, daemon in make_daemons(settings).items()
    }
    # Airflow keeps its own tables in the embedded server, whatever database the stories go to.
    rows = {"postgres": embedded.find_pid(embedded.locate_server(settings)), **rows}
    if as_json:
        typer.echo(json.dumps({"home": str(settings.home), "ui": ui_url(settings), "processes": rows}))
    else:
        for name, pid in rows.items():
            typer.echo(f"{name:15}{'running, process ' + str(pid) if pid else 'not running'}")
        typer.echo(f"{'UI':15}{ui_url(settings)}")
        typer.echo(f"{'data folder':15}{settings.home}")
    needed = [name for name in rows if name != "sample"]
    if not all(rows[name] for name in needed):
        raise typer.Exit(3)
