"""`copydesk demo`: the whole path on the sample wires, by Airflow's own scheduler, in a data folder of its own."""

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
from copydesk.pipeline.db import connect, load_queries
from copydesk.pipeline.store.profiles import get_live_profile_id
from copydesk.pipeline.views import story_queries

if TYPE_CHECKING:
    from copydesk.crawler.sample.ground_truth import Truth
    from copydesk.crawler.sample.pair_scores import PairScore
    from copydesk.dags.deploy.airflow_client import AirflowClient
    from copydesk.dags.deploy.airflow_env import Installation

HOUR = timedelta(hours=1)
BACKFILL_HOURS = 6
ARTICLES_PER_DAY = 1920
RUN_TIMEOUT_SECONDS = 480
MIN_PRECISION, MIN_RECALL, MIN_LANDED_SHARE = 0.98, 0.95, 0.99


def demo(
    exit_when_done: Annotated[
        bool, typer.Option("--exit", help="End by itself instead of staying up until Ctrl-C.")
    ] = False,
    per_day: PerDay = ARTICLES_PER_DAY,
) -> None:
    """Start everything with the sample wires, run `newswire`, backfill six past hours, show the stories.

    Exit status 0 where every run was green, the ledgers hold and the stories agree with the sample's truth.
    """
    settings = load_settings()
    # Sample copy has no business in anyone's own database.
    own = {"home": settings.home / "demo", "sample_per_day": per_day, "database_url": None}
    settings = settings.model_copy(update=own)
    began = time.monotonic()
    try:
        installation = local_stack.start_all(settings, sample=True)
        typer.echo(f"Airflow's UI: {installation.url}   log in as {installation.user} / {installation.password}")
        from copydesk.dags.deploy.airflow_client import AirflowClient

        with AirflowClient(installation.url, installation.user, installation.password) as rest:
            runs = run_and_backfill(rest)
        typer.echo(
            f"{pluralize(len(runs), 'run')} of newswire, {sum(state == 'success' for state in runs.values())} green."
        )
        succeeded = show_results(settings) and all(state == "success" for state in runs.values())
        typer.echo(f"{time.monotonic() - began:.0f} s from start to stories.")
        if not exit_when_done:
            wait_for_interrupt(installation, settings)
    finally:
        with local_stack.console.status("Ending everything ..."):
            local_stack.stop_all(settings)
    if not succeeded:
        raise typer.Exit(1)


def run_and_backfill(client: AirflowClient, hours: int = BACKFILL_HOURS) -> dict[str, str]:
    """Wait for the scheduled run of the last whole hour, backfill the ``hours`` before it, and wait for them.

    Returns the state of each run by its id.

    Raises:
        Transient: a run did not end in time.
    """
    path = "dags/newswire/dagRuns"
    with _make_progress() as bar:
        task = bar.add_task("The scheduler runs the last hour", total=1)
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
                "dag_id": "newswire",
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
        filled = _wait_for_runs(client, path, query, bar, task, backfill["id"])
    return {**last, **filled}


def show_results(settings: Settings) -> bool:
    """Print the runs, the stories with most copies, and how they agree with the truth; whether they do."""
    with connect(settings) as connection:
        profile_id = get_live_profile_id(connection)
        runs = story_queries.list_runs(connection, BACKFILL_HOURS + 1)
        stories = story_queries.list_stories(connection, limit=12, min_copies=2)
        every = story_queries.list_stories(connection, limit=100_000)
        found = connection.execute(load_queries("browse")["map_articles"], {"profile_id": profile_id})
        predicted = {url: story for url, _, story in found}
        most = story_queries.list_copies(connection, profile_id, stories[0].story_id) if stories else []
    typer.echo("")
    print_table(
        ["window", "kind", "state", "fetched", "new articles", "articles", "stories"],
        [(r.window_start, r.kind, r.state, r.stored, r.new_articles, r.articles, r.stories) for r in runs],
        title="What the runs did",
        right_aligned="fetched articles stories",
    )
    typer.echo("")
    print_table(
        ["id", "published", "copies", "wires", "lang", "title"],
        [(str(s.story_id)[:8], s.published_at, s.copies, s.wires, s.language, s.title) for s in stories],
        title=f"{len(predicted)} articles folded into {len(every)} stories; those with most copies",
        right_aligned="copies wires",
    )
    typer.echo("")
    if stories:
        print_table(
            ["published", "delay", "relation", "wire", "title"],
            [(c.published_at, c.delay, "first" if c.is_representative else c.relation, c.wire, c.title) for c in most],
            title=f"The copies of {str(stories[0].story_id)[:8]}",
            right_aligned="delay",
        )
    score = score_against_truth(settings, predicted)
    landed, printed = count_landed(
        settings, predicted, min(run.window_start for run in runs), max(run.window_end for run in runs)
    )
    typer.echo(f"\nOf {printed} articles that the wires with an archive printed in these hours, {landed} are here.")
    typer.echo(
        f"Against the sample network's truth, {score.articles} articles, {score.true_pairs} true pairs: "
        f"precision {score.precision:.3f} (at least {MIN_PRECISION}), recall {score.recall:.3f} (at least {MIN_RECALL})."
    )
    return (
        bool(stories)
        and score.precision >= MIN_PRECISION
        and score.recall >= MIN_RECALL
        and landed >= MIN_LANDED_SHARE * printed > 0
    )


