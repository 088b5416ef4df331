"""`copydesk stories`, `story` and `runs`: show stories and runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg import Connection

from copydesk.pipeline.cli.completion import StoryArgument
from copydesk.pipeline.cli.filters import Language, check_wire, describe_no_match
from copydesk.pipeline.cli.story_output import (
    copy_to_dict,
    print_copies,
    print_events,
    print_outdated,
    print_outlets,
    print_parts,
    print_text,
    print_versions,
)
from copydesk.pipeline.console.options import Json, Limit, complete_wire
from copydesk.pipeline.console.tables import print_json, print_table
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.times import parse_user_span
from copydesk.pipeline.db import Row, read_transaction
from copydesk.pipeline.db.session import database_session
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.store.states import RunState
from copydesk.pipeline.views import run_list, story_queries, story_sources
from copydesk.pipeline.views.outdated_copies import list_outdated_copies
from copydesk.pipeline.views.story_search import parse_language

MAX_STATE_CHARS = 40
"""Length to which the state of a run is shown, with the reason of a failure."""

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@contextmanager
def connect_to_database() -> Iterator[Connection[Row]]:
    """Open a read-only transaction in a ``database_session``."""
    settings = load_settings()
    with database_session(settings), read_transaction(settings) as connection:
        yield connection


def stories(
    search: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help='Only stories with a copy that contains these words; "exact phrase", `or` and `-without` also work.',
        ),
    ] = "",
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="Only stories with a copy published at or after this time, such as 24h or yesterday."
        ),
    ] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Only stories first published before this time.")] = "",
    wire: Annotated[
        str,
        typer.Option(metavar="WIRE", autocompletion=complete_wire, help="Only stories with a copy on this wire."),
    ] = "",
    language: Language = "",
    min_copies: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only stories with at least this many copies.")
    ] = 1,
    outdated: Annotated[
        bool,
        typer.Option(
            "--outdated",
            help="List the copies that still show a killed or uncorrected text; --since and --until then apply to"
            " the time of the kill or correction.",
        ),
    ] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List stories, the most copied first."""
    start, end = parse_user_span(since, until)
    if outdated:
        if search or language or min_copies > 1:
            raise BadInput(
                "--outdated lists copies, not stories.", "Combine it with --since, --until, --wire and --limit only."
            )
        with connect_to_database() as connection:
            wire_name = check_wire(connection, wire)
            copies = list_outdated_copies(connection, since=start, until=end, wire=wire_name, limit=limit)
        print_outdated(copies, as_json=as_json)
        return
    code = parse_language(language)
    with connect_to_database() as connection:
        rows = story_queries.list_stories(
            connection,
            since=start,
            until=end,
            wire=check_wire(connection, wire),
            min_copies=min_copies,
            language=code,
            search=search or None,
            limit=limit,
        )
        options: dict[str, object] = {
            "--search": repr(search) if search else "", "--since": since, "--until": until, "--wire": wire,
            "--language": language, "--min-copies": min_copies if min_copies > 1 else "",
        }  # fmt: skip
        explanation = "" if rows else describe_no_match(connection, "stories", options)
    if explanation:
        typer.echo(explanation, err=True)
    elif as_json:
        print_json(rows)
    else:
        print_table(
            ["id", "published", "copies", "wires", "sources", "lang", "origin", "title"],
            [
                (
                    str(r.story_id)[:8], r.published_at, r.copies, r.wires, r.independent_sources or "", r.language,
                    r.origin_agency or r.wire, r.title,
                )
                for r in rows
            ],
            right_aligned="copies wires sources",
        )  # fmt: skip


