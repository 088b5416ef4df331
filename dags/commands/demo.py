"""`copydesk demo`: run everything on the sample wires, with Airflow's scheduler, in a separate data folder."""

from __future__ import annotations

import shlex
import signal
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from copydesk.dags.commands.service import PerDay
from copydesk.dags.deploy import local_stack
from copydesk.pipeline.console.tables import pluralize, print_table
from copydesk.pipeline.core.errors import Permanent
from copydesk.pipeline.core.settings import Settings, load_settings
from copydesk.pipeline.core.source_files import read_sources
from copydesk.pipeline.core.urls import canonicalize
from copydesk.pipeline.db import read_transaction
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import run_list, story_queries

if TYPE_CHECKING:
    from copydesk.crawler.sample.ground_truth import Truth
    from copydesk.crawler.sample.pair_scores import PairScore
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import Installation

HOUR = timedelta(hours=1)
BACKFILL_HOURS = 3
"""Enough to show a backfill and stories from several hours, in under three minutes on two cores."""

ARTICLES_PER_DAY = 1920
"""Eighty per hour over all sample wires: enough for stories, few enough for a laptop."""

RUN_TIMEOUT_SECONDS = 480
"""How long to wait for runs: long enough for a slow, busy machine."""

MIN_PRECISION, MIN_RECALL, MIN_STORED_SHARE = 0.98, 0.95, 0.99
"""The demo fails below these values."""


def demo(
    exit_when_done: Annotated[
        bool, typer.Option("--exit", help="Exit when done instead of staying up until Ctrl-C.")
    ] = False,
    per_day: PerDay = ARTICLES_PER_DAY,
) -> None:
    """Start everything with the sample wires, run `newswire`, backfill three hours, and show the stories.

    The exit status is 0 if every run succeeded and the stories match the ground truth of the sample wires.
    """
    settings = load_settings()
    # Sample articles must not end up in a database of the user's.
    overrides = {"home": settings.home / "demo", "sample_per_day": per_day, "database_url": None}
    settings = settings.model_copy(update=overrides)
    started_at = time.monotonic()
    try:
        installation = local_stack.start_all(settings, sample=True)
        typer.echo(f"Airflow UI: {installation.url}   (user {installation.user}, password {installation.password})")
        from copydesk.dags.deploy.airflow_client import AirflowClient

        with AirflowClient(installation.url, installation.user, installation.password) as client:
            runs = run_and_backfill(client, dag_id=settings.newswire.dag_id)
        successes = sum(state == "success" for state in runs.values())
        typer.echo(f"{pluralize(len(runs), 'run')} of newswire, {successes} successful.")
        succeeded = show_results(settings) and successes == len(runs)
        typer.echo(f"{time.monotonic() - started_at:.0f} s from start to stories.")
        if not exit_when_done:
            wait_for_interrupt(installation, settings)
    finally:
        with local_stack.console.status("Stopping everything ..."):
            local_stack.stop_all(settings)
    if not succeeded:
        raise typer.Exit(1)


def run_and_backfill(client: AirflowClient, hours: int = BACKFILL_HOURS, dag_id: str = "newswire") -> dict[str, str]:
    """Wait for the scheduled run of the last whole hour, backfill the hours before it, and wait for those runs.

    Args:
        client: The client of the embedded Airflow.
        hours: The number of hours to backfill.
        dag_id: The DAG to run.

    Returns:
        The state of each run by its id.

    Raises:
        Transient: A run did not end in time.
    """
    path = f"dags/{dag_id}/dagRuns"
    with _make_progress() as bar:
        task = bar.add_task("Running the last hour", total=1)
        last = _wait_for_runs(
            client, path, {"run_type": "scheduled", "order_by": "-logical_date", "limit": 1}, bar, task
        )
        newest = next(iter(last))
        start = datetime.fromisoformat(client.get(f"{path}/{newest}")["data_interval_start"])
        bar.update(task, completed=1)
        task = bar.add_task(f"Backfilling {hours} hours", total=hours)
        backfill = client.post(
            "backfills",
            {
                "dag_id": dag_id,
                "from_date": (start - hours * HOUR).isoformat(),
                "to_date": (start - HOUR).isoformat(),
                "reprocess_behavior": "completed",
                "max_active_runs": 2,
                "dag_run_conf": {},
            },
        )
        query = {
            "logical_date_gte": (start - hours * HOUR).isoformat(),
            "logical_date_lt": start.isoformat(),
            "limit": hours,
        }
        backfilled = _wait_for_runs(client, path, query, bar, task, backfill["id"])
    return {**last, **backfilled}


