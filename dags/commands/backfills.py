"""`copydesk backfills`: how the backfills stand, and pausing or cancelling one, which Airflow's own shell can't do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.pipeline.cli.stories import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import load_settings

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_client import AirflowClient

backfills_app = typer.Typer(
    help="Backfills of newswire in the Airflow that `up` runs: list, pause or cancel them.", no_args_is_help=True
)
BackfillId = Annotated[int, typer.Argument(metavar="ID", min=0, help="As the list names it.")]
RUN_STATES = ("success", "failed", "running", "queued")
TIME_LENGTH = len("2026-03-01T05:00")


@backfills_app.command("list")
def list_backfills(limit: Limit = 20, as_json: Json = False) -> None:
    """List the backfills, the latest first, and how many of the runs of their hours are in which state."""
    with connect_airflow() as rest:
        query = {"dag_id": "newswire", "order_by": "-id", "limit": limit}
        rows = [_summarize(rest, one) for one in rest.get("backfills", **query)["backfills"]]
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("There is no backfill. `copydesk airflow backfill create --dag-id newswire ...` starts one.")
    else:
        columns = ["id", "state", "from", "to", "again", *RUN_STATES]
        cells = [
            (row["id"], row["state"], row["from"][:TIME_LENGTH], row["to"][:TIME_LENGTH], row["reprocess"],
             *(row["runs"][state] for state in RUN_STATES))
            for row in rows
        ]  # fmt: skip
        print_table(columns, cells, right_aligned=f"id {' '.join(RUN_STATES)}")


@backfills_app.command("pause")
def pause(backfill_id: BackfillId) -> None:
    """Begin no further run of it; those at work go on to their end."""
    _request_action(backfill_id, "pause")
    typer.echo(f"Backfill {backfill_id} is paused; `copydesk backfills unpause {backfill_id}` has it go on.")


@backfills_app.command("unpause")
def unpause(backfill_id: BackfillId) -> None:
    """Have a paused one go on."""
    _request_action(backfill_id, "unpause")
    typer.echo(f"Backfill {backfill_id} goes on.")


@backfills_app.command("cancel")
def cancel(backfill_id: BackfillId) -> None:
    """End it for good: runs at work go on to their end, those that wait are marked as failed."""
    _request_action(backfill_id, "cancel")
    typer.echo(
        f"Backfill {backfill_id} is cancelled. What it has not run is marked as failed; a new backfill of the same hours "
        "with --reprocess-behavior failed runs that."
    )


@contextmanager
def connect_airflow() -> Iterator[AirflowClient]:
    """The REST interface of the Airflow that `up` runs.

    Raises:
        Transient: it does not answer.
    """
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import install_airflow

    found = install_airflow(load_settings())
    with AirflowClient(found.url, found.user, found.password) as rest:
        yield rest


def _request_action(backfill_id: int, action: str) -> None:
    with connect_airflow() as rest:
        known = rest.get("backfills", dag_id="newswire", order_by="-id", limit=1000)["backfills"]
        (found,) = [one for one in known if one["id"] == backfill_id] or [None]
        if found is None:
            raise NotFound(f"There is no backfill {backfill_id}.", "`copydesk backfills list` has them.")
        if found["completed_at"]:
            raise NotFound(f"Backfill {backfill_id} has ended.", "`copydesk backfills list` has those that go on.")
        rest.put(f"backfills/{backfill_id}/{action}")


def _summarize(client: AirflowClient, backfill: dict[str, Any]) -> dict[str, Any]:
    hours = {"logical_date_gte": backfill["from_date"], "logical_date_lte": backfill["to_date"]}
    runs = {
        state: client.get("dags/newswire/dagRuns", run_type="backfill", state=state, limit=1, **hours)["total_entries"]
        for state in RUN_STATES
    }
    state = "ended" if backfill["completed_at"] else "paused" if backfill["is_paused"] else "at work"
    return {
        "id": backfill["id"], "state": state, "from": backfill["from_date"], "to": backfill["to_date"],
        "reprocess": backfill["reprocess_behavior"], "conf": backfill["dag_run_conf"], "runs": runs,
    }  # fmt: skip
