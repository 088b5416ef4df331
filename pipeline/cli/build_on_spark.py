"""`copydesk profiles build --engine spark`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from copydesk.pipeline.console.tables import pluralize, progress_bars
from copydesk.pipeline.core.profile import Profile
from copydesk.pipeline.core.settings import Settings
from copydesk.pipeline.generations.build import BuildCounts, build_generation
from copydesk.pipeline.generations.refold import Refold
from copydesk.pipeline.spark.refold_job import REFOLD_STAGES


def build_on_spark(
    settings: Settings, profile: Profile, master: str, conf: Sequence[str], work: Path | None
) -> BuildCounts:
    """Compute a generation on Spark, land it, and add what has come since; the arguments are those of the command.

    Raises:
        BadInput: The generation is or was live, or there are no articles.
        BadSettings: Spark is not installed, or does not start.
        RunawayStory, RunawayWire: A guard stopped it.
    """
    refold = Refold.open(settings, profile, f"build-{profile.profile_id}", master=master, conf=conf, folder=work)
    with progress_bars({"export": "Exporting", "spark": "Spark", "land": "Landing"}) as progress:
        months = refold.plan()
        for number, month in enumerate(months):
            refold.export(month.start)
            progress("export", number + 1, len(months))
        lines: list[str] = []
        refold.run_stages(list(REFOLD_STAGES), lines.append)
        progress("spark", 1, 1)
        landed = refold.land(progress)
    for line in lines:
        typer.echo(line, err=True)
    refold.delete_stages()
    typer.echo(
        f"{pluralize(landed.articles, 'article')} in {pluralize(landed.stories, 'story', 'stories')} from Spark.",
        err=True,
    )
    with progress_bars({"match": "Matching", "fold": "Folding"}) as progress:
        return build_generation(settings, profile, progress)
