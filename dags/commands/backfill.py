"""`copydesk backfill`: create a backfill of newswire in the embedded Airflow."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.dags.commands.backfills import DagId, connect_airflow
from copydesk.pipeline.console.options import complete_wire
from copydesk.pipeline.console.tables import pluralize, print_json
from copydesk.pipeline.core.errors import BadInput, NotFound, Transient
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.core.strategy import RunMode
from copydesk.pipeline.core.times import parse_user_time

if TYPE_CHECKING:
    from copydesk.dags.deploy.airflow_client import AirflowClient

MAX_RUNS = 10_000
"""The most runs that a backfill may have: a year of hours. Airflow creates all of them at once."""


class Reprocess(StrEnum):
    """Which hours that already have a run are run again, in Airflow's words."""

    NONE = "none"
    FAILED = "failed"
    COMPLETED = "completed"


def backfill(
    wires: Annotated[
        list[str] | None, typer.Argument(metavar="WIRE", autocompletion=complete_wire, help="The wires.")
    ] = None,
    all_wires: Annotated[bool, typer.Option("--all", help="Backfill all enabled wires.")] = False,
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="Start of the first hour, such as 7d or 2026-03-01.")
    ] = "",
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="End of the last hour.", show_default="now")] = "",
    mode: Annotated[
        RunMode,
        typer.Option(help="Crawl dated archives, parse stored pages again, or choose for each wire (auto)."),
    ] = RunMode.AUTO,
    reprocess: Annotated[
        Reprocess,
        typer.Option(help="Hours that already have a run: skip them (none), or run failed ones or all of them again."),
    ] = Reprocess.NONE,
    max_active_runs: Annotated[
        int, typer.Option(metavar="N", min=1, max=16, help="How many runs of the backfill may run at a time.")
    ] = 2,
    dag: DagId = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show which runs would be created.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Backfill past hours of wires: create the runs in the embedded Airflow.

    A wire with a dated archive is crawled for these hours. For another wire, the pages stored from these hours are
    parsed again. `copydesk backfills` shows the progress.
    """
    first, last = _parse_range(start, end)
    names = _check_wires(wires or [], all_wires=all_wires)
    conf = {**({"wires": names} if names else {}), **({"mode": mode.value} if mode is not RunMode.AUTO else {})}
    body = {
        "dag_id": dag or load_settings().newswire.dag_id,
        "from_date": first.isoformat(),
        # Airflow includes a run that starts at this time: its hour would end after the range.
        "to_date": (last - timedelta(microseconds=1)).isoformat(),
        "reprocess_behavior": reprocess.value,
        "max_active_runs": max_active_runs,
        "dag_run_conf": conf,
    }
    with _connect(body) as client:
        runs = _list_runs(client, body)
        created = None if dry_run else _create(client, body)
    span = f"from {runs[0]:%Y-%m-%d %H:%M} to {runs[-1]:%Y-%m-%d %H:%M}"
    what = ", ".join(names) or "all enabled wires"
    if as_json:
        print_json([{"id": created, "wires": names, "runs": [time.isoformat() for time in runs], "conf": conf}])
    elif created is None:
        typer.echo(f"Dry run: a backfill of {what} would have {pluralize(len(runs), 'run')}, starting {span}.")
    else:
        typer.echo(
            f"Backfill {created} of {what}: {pluralize(len(runs), 'run')}, starting {span}, {max_active_runs} at a"
            " time. `copydesk backfills` shows the progress."
        )


@contextmanager
def _connect(body: dict[str, Any]) -> Iterator[AirflowClient]:
    """Connect to the embedded Airflow.

    Raises:
        Transient, NotFound: It is not running; the remedy has the command for another Airflow.
    """
    with ExitStack() as stack:
        try:
            client = stack.enter_context(connect_airflow())
            _check_health(client)
        except (Transient, NotFound) as error:
            command = _format_airflow_command(body)
            error.remedy = f"Run `copydesk up`; in an Airflow of your own, run `{command}`."
            raise
        yield client


def _check_health(client: AirflowClient) -> None:
    if not client.is_healthy():
        raise Transient("Airflow is not running, or not ready yet.")


def _parse_range(start: str, end: str) -> tuple[datetime, datetime]:
    if not start:
        raise BadInput("The start of the backfill is missing.", "Set it with --from, for example --from 7d.")
    now = datetime.now(UTC)
    first, last = parse_user_time(start, now), parse_user_time(end, now) if end else now
    last = min(last, now)
    if first >= last:
        raise BadInput(
            f"The range from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} is empty.",
            "Set --from to an earlier time than --to; a backfill ends now at the latest.",
        )
    return first, last


def _check_wires(wires: Sequence[str], *, all_wires: bool) -> list[str]:
    if bool(wires) == all_wires:
        raise BadInput(
            "--all cannot be combined with names of wires." if all_wires else "No wire to backfill.",
            "Name one or more wires, or use --all for all enabled ones.",
        )
    folders = load_settings().source_folders
    return [find_source(name, folders).name for name in dict.fromkeys(wires)]


def _list_runs(client: AirflowClient, body: dict[str, Any]) -> list[datetime]:
    """Return the starts of the hours that the backfill would run.

    Raises:
        NotFound: There is none.
        BadInput: There are too many, or another backfill is in progress.
    """
    running = [
        one["id"]
        for one in client.get("backfills", dag_id=body["dag_id"], order_by="-id", limit=100)["backfills"]
        if not one["completed_at"]
    ]
    if running:
        raise BadInput(
            f"Backfill {running[0]} of {body['dag_id']} is in progress, and Airflow allows one at a time.",
            f"Wait until it has ended, or run `copydesk backfills cancel {running[0]}`.",
        )
    found = client.post("backfills/dry_run", body)["backfills"]
    if not found:
        raise NotFound(
            f"No hour of {body['dag_id']} starts in this range without a run.",
            "Choose another range, or run hours again with --reprocess completed.",
        )
    if len(found) > MAX_RUNS:
        raise BadInput(f"The backfill would have {len(found)} runs.", f"Choose a range of at most {MAX_RUNS} runs.")
    return sorted(datetime.fromisoformat(run["logical_date"]) for run in found)


def _create(client: AirflowClient, body: dict[str, Any]) -> int:
    return int(client.post("backfills", body)["id"])


def _format_airflow_command(body: dict[str, Any]) -> str:
    """Return the command that creates the same backfill in another Airflow."""
    parts = [
        "airflow", "backfill", "create", "--dag-id", body["dag_id"], "--from-date", body["from_date"],
        "--to-date", body["to_date"], "--reprocess-behavior", body["reprocess_behavior"],
        "--max-active-runs", str(body["max_active_runs"]),
    ]  # fmt: skip
    if body["dag_run_conf"]:
        parts += ["--dag-run-conf", json.dumps(body["dag_run_conf"])]
    return shlex.join(parts)
