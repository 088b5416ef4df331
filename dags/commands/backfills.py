"""`copydesk backfills`: list backfills, and pause or cancel one, which Airflow's command line cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import load_settings

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_client import AirflowClient

backfills_app = typer.Typer(
    help="List, pause, unpause or cancel backfills in the embedded Airflow.", invoke_without_command=True
)
BackfillId = Annotated[int, typer.Argument(metavar="ID", min=0, help="The backfill's ID, as shown by the list.")]
DagId = Annotated[
    str, typer.Option("--dag", metavar="ID", help="The DAG. Default: that of \\[newswire] in the settings.")
]
RUN_STATES = ("success", "failed", "running", "queued")
TIME_LENGTH = len("2026-03-01T05:00")


@backfills_app.callback()
def backfills(context: typer.Context, as_json: Json = False) -> None:
    """List the backfills if there is no subcommand."""
    if context.invoked_subcommand is None:
        list_backfills(as_json=as_json)


@backfills_app.command("list")
def list_backfills(dag: DagId = "", limit: Limit = 20, as_json: Json = False) -> None:
    """List the backfills of a DAG with the number of their runs in each state, newest first."""
    dag = dag or load_settings().newswire.dag_id
    with connect_airflow() as client:
        query = {"dag_id": dag, "order_by": "-id", "limit": limit}
        rows = [_summarize(client, backfill) for backfill in client.get("backfills", **query)["backfills"]]
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("No backfills. To start one, run `copydesk backfill WIRE --from TIME`.")
    else:
        columns = ["id", "state", "from", "to", "reprocess", *RUN_STATES]
        cells = [
            (row["id"], row["state"], row["from"][:TIME_LENGTH], row["to"][:TIME_LENGTH], row["reprocess"],
             *(row["runs"][state] for state in RUN_STATES))
            for row in rows
        ]  # fmt: skip
        print_table(columns, cells, right_aligned=f"id {' '.join(RUN_STATES)}")


@backfills_app.command("pause")
def pause(backfill_id: BackfillId, dag: DagId = "") -> None:
    """Pause a backfill: no further runs start, and running ones continue."""
    _request_action(backfill_id, "pause", dag)
    typer.echo(f"Backfill {backfill_id} is paused. To resume it, run `copydesk backfills unpause {backfill_id}`.")


@backfills_app.command("unpause")
def unpause(backfill_id: BackfillId, dag: DagId = "") -> None:
    """Resume a paused backfill."""
    _request_action(backfill_id, "unpause", dag)
    typer.echo(f"Backfill {backfill_id} is resumed.")


@backfills_app.command("cancel")
def cancel(backfill_id: BackfillId, dag: DagId = "") -> None:
    """Cancel a backfill permanently. Running runs continue; queued ones are marked as failed."""
    _request_action(backfill_id, "cancel", dag)
    typer.echo(
        f"Backfill {backfill_id} is cancelled. Its queued runs are marked as failed. To run them, create a new "
        "backfill of the same range with `copydesk backfill --reprocess failed`."
    )


@contextmanager
def connect_airflow() -> Iterator[AirflowClient]:
    """Connect to the REST API of the embedded Airflow.

    Yields:
        A client. Its calls raise ``Transient`` if Airflow does not respond.
    """
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import find_airflow

    installation = find_airflow(load_settings())
    with AirflowClient(installation.url, installation.user, installation.password) as client:
        yield client


def _request_action(backfill_id: int, action: str, dag: str) -> None:
    dag = dag or load_settings().newswire.dag_id
    with connect_airflow() as client:
        backfills = client.get("backfills", dag_id=dag, order_by="-id", limit=1000)["backfills"]
        backfill = next((backfill for backfill in backfills if backfill["id"] == backfill_id), None)
        if backfill is None:
            raise NotFound(f"{dag} has no backfill with ID {backfill_id}.", "See `copydesk backfills list`.")
        if backfill["completed_at"]:
            raise NotFound(
                f"Backfill {backfill_id} has already ended.", "See `copydesk backfills list` for those in progress."
            )
        client.put(f"backfills/{backfill_id}/{action}")


def _summarize(client: AirflowClient, backfill: dict[str, Any]) -> dict[str, Any]:
    span = {"logical_date_gte": backfill["from_date"], "logical_date_lte": backfill["to_date"]}
    path = f"dags/{backfill['dag_id']}/dagRuns"
    runs = {
        state: client.get(path, run_type="backfill", state=state, limit=1, **span)["total_entries"]
        for state in RUN_STATES
    }
    state = "ended" if backfill["completed_at"] else "paused" if backfill["is_paused"] else "running"
    return {
        "id": backfill["id"], "state": state, "from": backfill["from_date"], "to": backfill["to_date"],
        "reprocess": backfill["reprocess_behavior"], "conf": backfill["dag_run_conf"], "runs": runs,
    }  # fmt: skip
