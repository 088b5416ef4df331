"""`copydesk warnings`: list what was unusual in runs."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.cli.filters import WireFilter, check_wire
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.views.run_lookup import find_run, list_all_warnings


def warnings(
    run_id: Annotated[
        str, typer.Option("--run", metavar="ID", help="Only warnings of this run; a prefix of its ID is enough.")
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="TIME", help="Only warnings raised at or after this time, such as 24h.")
    ] = "",
    wire: WireFilter = "",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the warnings of runs, the latest first: silent or failing wires, changed layouts, jumps in refusals."""
    start = parse_user_time(since) if since else None
    with connect_to_database() as connection:
        run = find_run(connection, run_id) if run_id else None
        rows = list_all_warnings(
            connection, since=start, run_id=run.run_id if run else None, wire=check_wire(connection, wire), limit=limit
        )
    if as_json:
        print_json(rows)
    elif not rows:
        used = [f"{name} {value}" for name, value in (("--run", run_id), ("--since", since), ("--wire", wire)) if value]
        typer.echo(f"No warnings match {', '.join(used)}." if used else "No warnings.")
    else:
        print_table(
            ["time", "kind", "wire", "message", "dag", "run"],
            [(row.at, row.kind, row.wire or "-", row.message, row.dag_id, row.run_id) for row in rows],
        )
