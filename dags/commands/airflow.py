"""`copydesk airflow` and `bundle`: run a command in the embedded Airflow; add the DAGs to an existing Airflow."""

from __future__ import annotations

import json
import subprocess

import typer

from copydesk.pipeline.core.settings import load_settings


def airflow(context: typer.Context) -> None:
    """Run an Airflow command in the embedded Airflow, for example `copydesk airflow dags list`."""
    from copydesk.dags.deploy.airflow_env import install_airflow

    installation = install_airflow(load_settings())
    done = subprocess.run(installation.build_command(*context.args), env=installation.environment, check=False)
    raise typer.Exit(done.returncode)


def bundle() -> None:
    """Print the DAG bundle configuration that adds the DAGs of Copydesk to an existing Airflow."""
    from copydesk.dags.deploy.dag_bundle import list_bundles

    typer.echo(json.dumps(list_bundles()))
