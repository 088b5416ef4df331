"""`copydesk airflow` and `bundle`: run a command in the embedded Airflow; add the DAGs to an existing Airflow."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

import typer

from copydesk.pipeline.core.child_environment import make_child_environment
from copydesk.pipeline.core.settings import load_settings

HELP_OPTIONS = frozenset({"-h", "--help"})


def airflow(context: typer.Context) -> None:
    """Run an Airflow command in the embedded Airflow, for example `copydesk airflow dags list`."""
    from copydesk.dags.deploy.airflow_env import DATABASE, find_airflow
    from copydesk.pipeline.db import get_database_url
    from copydesk.pipeline.db.session import temporary_server

    if not context.args or not HELP_OPTIONS.isdisjoint(context.args):
        raise typer.Exit(_show_help(context.args))
    settings = load_settings()
    installation = find_airflow(settings)
    with temporary_server(settings):
        get_database_url(settings, DATABASE)  # starts the server
        done = subprocess.run(installation.build_command(*context.args), env=installation.environment, check=False)
    raise typer.Exit(done.returncode)


def _show_help(arguments: list[str]) -> int:
    """Run Airflow for its help alone: in a folder of its own, because Airflow writes its configuration, and with no
    database.
    """
    with tempfile.TemporaryDirectory(prefix="copydesk-help-") as folder:
        environment = {**make_child_environment(), "AIRFLOW_HOME": folder, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        return subprocess.run(
            [sys.executable, "-P", "-m", "airflow", *arguments], env=environment, check=False
        ).returncode


def bundle() -> None:
    """Print the DAG bundle configuration that adds the DAGs of Copydesk to an existing Airflow."""
    from copydesk.dags.deploy.dag_bundle import list_bundles

    typer.echo(json.dumps(list_bundles()))
