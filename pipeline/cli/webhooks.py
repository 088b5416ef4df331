"""`copydesk webhooks`: list the deliveries of story events, and retry those that were given up."""

from __future__ import annotations

from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import pluralize, print_json, print_table
from copydesk.pipeline.core.errors import NotFound
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import transaction
from copydesk.pipeline.store.states import DeliveryState
from copydesk.pipeline.store.webhook_deliveries import list_deliveries, retry_deliveries

webhooks_app = typer.Typer(
    help="List the deliveries of story events to webhooks, or retry them.", invoke_without_command=True
)
Endpoint = Annotated[str, typer.Option("--webhook", metavar="ID", help="Only those of this Airflow connection.")]


@webhooks_app.callback()
def webhooks(context: typer.Context, as_json: Json = False) -> None:
    """List the deliveries if there is no subcommand."""
    if context.invoked_subcommand is None:
        show_deliveries(as_json=as_json)


@webhooks_app.command("list")
def show_deliveries(
    webhook: Endpoint = "",
    state: Annotated[DeliveryState | None, typer.Option(help="Only deliveries in this state.")] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the deliveries, the latest first, with the reason of the last failure."""
    with connect_to_database() as connection:
        rows = list_deliveries(connection, endpoint=webhook or None, state=state, limit=limit)
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("No deliveries match." if webhook or state else "No deliveries.")
    else:
        print_table(
            ["id", "webhook", "state", "attempts", "next", "event", "time", "story", "reason"],
            [
                (r.delivery_id, r.endpoint, r.state, r.attempts, r.next_at if r.state == "pending" else "-", r.type,
                 r.at, str(r.story_id)[:8], r.reason)
                for r in rows
            ],
            right_aligned="id attempts",
        )  # fmt: skip


@webhooks_app.command("retry")
@uses_database
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID", help="Only these deliveries, even if they succeeded.")
    ] = None,
    webhook: Endpoint = "",
    as_json: Json = False,
) -> None:
    """Send deliveries again with the next run of `newswire`: those that were given up, or chosen ones."""
    with transaction(load_settings()) as connection:
        found = retry_deliveries(connection, ids or None, webhook or None)
        if absent := sorted(set(ids or ()) - set(found)):
            raise NotFound(
                f"No such deliveries: {', '.join(map(str, absent))}.", "`copydesk webhooks list` lists them."
            )
    if as_json:
        print_json([{"delivery_id": one} for one in found])
    else:
        typer.echo(f"The next run of newswire sends {pluralize(len(found), 'delivery', 'deliveries')} again.")
