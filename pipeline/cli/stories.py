"""`copydesk stories`, `story` and `runs`: show stories and runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from psycopg import Connection

from copydesk.pipeline.console.options import Json, Limit
from copydesk.pipeline.console.tables import print_json, print_table, sanitize_cell
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.core.times import parse_user_time
from copydesk.pipeline.db import Row, read_transaction
from copydesk.pipeline.db.schema import ensure_schema
from copydesk.pipeline.fold.origin import OriginBasis
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.story_versions import Version


@contextmanager
def connect_to_database() -> Iterator[Connection[Row]]:
    """Open a read-only transaction, after checking that the schema is up to date."""
    settings = load_settings()
    ensure_schema(settings)
    with read_transaction(settings) as connection:
        yield connection


def stories(
    since: Annotated[
        str, typer.Option(help="Only stories with a copy published at or after this time (ISO 8601, UTC).")
    ] = "",
    until: Annotated[str, typer.Option(help="Only stories first published before this time (ISO 8601, UTC).")] = "",
    wire: Annotated[str, typer.Option(help="Only stories that this wire published a copy of.")] = "",
    min_copies: Annotated[int, typer.Option(min=1, help="Only stories with at least this many copies.")] = 1,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List stories, the most copied first."""
    with connect_to_database() as connection:
        rows = story_queries.list_stories(
            connection,
            since=parse_user_time(since) if since else None,
            until=parse_user_time(until) if until else None,
            wire=wire or None,
            min_copies=min_copies,
            limit=limit,
        )
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(
            "No stories match. See `copydesk runs` for past runs and `copydesk wires` for configured wires.", err=True
        )
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
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story's ID or a prefix of it.")],
    events: Annotated[bool, typer.Option("--events", help="Show the story's history instead.")] = False,
    as_json: Json = False,
) -> None:
    """Show one story: its text, its origin, its copies and its versions."""
    with connect_to_database() as connection:
        profile_id = get_live_profile_id(connection)
        details = story_queries.find_story(connection, profile_id, story_id)
        key = (connection, profile_id, details.story_id)
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
                    **asdict(details),
                    "copies": [_copy_to_dict(copy) for copy in copies],
                    "versions": [asdict(version) for version in versions],
                    "parts": [asdict(part) for part in parts],
                }
            ]
        )
        return
    _print_text(details, versions)
    _print_copies(copies)
    if len(versions) > 1:
        _print_versions(versions)
    _print_parts(parts)


def _print_text(details: story_queries.StoryDetails, versions: Sequence[Version]) -> None:
    typer.echo(f"{_sanitize_text(details.title)}\n")
    if details.state != "live":
        typer.echo(f"[{details.state}]\n")
    for kill in [version for version in versions if version.kill_text]:
        typer.echo(f"[{kill.name}, {sanitize_cell(kill.at)}, {kill.wire}] {_sanitize_text(kill.title)}")
        typer.echo(f"{_sanitize_text(kill.kill_text)}\n")
    typer.echo(f"{_sanitize_text(details.body)}\n")
    if details.origin_basis:
        typer.echo(f"{_format_origin(details, OriginBasis(details.origin_basis))}\n")


def _format_origin(details: story_queries.StoryDetails, origin_basis: OriginBasis) -> str:
    """Return the likely origin and its evidence: ``Origin: Northgate (wire northgate), credited by 3 of 4 wires``."""
    agency = details.origin_agency or "unknown"
    wire = f" (wire {details.origin_wire})" if details.origin_wire else ""
    evidence = details.origin_evidence or {"credits": {}, "wires": 0}
    count = evidence["credits"].get(agency, 0)
    basis = {
        OriginBasis.CREDIT: f"credited by {count} of {evidence['wires']} wires",
        OriginBasis.DATELINE: f"in the dateline of {count} of {evidence['wires']} wires",
        OriginBasis.EARLIEST: "the earliest copy, and no copy credits another agency",
        OriginBasis.ONLY_WIRE: "the only wire with this story",
    }[origin_basis]
    missing = "" if details.origin_article else "; its own article is not among the copies"
    return _sanitize_text(f"Origin: {agency}{wire}, {basis}{missing}")


def _print_copies(copies: Sequence[story_queries.StoryCopy]) -> None:
    """Print each copy relative to the origin's article, or to the earliest copy if that is not among them."""
    to_origin = any(copy.is_origin for copy in copies)
    rows = []
    for copy in copies:
        is_first = copy.is_origin if to_origin else copy.is_representative
        delay = copy.origin_delay if to_origin else copy.delay
        first_label = "origin" if to_origin else "first"
        relation = first_label if is_first else _format_relation(copy, to_origin=to_origin)
        rows.append((copy.published_at, delay, relation, copy.wire, copy.title, copy.url))
    print_table(["published", "delay", "relation", "wire", "title", "url"], rows, right_aligned="delay")


def _format_relation(copy: story_queries.StoryCopy, *, to_origin: bool) -> str:
    """Return ``excerpt``; for a copy of a copy ``indirect (excerpt)``, with the kind of its edge to the other copy."""
    relation = copy.origin_relation if to_origin else copy.relation
    via_relation = copy.origin_via_relation if to_origin else copy.via_relation
    return f"{relation} ({via_relation})" if via_relation else relation


def _print_versions(versions: Sequence[Version]) -> None:
    typer.echo("")
    print_table(
        ["version", "time", "wire", "words", "figures removed", "figures added", "title"],
        [
            (v.name, v.at, v.wire, f"{v.word_delta:+}" if v.word_delta else "", " ".join(v.removed_numbers),
             " ".join(v.added_numbers), v.title if v.title_changed or not index else "(unchanged)")
            for index, v in enumerate(versions)
        ],
        title="Versions",
        right_aligned="words",
    )  # fmt: skip


def _print_parts(parts: Sequence[story_queries.DigestItem]) -> None:
    for is_digest, title in ((True, "Items in this digest"), (False, "Digests that contain this story")):
        rows = [
            (
                str(part.item_story if is_digest else part.digest_story)[:8],
                part.shared,
                part.item_title if is_digest else part.digest_title,
            )
            for part in parts
            if part.is_container is is_digest
        ]
        if rows:
            typer.echo("")
            print_table(["story", "shared", "title"], rows, title=title, right_aligned="shared")


def _print_events(rows: Sequence[story_queries.StoryEvent], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    print_table(
        ["time", "event", "wire", "related story", "title"],
        [
            (r.at, r.kind, r.wire or "", str(r.related_story)[:8] if r.related_story else "", r.title or "")
            for r in rows
        ],
    )


def runs(limit: Limit = 20, as_json: Json = False) -> None:
    """List runs with their counts, the latest window first."""
    with connect_to_database() as connection:
        rows = story_queries.list_runs(connection, limit)
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
            (r.window_start or "-", r.kind, f"{r.state}: {r.error}"[:40] if r.error else r.state, r.scheduled, r.stored,
             r.new_articles, r.articles, r.stories, r.failed_wires, r.failed,
             round((r.ended_at - r.started_at).total_seconds()) if r.ended_at else "-", r.dag_id, r.run_id)
            for r in rows
        ],
        right_aligned=["scheduled", "stored", "new", "articles", "stories", "failed wires", "failed URLs", "seconds"],
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


def _sanitize_text(text: str) -> str:
    """Return the text with its line breaks, without other unprintable characters."""
    return "\n".join(sanitize_cell(line) for line in text.split("\n"))
