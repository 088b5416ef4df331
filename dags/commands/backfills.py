"""`copydesk backfills`: how the backfills stand, and pausing or cancelling one, which Airflow's own shell can't do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.pipeline.cli.stories import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import load

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_client import Rest

backfills_app = typer.Typer(
    help="Backfills of newswire in the Airflow that `up` runs: list, pause or cancel them.", no_args_is_help=True
)
Number = Annotated[int, typer.Argument(metavar="ID", min=0, help="As the list names it.")]
RUN_STATES = ("success", "failed", "running", "queued")
TIME_LENGTH = len("2026-03-01T05:00")


@backfills_app.command("list")
def list_backfills(limit: Limit = 20, as_json: Json = False) -> None:
    """List the backfills, the latest first, and how many of the runs of their hours are in which state."""
    with open_airflow() as rest:
        asked = {"dag_id": "newswire", "order_by": "-id", "limit": limit}
        rows = [_describe(rest, one) for one in rest.get("backfills", **asked)["backfills"]]
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
        print_table(columns, cells, right=f"id {' '.join(RUN_STATES)}")


@backfills_app.command("pause")
def pause(number: Number) -> None:
    """Begin no further run of it; those at work go on to their end."""
    _ask(number, "pause")
    typer.echo(f"Backfill {number} is paused; `copydesk backfills unpause {number}` has it go on.")


@backfills_app.command("unpause")
def unpause(number: Number) -> None:
    """Have a paused one go on."""
    _ask(number, "unpause")
    typer.echo(f"Backfill {number} goes on.")


@backfills_app.command("cancel")
def cancel(number: Number) -> None:
    """End it for good: runs at work go on to their end, those that wait are marked as failed."""
    _ask(number, "cancel")
    typer.echo(
        f"Backfill {number} is cancelled. What it has not run is marked as failed; a new backfill of the same hours "
        "with --reprocess-behavior failed runs that."
    )


@contextmanager
def open_airflow() -> Iterator[Rest]:
    """The REST interface of the Airflow that `up` runs.

    Raises:
        Transient: it does not answer.
    """
    from copydesk.dags.deploy.airflow_client import Rest
    from copydesk.dags.deploy.airflow_env import install

    found = install(load())
    with Rest(found.url, found.user, found.password) as rest:
        yield rest


def _ask(number: int, verb: str) -> None:
    with open_airflow() as rest:
        known = rest.get("backfills", dag_id="newswire", order_by="-id", limit=1000)["backfills"]
        (found,) = [one for one in known if one["id"] == number] or [None]
        if found is None:
            raise NotFound(f"There is no backfill {number}.", "`copydesk backfills list` has them.")
        if found["completed_at"]:
            raise NotFound(f"Backfill {number} has ended.", "`copydesk backfills list` has those that go on.")
        rest.put(f"backfills/{number}/{verb}")


def _describe(rest: Rest, told: dict[str, Any]) -> dict[str, Any]:
    hours = {"logical_date_gte": told["from_date"], "logical_date_lte": told["to_date"]}
    runs = {
        state: rest.get("dags/newswire/dagRuns", run_type="backfill", state=state, limit=1, **hours)["total_entries"]
        for state in RUN_STATES
    }
    state = "ended" if told["completed_at"] else "paused" if told["is_paused"] else "at work"
    return {
        "id": told["id"], "state": state, "from": told["from_date"], "to": told["to_date"],
        "reprocess": told["reprocess_behavior"], "conf": told["dag_run_conf"], "runs": runs,
    }  # fmt: skip
