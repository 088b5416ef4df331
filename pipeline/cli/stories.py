"""`copydesk stories`, `story` and `runs`: what has landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from psycopg import Connection

from copydesk.pipeline.console.tables import print_json, print_table, sanitize_cell
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.times import parse_time
from copydesk.pipeline.db import Row, connect
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.fold.origin import Basis
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.story_versions import Version

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="How many at the most.")]


def connect_to_database() -> Connection[Row]:
    """A connection to a database that has all its tables."""
    ensure_schema(load_settings())
    return connect(load_settings())


def stories(
    since: Annotated[str, typer.Option(help="Only stories with a copy from this time on (ISO 8601, UTC).")] = "",
    until: Annotated[str, typer.Option(help="Only stories that began before this time.")] = "",
    wire: Annotated[str, typer.Option(help="Only stories that this wire has a copy of.")] = "",
    min_copies: Annotated[int, typer.Option(min=1, help="Only stories with at least so many copies.")] = 1,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the stories, those with most copies first."""
    with connect_to_database() as connection:
        rows = story_queries.list_stories(
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
    if not rows:
        typer.echo("No story is like that. `copydesk runs` tells what was worked, `copydesk wires` who is.", err=True)
        return
    print_table(
        ["id", "published", "copies", "wires", "lang", "origin", "title"],
        [
            (str(r.story_id)[:8], r.published_at, r.copies, r.wires, r.language, r.origin_agency or r.wire, r.title)
            for r in rows
        ],
        right_aligned="copies wires",
    )


def story(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story's id, or the beginning of it.")],
    events: Annotated[bool, typer.Option("--events", help="Tell what happened to it instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show one story: its text, whose copy it is, its versions, and where and when each copy of it ran."""
    with connect_to_database() as connection:
        profile_id = get_live_profile_id(connection)
        found = story_queries.find_story(connection, profile_id, story_id)
        key = (connection, profile_id, found["story_id"])
        if events:
            _print_events(story_queries.list_events(*key), as_json=as_json)
            return
        copies = story_queries.list_copies(*key)
        versions = story_queries.list_story_versions(*key)
        parts = story_queries.list_digest_items(*key)
    if as_json:
        print_json(
            [
                {
                    **found,
                    "copies": [_copy_to_dict(copy) for copy in copies],
                    "versions": [asdict(version) for version in versions],
                    "parts": [asdict(part) for part in parts],
                }
            ]
        )
        return
    _print_text(found, versions)
    _print_copies(copies)
    if len(versions) > 1:
        _print_versions(versions)
    _print_parts(parts)


def _print_text(found: dict[str, Any], versions: Sequence[Version]) -> None:
    typer.echo(f"{_clean_text(found['title'])}\n")
    if found["state"] != "live":
        typer.echo(f"[{found['state']}]\n")
    for kill in [version for version in versions if version.kill_text]:
        typer.echo(
            f"[{kill.name}, {sanitize_cell(kill.at)}, {kill.wire}] {_clean_text(kill.title)}\n{_clean_text(kill.kill_text)}\n"
        )
    typer.echo(f"{_clean_text(found['body'])}\n")
    if found["origin_basis"]:
        typer.echo(f"{_format_origin(found)}\n")


def _format_origin(found: dict[str, Any]) -> str:
    """``Origin: Northgate (wire northgate), credited by 3 of 4 wires``."""
    agency = found["origin_agency"] or "unknown"
    wire = f" (wire {found['origin_wire']})" if found["origin_wire"] else ""
    evidence = found["origin_evidence"]
    named = evidence["credits"].get(agency, 0)
    basis = {
        Basis.CREDIT: f"credited by {named} of {evidence['wires']} wires",
        Basis.DATELINE: f"named in the dateline by {named} of {evidence['wires']} wires",
        Basis.EARLIEST: "its copy is the earliest and none credits another",
        Basis.ALONE: "no other wire has it",
    }[Basis(found["origin_basis"])]
    absent = "" if found["origin_article"] else "; its own article is not among the copies"
    return _clean_text(f"Origin: {agency}{wire}, {basis}{absent}")


def _print_copies(copies: Sequence[story_queries.StoryCopy]) -> None:
    """Each copy against the origin's article, or where that is not among them against the earliest."""
    to_origin = any(copy.is_origin for copy in copies)
    rows = []
    for copy in copies:
        first = copy.is_origin if to_origin else copy.is_representative
        delay = copy.origin_delay if to_origin else copy.delay
        name = ("origin" if to_origin else "first") if first else _format_relation(copy, to_origin=to_origin)
        rows.append((copy.published_at, delay, name, copy.wire, copy.title, copy.url))
    print_table(["published", "delay", "relation", "wire", "title", "url"], rows, right_aligned="delay")


def _format_relation(copy: story_queries.StoryCopy, *, to_origin: bool) -> str:
    """``excerpt``; of a copy of a copy ``indirect (excerpt)``, with the kind of its edge to the copy between."""
    relation = copy.origin_relation if to_origin else copy.relation
    between = copy.origin_via_relation if to_origin else copy.via_relation
    return f"{relation} ({between})" if between else relation


def _print_versions(versions: Sequence[Version]) -> None:
    typer.echo("")
    print_table(
        ["version", "at", "wire", "words", "figures out", "figures in", "title"],
        [
            (v.name, v.at, v.wire, f"{v.word_delta:+}" if v.word_delta else "", " ".join(v.removed_numbers), " ".join(v.added_numbers),
             v.title if v.title_changed or not at else "(the same)")
            for at, v in enumerate(versions)
        ],
        title="Versions, and what each changed",
        right_aligned="words",
    )  # fmt: skip


def _print_parts(parts: Sequence[story_queries.DigestItem]) -> None:
    for holds, title in ((True, "This digest holds"), (False, "Is in the digests")):
        rows = [
            (str(p.item_story if holds else p.digest_story)[:8], p.shared, p.item_title if holds else p.digest_title)
            for p in parts
            if p.is_container is holds
        ]
        if rows:
            typer.echo("")
            print_table(["story", "shared", "title"], rows, title=title, right_aligned="shared")


def _print_events(rows: Sequence[story_queries.StoryEvent], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    print_table(
        ["at", "event", "wire", "other story", "title"],
        [
            (r.at, r.kind, r.wire or "", str(r.related_story)[:8] if r.related_story else "", r.title or "")
            for r in rows
        ],
    )


def runs(limit: Limit = 20, as_json: Json = False) -> None:
    """List the runs and their counts, latest window first."""
    with connect_to_database() as connection:
        rows = story_queries.list_runs(connection, limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("Nothing has run yet. `copydesk up` starts the schedule; `copydesk crawl WIRE` fetches.", err=True)
        return
    print_table(
        ["window", "kind", "state", "scheduled", "stored", "new", "articles", "stories", "failed", "seconds", "run"],
        [
            (r.window_start, r.kind, f"{r.state}: {r.error}"[:40] if r.error else r.state, r.scheduled, r.stored,
             r.new_articles, r.articles, r.stories, r.failed,
             round((r.ended_at - r.started_at).total_seconds()) if r.ended_at else "-", r.run_id)
            for r in rows
        ],
        right_aligned="scheduled stored new articles stories failed seconds",
    )  # fmt: skip


def _copy_to_dict(copy: story_queries.StoryCopy) -> dict[str, object]:
    return {
        "article_id": str(copy.article_id), "wire": copy.wire, "url": copy.url, "title": copy.title,
        "published_at": copy.published_at, "relation": copy.relation, "delay_seconds": copy.delay.total_seconds(),
        "is_representative": copy.is_representative, "notice": copy.notice, "is_origin": copy.is_origin,
        "origin_relation": copy.origin_relation,
        "origin_delay_seconds": None if copy.origin_delay is None else copy.origin_delay.total_seconds(),
        "via": str(copy.via) if copy.via else None, "via_relation": copy.via_relation,
        "origin_via": str(copy.origin_via) if copy.origin_via else None,
        "origin_via_relation": copy.origin_via_relation,
    }  # fmt: skip


def _clean_text(text: str) -> str:
    """The text's lines, harmless to a terminal."""
    return "\n".join(sanitize_cell(line) for line in text.split("\n"))
