"""`copydesk quarantine`: what could not be read and why, and reading it once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from copydesk.pipeline.cli.stories import Json, Limit, connect_to_database
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.runs.quarantine_replay import replay_quarantine as read_again
from copydesk.pipeline.store.quarantined_pages import list_quarantined

quarantine_app = typer.Typer(help="What can't be read: list it, or read it once more.", no_args_is_help=True)
Wire = Annotated[str, typer.Option(help="Only pages of this wire.")]
Reason = Annotated[str, typer.Option(help="Only pages held for this reason, as the list names it.")]


@quarantine_app.command("list")
def list_quarantine(
    wire: Wire = "",
    reason: Reason = "",
    include_resolved: Annotated[bool, typer.Option("--all", help="Those too that have left it.")] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List what is in quarantine, the earliest first."""
    with connect_to_database() as connection:
        rows = list_quarantined(
            connection, wire=wire or None, reason=reason or None, include_resolved=include_resolved, limit=limit
        )
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("Nothing is in quarantine.")
    else:
        print_table(
            ["id", "since", "wire", "reason", "state", "detail", "url"],
            [(row.id, row.at, row.wire, row.reason, row.state, row.detail, row.url) for row in rows],
            right_aligned="id",
        )


@quarantine_app.command("replay")
def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Only these, read already or not.")] = None,
    wire: Wire = "",
    reason: Reason = "",
    force: Annotated[bool, typer.Option("--again", help="Those too that today's rules have read already.")] = False,
    as_json: Json = False,
) -> None:
    """Read what is in quarantine once more and fold what is recovered; what can't be read is held again, with why.

    Without an ID: all that today's rules have not read yet. The DAG `maintain` does that once a day.
    """
    settings = load_settings()
    sources = load_sources()
    if wire:
        find_source(wire, settings.source_folders)
    ensure_schema(settings)
    run_id = f"replay__{datetime.now(UTC).isoformat()}"
    result = read_again(
        settings, run_id, sources, wire=wire or None, reason=reason or None, ids=ids or None, force=force,
        log_line=lambda line: typer.echo(line, err=True),
    )  # fmt: skip
    if as_json:
        print_json([result])
    else:
        typer.echo(
            f"{pluralize(result.pages, 'page')} read again: {result.recovered} recovered, {result.refused} refused, "
            f"{result.quarantined} quarantined still."
        )
