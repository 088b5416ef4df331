"""`copydesk wires learn` and `wires boilerplate`: learn a wire's boilerplate, review it, allow or veto a paragraph."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.console.options import Json, WireArgument, complete_wire
from copydesk.pipeline.console.tables import load_sources, pluralize, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.db import transaction
from copydesk.pipeline.maintenance.learned_boilerplate import (
    BoilerplateParagraph,
    LearningResult,
    learn_boilerplate,
    list_boilerplate,
    set_review_state,
)
from copydesk.pipeline.store.states import BoilerplateState

PARAGRAPH_CHARS = 100
"""Characters of a paragraph shown in a table: enough to recognize it."""


@uses_database
def learn(
    name: Annotated[
        str,
        typer.Argument(metavar="WIRE", autocompletion=complete_wire, help="Only this wire.", show_default="all wires"),
    ] = "",
    until: Annotated[
        str,
        typer.Option(metavar="TIME", help="Learn from the 28 days before this time.", show_default="now"),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be learned without changing anything.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Learn the boilerplate of all wires or of one: paragraphs that recur in many different articles.

    Runs planned afterwards remove it. The `maintain` DAG does this once a day.
    """
    settings = load_settings()
    names = [find_source(name, settings.source_folders).name] if name else list(load_sources(configured=True))
    end = parse_user_time(until) if until else datetime.now(UTC)
    results: list[LearningResult] = []
    for wire in names:
        with transaction(settings) as connection:
            results.append(learn_boilerplate(connection, wire, end, dry_run=dry_run))
    if as_json:
        print_json(_result_to_dict(result) for result in results)
        return
    for result in results:
        typer.echo(
            f"{result.wire}: {pluralize(result.article_count, 'article')}, "
            f"{pluralize(result.applied_count, 'boilerplate paragraph')}"
        )
        for change, paragraphs in (("learned", result.learned), ("unlearned", result.unlearned)):
            for paragraph in paragraphs:
                text = sanitize_cell(paragraph.text)[:PARAGRAPH_CHARS]
                typer.echo(f"  {change} {paragraph.key[:8]}  {_format_share(paragraph)}  {text}")
    if dry_run:
        typer.echo("Dry run: nothing was changed.")


@uses_database
def boilerplate(
    name: WireArgument,
    veto: Annotated[str, typer.Option(metavar="ID", help="Never remove this paragraph.")] = "",
    allow: Annotated[str, typer.Option(metavar="ID", help="Always remove this paragraph.")] = "",
    as_json: Json = False,
) -> None:
    """Show a wire's learned boilerplate with its evidence, or allow or veto a paragraph.

    A prefix of an ID is enough. A veto or an approval is permanent, and applies to runs planned afterwards.
    """
    if veto and allow:
        raise BadInput("--veto and --allow cannot be combined.", "Run the command once for each.")
    settings = load_settings()
    wire = find_source(name, settings.source_folders).name
    with transaction(settings) as connection:
        if veto or allow:
            state = BoilerplateState.VETOED if veto else BoilerplateState.ALLOWED
            paragraphs = [set_review_state(connection, wire, veto or allow, state)]
        else:
            paragraphs = list_boilerplate(connection, wire)
    if as_json:
        print_json(paragraph.to_dict() for paragraph in paragraphs)
        return
    if not paragraphs:
        typer.echo(f"No recurring paragraphs for {wire} yet. Run `copydesk wires learn {wire}` to look again.")
        return
    print_table(
        ["id", "state", "stories", "share", "days", "position", "paragraph", "objection"],
        [
            (line.key[:8], line.state, f"{line.stories} of {line.total_stories}", f"{line.share:.0%}", line.days,
             _format_positions(line), sanitize_cell(line.text)[:PARAGRAPH_CHARS], line.objection or "-")
            for line in paragraphs
        ],
        right_aligned="stories share days",
    )  # fmt: skip


def _format_share(paragraph: BoilerplateParagraph) -> str:
    days = pluralize(paragraph.days, "day")
    return f"in {paragraph.stories} of {paragraph.total_stories} stories on {days}"


def _format_positions(paragraph: BoilerplateParagraph) -> str:
    """Return where the paragraph occurred, and how often it was removed: ``middle 2 below 40 cut 3``."""
    counts = {"above": paragraph.head, "middle": paragraph.middle, "below": paragraph.tail, "cut": paragraph.cut}
    return " ".join(f"{position} {count}" for position, count in counts.items() if count)


def _result_to_dict(result: LearningResult) -> dict[str, object]:
    return {
        "wire": result.wire,
        "articles": result.article_count,
        "applied": result.applied_count,
        "learned": [paragraph.to_dict() for paragraph in result.learned],
        "unlearned": [paragraph.to_dict() for paragraph in result.unlearned],
    }
