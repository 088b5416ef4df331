"""`copydesk quarantine`: list the pages in quarantine with their reasons, and replay them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.runs.quarantine_replay import replay_quarantine
from copydesk.pipeline.store.quarantined_pages import list_quarantined

quarantine_app = typer.Typer(help="List the pages in quarantine, or replay them.", no_args_is_help=True)
Wire = Annotated[str, typer.Option(help="Only pages of this wire.")]
Reason = Annotated[str, typer.Option(help="Only pages quarantined for this reason, as shown by the list.")]


@quarantine_app.command("list")
def list_quarantine(
    wire: Wire = "",
    reason: Reason = "",
    include_resolved: Annotated[
        bool, typer.Option("--all", help="Include pages that have left the quarantine.")
    ] = False,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """List the pages in quarantine, oldest first."""
    with connect_to_database() as connection:
        rows = list_quarantined(
            connection, wire=wire or None, reason=reason or None, include_resolved=include_resolved, limit=limit
        )
    if as_json:
        print_json(rows)
    elif not rows:
        typer.echo("No pages in quarantine.")
    else:
        print_table(
            ["id", "since", "wire", "reason", "state", "detail", "url"],
            [(row.id, row.at, row.wire, row.reason, row.state, row.detail, row.url) for row in rows],
            right_aligned="id",
        )


@quarantine_app.command("replay")
def replay(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID", help="Only these pages, even if the current rules have already tried them."),
    ] = None,
    wire: Wire = "",
    reason: Reason = "",
    force: Annotated[
        bool, typer.Option("--again", help="Include pages that the current rules have already tried.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Parse the pages in quarantine again, and add the recovered articles to stories.

    Without an ID, all pages that the current rules have not tried yet. A page that still cannot be parsed stays in
    quarantine with its new reason. The DAG `maintain` does this once a day.
    """
    settings = load_settings()
    sources = load_sources()
    if wire:
        find_source(wire, settings.source_folders)
    ensure_schema(settings)
    run_id = f"replay__{datetime.now(UTC).isoformat()}"
    result = replay_quarantine(
        settings, CLI_DAG_ID, run_id, sources, wire=wire or None, reason=reason or None, ids=ids or None, force=force,
        log_line=lambda line: typer.echo(line, err=True),
    )  # fmt: skip
    if as_json:
        print_json([result])
    else:
        typer.echo(
            f"Replayed {pluralize(result.pages, 'page')}: {result.recovered} recovered, {result.refused} refused, "
            f"{result.quarantined} still quarantined."
        )
