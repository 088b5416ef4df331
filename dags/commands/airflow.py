"""`copydesk airflow` and `bundle`: Airflow's own commands in the Airflow that `up` runs, and our DAGs in another."""

from __future__ import annotations

import json
import subprocess

import typer

from copydesk.pipeline.core.settings import load_settings


def airflow(context: typer.Context) -> None:
    """Run a command of Airflow's own in the Airflow that `up` runs: `copydesk airflow dags list`."""
    from copydesk.dags.deploy.airflow_env import install_airflow

    installation = install_airflow(load_settings())
    done = subprocess.run(installation.build_command(*context.args), env=installation.environment, check=False)
    raise typer.Exit(done.returncode)


def bundle() -> None:
    """Print what the DAG bundles of an Airflow of your own have to be for it to find our DAGs beside its own."""
    from copydesk.dags.deploy.dag_bundle import list_bundles

    typer.echo(json.dumps(list_bundles()))
