"""Print one story: its text, its copies, versions and events."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from copydesk.pipeline.console.tables import print_json, print_table, sanitize_cell
from copydesk.pipeline.fold.origin import OriginBasis
from copydesk.pipeline.fold.sources import SourceBasis
from copydesk.pipeline.views import story_queries
from copydesk.pipeline.views.outdated_copies import OutdatedCopy
from copydesk.pipeline.views.story_sources import SpreadStep, StorySource
from copydesk.pipeline.views.story_versions import Version


def print_text(details: story_queries.StoryDetails, versions: Sequence[Version]) -> None:
    """Print the title, the state, the kills, the text and the origin."""
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


def print_outlets(sources: Sequence[StorySource], spread: Sequence[SpreadStep]) -> None:
    """Print, for a story on several wires, when each got it, and from whom: ``4 outlets, 2 independent sources``."""
    if len(spread) < 2:
        return
    count = len({source.origin.casefold() for source in sources})
    typer.echo(f"{len(spread)} outlets, {count} independent source{'' if count == 1 else 's'}")
    typer.echo(f"Spread: {_format_spread(spread)}\n")
    by_wire = {source.wire: source for source in sources}
    rows = []
    for step in spread:
        source = by_wire.get(step.wire)
        origin, evidence = (source.origin, _format_evidence(source)) if source else ("", "")
        rows.append((step.nth, f"{step.minutes:g}", step.wire, origin, evidence))
    print_table(["#", "minutes", "outlet", "source", "evidence"], rows, right_aligned="# minutes")
    typer.echo("")


def _format_spread(spread: Sequence[SpreadStep]) -> str:
    """Return ``northgate first, 4 of 8 outlets after 40 minutes, harborpost last after 200 minutes``."""
    half, last = spread[(len(spread) - 1) // 2], spread[-1]
    middle = f", {half.nth} of {half.outlets} outlets after {half.minutes:g} minutes" if len(spread) > 3 else ""
    return f"{spread[0].wire} first{middle}, {last.wire} last after {last.minutes:g} minutes"


def _format_evidence(source: StorySource) -> str:
    basis, evidence = SourceBasis(source.basis), source.evidence
    if basis is SourceBasis.CREDIT:
        return f"credits {evidence['credit']}"
    if basis is SourceBasis.FEED:
        return f"credits nobody, its feed names {evidence['feed']}"
    if basis is SourceBasis.TEXT:
        return f"credits nobody, has the text of {evidence.get('wire', 'another outlet')}"
    if basis is SourceBasis.OWNER:
        return f"credits nobody, belongs to {evidence['owner']}"
    return "credits nobody"


def print_copies(copies: Sequence[story_queries.StoryCopy]) -> None:
    """Print each copy relative to the origin's article, or to the earliest copy if that is not among them."""
    to_origin = any(copy.is_origin for copy in copies)
    rows = []
    for number, copy in enumerate(copies, 1):
        is_first = copy.is_origin if to_origin else copy.is_representative
        delay = copy.origin_delay if to_origin else copy.delay
        first_label = "origin" if to_origin else "first"
        relation = first_label if is_first else _format_relation(copy, to_origin=to_origin)
        rows.append((number, copy.published_at, delay, relation, copy.wire, copy.title, copy.url))
    print_table(["#", "published", "delay", "relation", "wire", "title", "url"], rows, right_aligned="# delay")


def _format_relation(copy: story_queries.StoryCopy, *, to_origin: bool) -> str:
    """Return ``excerpt``; for a copy of a copy ``indirect (excerpt)``, with the kind of its edge to the other copy."""
    relation = copy.origin_relation if to_origin else copy.relation
    via_relation = copy.origin_via_relation if to_origin else copy.via_relation
    return f"{relation} ({via_relation})" if via_relation else relation


def print_versions(versions: Sequence[Version]) -> None:
    """Print each version and what it changed."""
    print_table(
        ["#", "version", "time", "wire", "words", "figures removed", "figures added", "title"],
        [
            (f"v{index}", v.name, v.at, v.wire, f"{v.word_delta:+}" if v.word_delta else "",
             " ".join(v.removed_numbers), " ".join(v.added_numbers),
             v.title if v.title_changed or index == 1 else "(unchanged)")
            for index, v in enumerate(versions, 1)
        ],
        title="Versions",
        right_aligned="words",
    )  # fmt: skip


def print_parts(parts: Sequence[story_queries.DigestItem]) -> None:
    """Print the items of a digest, and the digests that have this story as an item."""
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


def print_events(rows: Sequence[story_queries.StoryEvent], *, as_json: bool) -> None:
    """Print the history of the story."""
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


def print_outdated(copies: Sequence[OutdatedCopy], *, as_json: bool) -> None:
    """Print copies that still show a killed or uncorrected text."""
    if as_json:
        print_json(copies)
        return
    if not copies:
        typer.echo("No copy shows a killed or uncorrected text.", err=True)
        return
    print_table(
        ["story", "text", "since", "last seen", "wire", "shows version of", "title", "url"],
        [
            (str(c.story_id)[:8], c.reason, c.outdated_since, c.last_seen_at, c.wire, c.shown_at or "-", c.title, c.url)
            for c in copies
        ],
    )


def copy_to_dict(copy: story_queries.StoryCopy) -> dict[str, object]:
    """Return the copy as JSON shows it."""
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
