"""The tasks of `refold`: each loads the settings, calls the pipeline and returns counts, never text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from copydesk.dags.support.airflow_settings import load_settings
from copydesk.dags.support.planning_error import saves_planning_error
from copydesk.dags.support.run_window import get_run_key, get_run_type
from copydesk.dags.tasks.generation_changes import log_progress, request_generation_approval

if TYPE_CHECKING:
    from airflow.sdk import Context

    from copydesk.pipeline.generations.refold import Refold

MAX_EXPORT_TASKS = 500
"""Mapped tasks of `export`: below Airflow's limit. Each has one month, or several after forty years."""

logger = logging.getLogger(__name__)


@saves_planning_error
def plan_refold(context: Context) -> list[list[str]]:
    """Check the parameters and open the run.

    Returns:
        The months to export, for each task of `export`: their first moments, in ISO 8601.

    Raises:
        BadInput: The profile is invalid, or its generation is or was live; or there are no articles.
        BadSettings: Spark cannot run here.
    """
    from copydesk.pipeline.core.strategy import RunMode
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.db.schema import ensure_schema
    from copydesk.pipeline.store.runs import open_run

    settings, dag_run = load_settings(), context["dag_run"]
    ensure_schema(settings)
    months = [month.start.isoformat() for month in make_refold(context).plan()]
    with transaction(settings) as connection:
        open_run(
            connection, dag_run.dag_id, dag_run.run_id, kind=get_run_type(dag_run), mode=RunMode.STORED, window=None,
            wires=[],
        )  # fmt: skip
    size = -(-len(months) // MAX_EXPORT_TASKS)
    return [months[first : first + size] for first in range(0, len(months), size)]


def export_months(context: Context, months: list[str]) -> int:
    """Export months; return the number of articles written."""
    refold = make_refold(context)
    written = 0
    for month in months:
        articles = refold.export(datetime.fromisoformat(month))
        logger.info("%s: %s", month[:7], f"{articles} articles" if articles else "nothing has changed")
        written += articles
    return written


def run_stage(context: Context, stage: str) -> int:
    """Run a stage on Spark; return the number of rows that it wrote."""
    rows = make_refold(context).run_stages([stage], logger.info)[stage]
    logger.info("%s: %s rows", stage, rows)
    return rows


def land(context: Context) -> dict[str, int]:
    """Land the generation; return the numbers of its articles, edges and stories."""
    return asdict(make_refold(context).land(log_progress))


def catch_up(context: Context) -> dict[str, int]:
    """Add what has come or changed since the export; return how many articles were signed, matched and folded."""
    from copydesk.pipeline.generations.build import build_generation

    refold = make_refold(context)
    counts = asdict(build_generation(refold.settings, refold.profile, log_progress))
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def compare(context: Context) -> dict[str, int]:
    """Compare the generation with the live one; return the counts of changes, for the approval."""
    refold = make_refold(context)
    return request_generation_approval(refold.settings, get_run_key(context), refold.profile)


def swap(context: Context) -> dict[str, int]:
    """Make the generation live; running it again changes nothing.

    Returns:
        The number of story ids that became redirects.
    """
    from copydesk.pipeline.db import read_transaction
    from copydesk.pipeline.generations.build import build_generation
    from copydesk.pipeline.generations.swap import swap_generation
    from copydesk.pipeline.store.profiles import get_live_profile_id

    refold = make_refold(context)
    with read_transaction(refold.settings) as connection:
        is_live = get_live_profile_id(connection) == refold.profile.profile_id
    if is_live:
        logger.info("%s is already live", refold.profile.profile_id)
        return {"redirects": 0}
    build_generation(refold.settings, refold.profile, log_progress)
    swapped = swap_generation(refold.settings, refold.profile.profile_id)
    logger.info("%s is live; %s is kept until `copydesk profiles retire`", swapped.new_live, swapped.previous_live)
    logger.info("Runs were locked out for %.3f s.", swapped.locked_seconds)
    return {"redirects": swapped.redirects}


def report(context: Context) -> dict[str, int]:
    """Close the run and delete the files of its stages; return its counts."""
    from copydesk.pipeline.db import transaction
    from copydesk.pipeline.store.runs import close_run
    from copydesk.pipeline.store.states import RunState

    pull = context["ti"].xcom_pull
    asked, swapped = pull(task_ids="compare") or {}, pull(task_ids="swap") or {}
    counts = {"articles": asked.get("articles", 0), "stories": asked.get("stories_after", 0), "redirects": 0, **swapped}
    with transaction(load_settings()) as connection:
        close_run(connection, get_run_key(context), RunState.DONE, {**counts, "asked": asked})
    make_refold(context).delete_stages()  # a generation that is live cannot be landed again
    return counts


def make_refold(context: Context) -> Refold:
    """Return the refold of a run, as its parameters and the settings describe it."""
    from copydesk.pipeline.core.profile_parameters import parse_profile_changes
    from copydesk.pipeline.generations.refold import Refold

    params = context["params"]
    profile = parse_profile_changes(list(params["profile"]))
    name = get_run_key(context).hex
    return Refold.open(load_settings(), profile, name, master=params["master"] or "", conf=params["conf"])