def score_against_truth(settings: Settings, stories: Mapping[str, object]) -> PairScore:
    """The pairs of articles that are one story here, against those that are in truth.

    ``stories`` maps canonical addresses to stories.
    """
    from copydesk.crawler.sample.pair_scores import score_pairs

    known = load_truth(settings)
    return score_pairs(known.values(), {one.url: stories[at] for at, one in known.items() if at in stories})


def count_landed(settings: Settings, stories: Mapping[str, object], start: datetime, end: datetime) -> tuple[int, int]:
    """How many of the articles published in [start, end) are in ``stories``, and how many there were to find.

    Only wires with a dated archive count: the others' past can't be fetched.
    """
    sources = read_sources((settings.sample_folder / "sources",))
    known = load_truth(settings)
    published = [
        address
        for address, one in known.items()
        if start <= one.published_at < end and sources[one.wire].discovery.archive
    ]
    return sum(address in stories for address in published), len(published)


def load_truth(settings: Settings) -> dict[str, Truth]:
    """The truth about the sample wires' last three days, by canonical address."""
    from copydesk.crawler.sample.ground_truth import iter_truths
    from copydesk.crawler.sample.network import Network

    network = Network(seed=settings.sample_seed, per_day=settings.sample_per_day)
    now = datetime.now(UTC)
    origins = local_stack.read_sample_origins(settings.sample_folder)
    sources = read_sources((settings.sample_folder / "sources",))
    known = iter_truths(network, now - timedelta(days=3), now, origins=origins, now=now)
    return {canonicalize(one.url, sources[one.wire].identity): one for one in known}


def wait_for_interrupt(installation: Installation, settings: Settings) -> None:
    """Stay up until Ctrl-C or SIGTERM."""
    home = shlex.quote(str(settings.home))
    typer.echo(
        f"\nEverything stays up: {installation.url} (log in as {installation.user} / {installation.password}).\n"
        f"Look around from another terminal:  COPYDESK_HOME={home} .venv/bin/copydesk stories\n"
        "Ctrl-C ends it all."
    )
    ended = threading.Event()
    # Set anew: a shell starts what it puts in the background with Ctrl-C's signal ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    typer.echo("")


def _wait_for_runs(
    client: AirflowClient, path: str, query: dict[str, Any], bar: Progress, task: Any, backfill: int | None = None
) -> dict[str, str]:
    states: dict[str, str] = {}

    def have_ended() -> bool:
        found = client.get(path, **query)["dag_runs"]
        states.clear()
        states.update({run["dag_run_id"]: run["state"] for run in found})
        ended = [state for state in states.values() if state in {"success", "failed"}]
        bar.update(task, completed=len(ended))
        if backfill is not None:  # its runs may have ended before, in an earlier demo: it clears them first
            return client.get(f"backfills/{backfill}")["completed_at"] is not None
        return bool(ended)

    local_stack.wait_until(
        have_ended, RUN_TIMEOUT_SECONDS, lambda: f"The runs did not end within {RUN_TIMEOUT_SECONDS} s: {states}.", 1.0
    )
    if not states:
        raise Permanent("No run was found.", "Look at the scheduler's log in the data folder.")
    return dict(states)


def _make_progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=local_stack.console,
    )  # fmt: skip
