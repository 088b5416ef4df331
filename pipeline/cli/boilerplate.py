"""`copydesk wires learn` and `wires boilerplate`: what was learned of a wire, and a person's word on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from copydesk.pipeline.console.tables import load_sources, print_json, print_table, sanitize_cell
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.source_files import find_source
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.db import transaction
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.maintenance.learned_boilerplate import (
    BoilerplateParagraph,
    LearningResult,
    learn_boilerplate,
    list_boilerplate,
    set_review_state,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
PARAGRAPH_CHARS = 100
"""Characters of a paragraph in a table."""


def learn(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only this wire.")] = "",
    until: Annotated[str, typer.Option(help="Learn from the 28 days before this time (ISO 8601, UTC); now.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be learned, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Learn the wires' boilerplate: paragraphs that recur over many unlike articles.

    Runs that are planned from then on cut it. `maintain` does this once a day.
    """
    settings = load_settings()
    names = [find_source(name, settings.source_folders).name] if name else list(load_sources())
    moment = parse_time(until) if until else datetime.now(UTC)
    ensure_schema(settings)
    results: list[LearningResult] = []
    for wire in names:
        with transaction(settings) as connection:
            results.append(learn_boilerplate(connection, wire, moment, dry_run=dry_run))
    if as_json:
        print_json(_result_to_dict(lesson) for lesson in results)
        return
    for lesson in results:
        typer.echo(f"{lesson.wire}: {lesson.article_count} articles, {lesson.applied_count} paragraphs are cut")
        for what, lines in (("learned", lesson.learned), ("lost", lesson.unlearned)):
            for line in lines:
                typer.echo(
                    f"  {what} {line.key[:8]}  {_format_share(line)}  {sanitize_cell(line.text)[:PARAGRAPH_CHARS]}"
                )
    if dry_run:
        typer.echo("Nothing was changed.")


def boilerplate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The wire.")],
    veto: Annotated[str, typer.Option(metavar="ID", help="Never cut this paragraph.")] = "",
    allow: Annotated[str, typer.Option(metavar="ID", help="Cut this paragraph, whatever speaks against it.")] = "",
    as_json: Json = False,
) -> None:
    """Show what was learned of a wire, with its evidence, or put your word on a paragraph (an id's beginning will do).

    Your word stays, whatever is learned later; runs that are planned from then on follow it.
    """
    if veto and allow:
        raise BadInput("Only one of --veto and --allow can be given.", "Give them one after the other.")
    settings = load_settings()
    wire = find_source(name, settings.source_folders).name
    ensure_schema(settings)
    with transaction(settings) as connection:
        if veto or allow:
            lines = [set_review_state(connection, wire, veto or allow, "vetoed" if veto else "allowed")]
        else:
            lines = list_boilerplate(connection, wire)
    if as_json:
        print_json(line.to_dict() for line in lines)
        return
    if not lines:
        typer.echo(f"Nothing recurs at {wire} yet; `copydesk wires learn {wire}` looks again.")
        return
    print_table(
        ["id", "state", "stories", "share", "days", "stands", "paragraph", "doubt"],
        [
            (line.key[:8], line.state, f"{line.stories} of {line.of_stories}", f"{line.share:.0%}", line.days,
             _format_positions(line), sanitize_cell(line.text)[:PARAGRAPH_CHARS], line.doubt or "-")
            for line in lines
        ],
        right_aligned="stories share days",
    )  # fmt: skip


def _format_share(line: BoilerplateParagraph) -> str:
    return f"in {line.stories} of {line.of_stories} stories on {line.days} {'day' if line.days == 1 else 'days'}"


def _format_positions(line: BoilerplateParagraph) -> str:
    places = {"above": line.head, "amid": line.amid, "below": line.tail, "cut": line.cut}
    return " ".join(f"{place} {count}" for place, count in places.items() if count)


def _result_to_dict(result: LearningResult) -> dict[str, object]:
    lines = {"learned": result.learned, "lost": result.unlearned}
    return {
        "wire": result.wire,
        "articles": result.article_count,
        "applied": result.applied_count,
        **{what: [line.to_dict() for line in some] for what, some in lines.items()},
    }