def story(
    story_id: StoryArgument,
    copies_only: Annotated[bool, typer.Option("--copies", help="Show only the copies.")] = False,
    versions_only: Annotated[bool, typer.Option("--versions", help="Show only the versions.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Show only the story's history.")] = False,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            help="Compare two copies or two versions word by word. A copy is given by its number in the list of"
            " copies or the name of its wire, a version as v1 or v2.",
        ),
    ] = None,
    passages: Annotated[
        str,
        typer.Option(
            metavar="COPY",
            help="Show which earlier article each paragraph of a copy comes from. The copy is given by its number"
            " in the list of copies or the name of its wire.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Show one story: its text, its origin, its outlets and their sources, its copies and its versions."""
    if copies_only + versions_only + events + (diff is not None) + bool(passages) > 1:
        raise BadInput(
            "--copies, --versions, --events, --diff and --passages cannot be combined.",
            "Run the command once for each.",
        )
    with connect_to_database() as connection:
        profile_id = get_live_profile_id(connection)
        details = story_queries.find_story(connection, profile_id, story_id)
        key = (connection, profile_id, details.story_id)
        if events:
            print_events(story_queries.list_events(*key), as_json=as_json)
            return
        copies = story_queries.list_copies(*key)
        if passages:
            from copydesk.pipeline.cli.story_passages import print_passages

            print_passages(connection, copies, passages, as_json=as_json)
            return
        versions = story_queries.list_story_versions(*key)
        parts = story_queries.list_digest_items(*key)
        sources, spread = story_sources.list_sources(*key), story_sources.list_spread(*key)
        if diff is not None:
            from copydesk.pipeline.cli.story_diff import print_diff

            print_diff(connection, copies, versions, diff, as_json=as_json)
            return
    if as_json:
        copy_rows = [copy_to_dict(copy) for copy in copies]
        if copies_only or versions_only:
            print_json(copy_rows if copies_only else [asdict(version) for version in versions])
        else:
            lists: dict[str, Sequence[DataclassInstance]] = {
                "versions": versions,
                "parts": parts,
                "sources": sources,
                "spread": spread,
            }
            print_json([asdict(details) | {"copies": copy_rows} | _write_rows(lists)])
        return
    if not (copies_only or versions_only):
        print_text(details, versions)
        print_outlets(sources, spread)
    if not versions_only:
        print_copies(copies)
    if versions_only or (not copies_only and len(versions) > 1):
        if not versions_only:
            typer.echo("")
        print_versions(versions)
    if not (copies_only or versions_only):
        print_parts(parts)


def _write_rows(lists: Mapping[str, Sequence[DataclassInstance]]) -> dict[str, list[dict[str, Any]]]:
    """Return the records of each list as JSON shows them."""
    return {name: [asdict(record) for record in records] for name, records in lists.items()}


def runs(limit: Limit = 20, as_json: Json = False) -> None:
    """List runs with their counts, the latest window first."""
    with connect_to_database() as connection:
        rows = run_list.list_runs(connection, limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(
            "No runs yet. Run `copydesk up` to start the schedule, or `copydesk crawl WIRE` to crawl one wire.",
            err=True,
        )
        return
    print_table(
        [
            "window", "kind", "state", "scheduled", "stored", "new", "articles", "stories", "failed wires",
            "failed URLs", "seconds", "dag", "run",
        ],
        [
            (r.window_start or "-", r.kind, _describe_state(r), r.scheduled, r.stored,
             r.new_articles, r.articles, r.stories, r.failed_wires, r.failed,
             round((r.ended_at - r.started_at).total_seconds()) if r.ended_at else "-", r.dag_id, r.run_id)
            for r in rows
        ],
        right_aligned=["scheduled", "stored", "new", "articles", "stories", "failed wires", "failed URLs", "seconds"],
    )  # fmt: skip


def _describe_state(run: run_list.RunSummary) -> str:
    if run.error:
        return f"{run.state}: {run.error}"[:MAX_STATE_CHARS]
    state = run.state.replace("_", " ")
    return f"{state} by {run.decided_by}"[:MAX_STATE_CHARS] if run.state == RunState.REJECTED else state
