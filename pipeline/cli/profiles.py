"""`copydesk profiles`: manage generations of stories, and choose which one is live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from copydesk.pipeline.cli.database_use import uses_database
from copydesk.pipeline.cli.dedup_engine import Conf
from copydesk.pipeline.console.options import Json
from copydesk.pipeline.console.tables import (
    format_counts,
    pluralize,
    print_json,
    print_table,
    progress_bars,
    sanitize_cell,
)
from copydesk.pipeline.core.errors import BadInput
from copydesk.pipeline.core.settings import load_settings
from copydesk.pipeline.db import read_transaction

profiles_app = typer.Typer(
    help="List, build, compare, swap and retire generations of stories. Each generation has a profile of parameters.",
    invoke_without_command=True,
)
ProfileId = Annotated[str, typer.Argument(metavar="ID", help="The profile's ID or a prefix of it.")]

TITLE_CHARS = 100
"""Characters of a title shown in a sample: fits one line."""


class BuildEngine(StrEnum):
    """What computes a new generation."""

    DATABASE = "database"
    SPARK = "spark"


@profiles_app.callback()
def profiles(context: typer.Context, as_json: Json = False) -> None:
    """List the generations if there is no subcommand."""
    if context.invoked_subcommand is None:
        list_profiles(as_json=as_json)


@profiles_app.command("list")
@uses_database
def list_profiles(as_json: Json = False) -> None:
    """List the generations: state, size, and differences from this version's default profile."""
    from copydesk.pipeline.store.profiles import list_generations

    with read_transaction(load_settings()) as connection:
        rows = list_generations(connection)
    if as_json:
        print_json({**asdict(row), "differences": row.differences} for row in rows)
        return
    if not rows:
        typer.echo("No generations yet: no article has been signed.")
        return
    print_table(
        ["id", "state", "articles", "stories", "pending", "MiB", "live since", "differs from default"],
        [
            (row.profile_id, row.state, row.articles, row.stories, row.pending_articles,
             f"{row.size_bytes / (1 << 20):.1f}", row.live_since or "-", " ".join(row.differences) or "-")
            for row in rows
        ],
        right_aligned="articles stories pending MiB",
    )  # fmt: skip


@profiles_app.command("build")
@uses_database
def build(
    profile_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An existing generation to update.", show_default="this version's default profile"
        ),
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter of the default profile. Repeatable."),
    ] = None,
    engine: Annotated[
        BuildEngine,
        typer.Option(help="What computes a new generation: this database or Apache Spark. The stories are the same."),
    ] = BuildEngine.DATABASE,
    master: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Spark's master, such as local[4], spark://HOST:PORT, yarn or k8s://URL.",
            show_default="that of the settings table [refold]",
        ),
    ] = "",
    conf: Conf = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A folder for the exported articles and the results of Spark's stages, which all machines of the"
            " cluster share.",
            show_default="that of the settings table [refold]",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build a new generation alongside the live one, or update an existing one.

    The live stories do not change. After an interruption, the same command resumes. Run it again before a swap: it then
    processes only the articles that arrived since. On Spark, it replaces what the generation had.
    """
    from copydesk.pipeline.core.profile_parameters import parse_profile_changes, parse_stored_profile
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.store.profiles import find_generation

    if profile_id and changes:
        raise BadInput("ID and --set cannot be combined.", "The parameters of an existing profile cannot be changed.")
    settings = load_settings()
    if profile_id:
        with read_transaction(settings) as connection:
            generation = find_generation(connection, profile_id)
        profile = parse_stored_profile(generation.profile_id, generation.params)
    else:
        profile = parse_profile_changes(changes or [])
    if engine is BuildEngine.SPARK:
        from copydesk.pipeline.cli.build_on_spark import build_on_spark

        counts = build_on_spark(settings, profile, master, conf or (), work)
    else:
        with progress_bars({"match": "Matching", "fold": "Folding"}) as progress:
            counts = build_generation(settings, profile, progress)
    if as_json:
        print_json([counts])
        return
    typer.echo(
        f"{counts.profile_id}: {counts.signed} articles signed, {counts.matched} matched, {counts.folded} folded."
    )


@profiles_app.command("compare")
@uses_database
def compare(profile_id: ProfileId, as_json: Json = False) -> None:
    """Show what a swap would change: merged and split stories, moved articles, with samples."""
    from copydesk.pipeline.generations.compare import compare_with_live as compare_generation
    from copydesk.pipeline.store.profiles import find_generation

    with read_transaction(load_settings()) as connection:
        comparison = compare_generation(connection, find_generation(connection, profile_id).profile_id)
    if as_json:
        print_json([comparison])
        return
    counts, other_id = comparison.counts, comparison.other_profile_id
    typer.echo(f"From {comparison.live_profile_id} (live) to {other_id}: {counts.articles} articles in both.")
    if comparison.missing_articles:
        typer.echo(
            f"{pluralize(comparison.missing_articles, 'article')} missing from {other_id}. "
            f"Run `copydesk profiles build {other_id}` to add them."
        )
    typer.echo(f"  stories          {counts.stories_before} -> {counts.stories_after}")
    typer.echo(f"  stories merged   {counts.merged}")
    _print_samples((story.title, story.titles) for story in comparison.merged)
    typer.echo(f"  stories split    {counts.split}")
    _print_samples((story.title, story.titles) for story in comparison.split)
    typer.echo(f"  articles moved   {counts.moved}")
    _print_samples((move.title, [f"from {move.before}", f"to {move.after}"]) for move in comparison.moved)
    typer.echo(f"  redirected IDs   {counts.ended}")
    typer.echo(f"  new IDs          {counts.founded}")


@profiles_app.command("swap")
@uses_database
def swap(profile_id: ProfileId) -> None:
    """Make a generation live, in one transaction; the previous one is kept until it is retired.

    IDs of stories that disappear redirect to the story that has their copies. To swap back, pass the previous ID.
    """
    from copydesk.pipeline.generations.swap import swap_generation

    settings = load_settings()
    counts = swap_generation(settings, profile_id)
    typer.echo(
        f"{counts.new_live} is live; {counts.previous_live} is kept until `copydesk profiles retire`. "
        f"{pluralize(counts.redirects, 'story ID')} redirected."
    )


@profiles_app.command("retire")
@uses_database
def retire(profile_id: ProfileId) -> None:
    """Delete a generation, in batches. The live one cannot be deleted; the parameters of the profile are kept."""
    from copydesk.pipeline.generations.swap import retire_generation

    settings = load_settings()
    with progress_bars({"retire": "Deleting"}) as progress:
        deleted = retire_generation(settings, profile_id, progress)
    typer.echo(f"Deleted: {format_counts(deleted) or 'nothing, it was empty'}.")


def _print_samples(samples: Iterable[tuple[str, Iterable[str]]]) -> None:
    for title, others in samples:
        typer.echo(f"    {sanitize_cell(title)[:TITLE_CHARS]}")
        for other in others:
            typer.echo(f"      {sanitize_cell(other)[:TITLE_CHARS]}")
