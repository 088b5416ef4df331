"""`copydesk profiles`: generations of stories side by side, and which of them is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from copydesk.pipeline.console.tables import format_counts, print_json, print_table, progress_bars, sanitize_cell
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import connect
from copydesk.pipeline.db.schema import ensure_schema

profiles_app = typer.Typer(
    help="Build, compare, swap and retire generations of stories; each has a profile of parameters.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
ProfileId = Annotated[str, typer.Argument(metavar="ID", help="The profile's id, or the beginning of it.")]
TITLE_CHARS = 100
"""Characters of a title in a sample."""


@profiles_app.command("list")
def list_profiles(as_json: Json = False) -> None:
    """List the generations: state, what differs from this version's default, how much is there of each."""
    from copydesk.pipeline.store.profiles import list_generations

    ensure_schema(load_settings())
    with connect(load_settings()) as connection:
        rows = list_generations(connection)
    if as_json:
        print_json({**asdict(row), "differences": row.differences} for row in rows)
        return
    if not rows:
        typer.echo("Nothing was signed yet.")
        return
    print_table(
        ["id", "state", "articles", "stories", "waiting", "about MiB", "live since", "differs from the default"],
        [
            (row.profile_id, row.state, row.articles, row.stories, row.pending_articles, f"{row.size_bytes / (1 << 20):.1f}",
             row.live_since or "-", " ".join(row.differences) or "-")
            for row in rows
        ],
        right_aligned="articles stories waiting MiB",
    )  # fmt: skip


@profiles_app.command("build")
def build(
    profile_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="Bring this one up to date; default: this version's own.")
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter of the default; may be given repeatedly."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build a generation beside the live one, or let one catch up; broken off, the same command goes on.

    Nothing that is shown changes. Run it again before a swap: it takes what has come since, and no longer.
    """
    from copydesk.pipeline.core.profile_parameters import parse_profile_changes, parse_stored_profile
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.store.profiles import find_generation

    if profile_id and changes:
        raise BadInput("An id and --set were given.", "Give one of them: the parameters of a profile don't change.")
    settings = load_settings()
    ensure_schema(settings)
    if profile_id:
        with connect(settings) as connection:
            found, params, _ = find_generation(connection, profile_id)
        profile = parse_stored_profile(found, params)
    else:
        profile = parse_profile_changes(changes or [])
    with progress_bars({"match": "Matching", "fold": "Folding"}) as progress:
        counts = build_generation(settings, profile, progress)
    if as_json:
        print_json([counts])
        return
    typer.echo(
        f"{counts.profile_id}: {counts.signed} articles signed, {counts.matched} matched, {counts.folded} folded."
    )


@profiles_app.command("compare")
def compare(profile_id: ProfileId, as_json: Json = False) -> None:
    """Show what a swap would change: stories merged and split, articles whose story changes, a sample of each."""
    from copydesk.pipeline.generations.compare import compare_with_live as compare_generation
    from copydesk.pipeline.store.profiles import find_generation

    ensure_schema(load_settings())
    with connect(load_settings()) as connection:
        found, _, _ = find_generation(connection, profile_id)
        comparison = compare_generation(connection, found)
    if as_json:
        print_json([comparison])
        return
    figures = comparison.counts
    typer.echo(
        f"From {comparison.live_profile_id} (live) to {comparison.other_profile_id}: {figures.articles} articles are in both."
    )
    if comparison.missing_articles:
        typer.echo(
            f"{comparison.missing_articles} articles are missing: `copydesk profiles build {comparison.other_profile_id}` catches up."
        )
    typer.echo(f"  stories          {figures.stories_before} -> {figures.stories_after}")
    typer.echo(f"  stories merged   {figures.merged}")
    _print_samples((one.title, one.titles) for one in comparison.merged)
    typer.echo(f"  stories split    {figures.split}")
    _print_samples((one.title, one.titles) for one in comparison.split)
    typer.echo(f"  articles moved   {figures.moved}")
    _print_samples((one.title, [f"from {one.before}", f"to {one.after}"]) for one in comparison.moved)
    typer.echo(f"  ids that redirect {figures.ended}, new ids {figures.founded}")


@profiles_app.command("swap")
def swap(profile_id: ProfileId) -> None:
    """Show this generation instead of the live one, in one transaction; the old one is kept until it is retired.

    Ids of stories that end lead on to where their copies are. Swapping back is the same command with the old id.
    """
    from copydesk.pipeline.generations.swap import swap_generation

    settings = load_settings()
    ensure_schema(settings)
    counts = swap_generation(settings, profile_id)
    typer.echo(
        f"{counts.new_live} is live; {counts.previous_live} is kept until it is retired. {counts.redirects} ids redirect."
    )


@profiles_app.command("retire")
def retire(profile_id: ProfileId) -> None:
    """Drop a generation's rows, in batches; never the live one's. Its parameters stay on record."""
    from copydesk.pipeline.generations.swap import retire_generation

    settings = load_settings()
    ensure_schema(settings)
    with progress_bars({"retire": "Dropping"}) as progress:
        dropped = retire_generation(settings, profile_id, progress)
    typer.echo(f"Dropped: {format_counts(dropped) or 'nothing was left'}.")


def _print_samples(samples: Iterable[tuple[str, Iterable[str]]]) -> None:
    for title, others in samples:
        typer.echo(f"    {sanitize_cell(title)[:TITLE_CHARS]}")
        for other in others:
            typer.echo(f"      {sanitize_cell(other)[:TITLE_CHARS]}")
