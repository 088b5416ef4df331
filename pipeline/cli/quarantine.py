"""`copydesk quarantine`: list the pages in quarantine with their reasons, and replay them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.cli.filters import WireFilter, check_wire
from copydesk.pipeline.cli.stories import connect_to_database
from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.ids import CLI_DAG_ID
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.runs.quarantine_replay import replay_quarantine
from copydesk.pipeline.store.quarantined_pages import list_quarantined, read_quarantined
from copydesk.pipeline.store.states import QuarantineState

quarantine_app = typer.Typer(
    help="List the pages in quarantine, show one, or replay them.", invoke_without_command=True
)
Reason = Annotated[
    str, typer.Option(metavar="CODE", help="Only pages quarantined for this reason, as shown by the list.")
]


@quarantine_app.callback()
def quarantine(context: typer.Context, as_json: Json = False) -> None:
    """List the pages in quarantine if there is no subcommand."""
    if context.invoked_subcommand is None:
        list_quarantine(as_json=as_json)


@quarantine_app.command("list")
def list_quarantine(
    wire: WireFilter = "",
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
            connection,
            wire=check_wire(connection, wire),
            reason=reason or None,
            include_resolved=include_resolved,
            limit=limit,
        )
    if as_json:
        print_json(rows)
    elif not rows:
        used = [f"{name} {value}" for name, value in (("--wire", wire), ("--reason", reason)) if value]
        typer.echo(f"No pages in quarantine match {', '.join(used)}." if used else "No pages in quarantine.")
    else:
        print_table(
            ["id", "since", "wire", "reason", "state", "detail", "url"],
            [(row.id, row.at, row.wire, row.reason, row.state, row.detail, row.url) for row in rows],
            right_aligned="id",
        )


@quarantine_app.command("show")
def show(
    quarantine_id: Annotated[int, typer.Argument(metavar="ID", min=0, help="The page's ID, as shown by the list.")],
    as_json: Json = False,
) -> None:
    """Show one page in quarantine: why it could not be parsed, and what is known about it."""
    with connect_to_database() as connection:
        page = read_quarantined(connection, quarantine_id)
    if as_json:
        print_json([page])
        return
    content = "deleted" if page.is_body_deleted else f"{page.body_bytes} bytes, {page.content_type or 'no type'}"
    rows = {
        "page": page.url or "(deleted)",
        "wire": page.wire,
        "reason": page.reason,
        "detail": page.detail or "-",
        "state": f"{page.state} since {sanitize_cell(page.resolved_at or page.at)}",
        "quarantined at": sanitize_cell(page.at),
        "run": f"{page.dag_id} {page.run_id}".strip() or "-",
        "fetched at": sanitize_cell(page.fetched_at) if page.fetched_at else "-",
        "answer": f"{page.status or '-'}; {content}{f', charset {page.charset}' if page.charset else ''}",
    }
    for label, value in rows.items():
        typer.echo(f"{label:16}{sanitize_cell(value)}")
    if page.state == QuarantineState.QUARANTINED and not page.is_body_deleted:
        typer.echo(f"\n`copydesk quarantine replay {page.id}` parses it again.")


@quarantine_app.command("replay")
@uses_database
def replay(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID", help="Only these pages, even if the current rules have already tried them."),
    ] = None,
    wire: WireFilter = "",
    reason: Reason = "",
    force: Annotated[
        bool, typer.Option("--again", help="Include pages that the current rules have already tried.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Parse the pages in quarantine again, and add the recovered articles to stories.

    Without an ID, parses all pages that the current rules have not tried yet. A page that still cannot be parsed
    stays in quarantine with its new reason. The `maintain` DAG does this once a day.
    """
    settings = load_settings()
    sources = load_sources()
    if wire:
        find_source(wire, settings.source_folders)
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
