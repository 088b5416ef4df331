"""`copydesk stories`, `story` and `runs`: what has landed."""

from __future__ import annotations

from typing import Annotated

import typer
from psycopg import Connection

from pipeline import browse
from pipeline.cli.show import print_json, print_table
from pipeline.config import load
from pipeline.db import Row, connect
from pipeline.db.schema import prepare
from pipeline.generations import find_live
from pipeline.runs import parse_time

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many at the most.")]


def open_database() -> Connection[Row]:
    """A connection to a database that has all its tables."""
    prepare(load())
    return connect(load())


def stories(
    since: Annotated[str, typer.Option(help="Only stories with a copy from this time on (ISO 8601, UTC).")] = "",
    until: Annotated[str, typer.Option(help="Only stories that began before this time.")] = "",
    wire: Annotated[str, typer.Option(help="Only stories that this wire has a copy of.")] = "",
    min_copies: Annotated[int, typer.Option(min=1, help="Only stories with at least so many copies.")] = 1,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the stories, those with most copies first."""
    with open_database() as connection:
        rows = browse.list_stories(
            connection,
            since=parse_time(since) if since else None,
            until=parse_time(until) if until else None,
            wire=wire or None,
            min_copies=min_copies,
            limit=limit,
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        ["id", "published", "copies", "wires", "lang", "first on", "title"],
        [(str(r.story_id)[:8], r.published_at, r.copies, r.wires, r.language, r.wire, r.title) for r in rows],
        right="copies wires",
    )


def story(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story's id, or the beginning of it.")],
    as_json: Json = False,
) -> None:
    """Show one story: its text, and where and when each copy of it ran."""
    with open_database() as connection:
        profile_id = find_live(connection)
        found = browse.find_story(connection, profile_id, story_id)
        copies = browse.list_copies(connection, profile_id, found["story_id"])
    if as_json:
        print_json([{**found, "copies": [_copy_to_dict(copy) for copy in copies]}])
        return
    typer.echo(f"{found['title']}\n")
    if found["state"] != "live":
        typer.echo(f"[{found['state']}]\n")
    typer.echo(f"{found['body']}\n")
    print_table(
        ["published", "delay", "relation", "wire", "title", "url"],
        [
            (c.published_at, c.delay, "first" if c.is_representative else c.relation or "-", c.wire, c.title,
             c.url)
            for c in copies
        ],
        right="delay",
    )  # fmt: skip


def runs(limit: Limit = 20, as_json: Json = False) -> None:
    """List the runs and their counts, latest window first."""
    with open_database() as connection:
        rows = browse.list_runs(connection, limit)
    if as_json:
        print_json(rows)
        return
    print_table(
        ["window", "kind", "state", "scheduled", "stored", "new", "articles", "stories", "failed", "seconds", "run"],
        [
            (r.window_start, r.kind, f"{r.state}: {r.error}"[:40] if r.error else r.state, r.scheduled, r.stored,
             r.new_articles, r.articles, r.stories, r.failed,
             round((r.ended_at - r.started_at).total_seconds()) if r.ended_at else "-", r.run_id)
            for r in rows
        ],
        right="scheduled stored new articles stories failed seconds",
    )  # fmt: skip


def _copy_to_dict(copy: browse.CopyLine) -> dict[str, object]:
    return {
        "article_id": str(copy.article_id), "wire": copy.wire, "url": copy.url, "title": copy.title,
        "published_at": copy.published_at, "relation": copy.relation, "delay_seconds": copy.delay.total_seconds(),
        "is_representative": copy.is_representative, "notice": copy.notice,
    }  # fmt: skip
