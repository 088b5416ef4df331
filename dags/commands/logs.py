"""`copydesk logs`: print the log of a task of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from copydesk.dags.commands.backfills import connect_airflow
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.tables import print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadInput, NotFound
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.suggestions import suggest_names
from copydesk.pipeline.views.run_lookup import RunName, find_run, list_map_indexes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copydesk.dags.deploy.airflow_client import AirflowClient

MAX_TASKS = 2_000
"""Tasks of a run that are looked up: two per wire and a few more."""


def logs(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's ID or a prefix of it; see `copydesk runs`.")],
    task_id: Annotated[
        str, typer.Argument(metavar="TASK", help="The task, such as plan or wire.crawl.", show_default="list them")
    ] = "",
    wire: Annotated[
        str,
        typer.Option(metavar="WIRE", autocompletion=complete_wire, help="The wire, for a task that each wire has."),
    ] = "",
    attempt: Annotated[
        int | None, typer.Option("--try", metavar="N", min=1, help="Number of the try.", show_default="the last one")
    ] = None,
) -> None:
    """Print the log of a task of a run in the embedded Airflow; without a task, list the tasks and their states."""
    with connect_to_database() as connection:
        run = find_run(connection, run_id)
        indexes = list_map_indexes(connection, run)
    if run.dag_id == CLI_DAG_ID:
        raise NotFound(f"{run.run_id} was run by a command, which keeps no log.", "`copydesk runs` shows its result.")
    path = f"dags/{quote(run.dag_id, safe='')}/dagRuns/{quote(run.run_id, safe='')}/taskInstances"
    with connect_airflow() as client:
        tasks = client.get(path, limit=MAX_TASKS)["task_instances"]
        if not task_id:
            _print_tasks(tasks)
            return
        task = find_task(tasks, run, task_id, wire, indexes)
        number = attempt or max(task["try_number"], 1)
        log_path = f"{path}/{quote(task['task_id'], safe='')}/logs/{number}"
        _print_log(client, log_path, task["map_index"])


def find_task(
    tasks: list[dict[str, Any]], run: RunName, task_id: str, wire: str, indexes: Mapping[str, int]
) -> dict[str, Any]:
    """Return the task of a run with this ID, and of this wire if it is mapped over the wires.

    Args:
        tasks: The tasks of the run.
        run: The run, for messages.
        task_id: The ID of the task.
        wire: The wire; empty if none is chosen.
        indexes: The index of the mapped tasks of each wire of the run.

    Raises:
        NotFound: There is none.
        BadInput: There are several, and none is chosen.
    """
    named = [task for task in tasks if task["task_id"] == task_id]
    if not named:
        suggestion = suggest_names(task_id, {task["task_id"] for task in tasks})
        remedy = f"{suggestion} `copydesk logs {run.run_id}` lists them."
        raise NotFound(f"The run has no task {task_id!r}.", remedy.strip())
    by_index = {task["map_index"]: task for task in named if task["map_index"] >= 0}
    if not by_index:
        return named[0]
    mapped = {wire: by_index[index] for wire, index in indexes.items() if index in by_index}
    if wire in mapped:
        return mapped[wire]
    if not wire and len(by_index) == 1:
        return next(iter(by_index.values()))
    if wire:
        suggestion = suggest_names(wire, mapped)
        raise NotFound(f"{task_id} has not run for a wire {wire!r}.", suggestion or f"Wires: {', '.join(mapped)}.")
    raise BadInput(f"{task_id} has run for each wire.", f"Choose one with --wire: {', '.join(mapped)}.")


def _print_tasks(tasks: list[dict[str, Any]]) -> None:
    print_table(
        ["task", "wires", "state", "tries", "seconds"],
        [
            (task["task_id"], task["rendered_map_index"] or "-", task["state"] or "-", task["try_number"],
             "-" if task["duration"] is None else round(task["duration"]))
            for task in sorted(tasks, key=lambda task: (task["start_date"] or "~", task["task_id"], task["map_index"]))
        ],
    )  # fmt: skip


def _print_log(client: AirflowClient, path: str, map_index: int) -> None:
    # All at once: the token that continues a log never ends while the task is running.
    for line in client.get(path, map_index=map_index, full_content=True)["content"]:
        _print_line(line)


def _print_line(line: str | dict[str, Any]) -> None:
    if isinstance(line, str):
        typer.echo(sanitize_cell(line))
        return
    time = str(line.get("timestamp") or "")[: len("2026-03-01T05:00:00")]
    level = str(line.get("level") or "").upper()
    text = " ".join(part for part in (time, level, str(line["event"])) if part)
    for part in text.split("\n"):
        typer.echo(sanitize_cell(part))