def show_results(settings: Settings) -> bool:
    """Print the runs, the most copied stories, and how well they match the ground truth.

    Returns:
        Whether the match is good enough.
    """
    with read_transaction(settings) as connection:
        profile_id = get_live_profile_id(connection)
        runs = run_list.list_runs(connection, BACKFILL_HOURS + 1)
        stories = story_queries.list_stories(connection, limit=12, min_copies=2)
        all_stories = story_queries.list_stories(connection, limit=100_000)
        stories_by_url = story_queries.map_articles(connection, profile_id)
        copies = story_queries.list_copies(connection, profile_id, stories[0].story_id) if stories else []
    typer.echo("")
    print_table(
        ["window", "kind", "state", "fetched", "new articles", "articles", "stories"],
        [(r.window_start, r.kind, r.state, r.stored, r.new_articles, r.articles, r.stories) for r in runs],
        title="Runs",
        right_aligned="fetched articles stories",
    )
    typer.echo("")
    print_table(
        ["id", "published", "copies", "wires", "lang", "title"],
        [(str(s.story_id)[:8], s.published_at, s.copies, s.wires, s.language, s.title) for s in stories],
        title=f"{len(stories_by_url)} articles in {len(all_stories)} stories; the most copied stories",
        right_aligned="copies wires",
    )
    typer.echo("")
    if stories:
        print_table(
            ["published", "delay", "relation", "wire", "title"],
            [
                (c.published_at, c.delay, "first" if c.is_representative else c.relation, c.wire, c.title)
                for c in copies
            ],
            title=f"Copies of story {str(stories[0].story_id)[:8]}",
            right_aligned="delay",
        )
    score = score_against_truth(settings, stories_by_url)
    start = min(run.window_start for run in runs if run.window_start)
    end = max(run.window_end for run in runs if run.window_end)
    stored, published = count_stored(settings, stories_by_url, start, end)
    typer.echo(f"\nStored {stored} of {published} articles that wires with an archive published in these hours.")
    typer.echo(
        f"Compared with the ground truth ({score.articles} articles, {score.true_pairs} pairs of copies): precision "
        f"{score.precision:.3f} (minimum {MIN_PRECISION}), recall {score.recall:.3f} (minimum {MIN_RECALL})."
    )
    return (
        bool(stories)
        and score.precision >= MIN_PRECISION
        and score.recall >= MIN_RECALL
        and stored >= MIN_STORED_SHARE * published > 0
    )


def score_against_truth(settings: Settings, stories: Mapping[str, object]) -> PairScore:
    """Compare the pairs of articles in one story with the ground truth.

    Args:
        settings: The settings of the demo.
        stories: The story of each canonical URL.
    """
    from copydesk.crawler.sample.pair_scores import score_pairs

    truths = load_truth(settings)
    return score_pairs(truths.values(), {truth.url: stories[url] for url, truth in truths.items() if url in stories})


def count_stored(settings: Settings, stories: Mapping[str, object], start: datetime, end: datetime) -> tuple[int, int]:
    """Count the articles published in [start, end) by wires with a dated archive; the past of others is gone.

    Args:
        settings: The settings of the demo.
        stories: The story of each canonical URL.
        start: Start of the span.
        end: End of the span, exclusive.

    Returns:
        The number of articles in ``stories``, and the number published.
    """
    sources = read_sources((settings.sample_folder / "sources",))
    truths = load_truth(settings)
    published = [
        url
        for url, truth in truths.items()
        if start <= truth.published_at < end and sources[truth.wire].discovery.archive
    ]
    return sum(url in stories for url in published), len(published)


def load_truth(settings: Settings) -> dict[str, Truth]:
    """Return the ground truth of the sample wires' last three days, by canonical URL."""
    from copydesk.crawler.sample.ground_truth import iter_truths
    from copydesk.crawler.sample.network import Network

    network = Network(seed=settings.sample_seed, per_day=settings.sample_per_day)
    now = datetime.now(UTC)
    origins = local_stack.read_sample_origins(settings.sample_folder)
    sources = read_sources((settings.sample_folder / "sources",))
    truths = iter_truths(network, now - timedelta(days=3), now, origins=origins, now=now)
    return {canonicalize(truth.url, sources[truth.wire].identity): truth for truth in truths}


def wait_for_interrupt(installation: Installation, settings: Settings) -> None:
    """Wait for Ctrl-C or SIGTERM."""
    home = shlex.quote(str(settings.home))
    typer.echo(
        f"\nAirflow UI: {installation.url}   (user {installation.user}, password {installation.password})\n"
        f"To explore from another terminal:  COPYDESK_HOME={home} .venv/bin/copydesk stories\n"
        "Press Ctrl-C to stop everything."
    )
    interrupted = threading.Event()
    # Set explicitly, because a shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    interrupted.wait()
    typer.echo("")


def _wait_for_runs(
    client: AirflowClient, path: str, query: dict[str, Any], bar: Progress, task: Any, backfill: int | None = None
) -> dict[str, str]:
    states: dict[str, str] = {}

    def have_ended() -> bool:
        runs = client.get(path, **query)["dag_runs"]
        states.clear()
        states.update({run["dag_run_id"]: run["state"] for run in runs})
        ended = [state for state in states.values() if state in {"success", "failed"}]
        bar.update(task, completed=len(ended))
        if backfill is not None:  # its runs may show an earlier demo's state until the backfill has cleared them
            return client.get(f"backfills/{backfill}")["completed_at"] is not None
        return bool(ended)

    local_stack.wait_until(
        have_ended, RUN_TIMEOUT_SECONDS, lambda: f"The runs did not end within {RUN_TIMEOUT_SECONDS} s: {states}.", 1.0
    )
    if not states:
        raise Permanent("No run found.", "See the scheduler's log in the data folder.")
    return dict(states)


def _make_progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=local_stack.console,
    )  # fmt: skip
