"""The factory of DAGs that match and fold all articles under another profile on Spark, after approval."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from copydesk.dags.factories.approval_task import make_approval_task
from copydesk.dags.factories.dag_options import Limits, make_dag, make_default_args
from copydesk.dags.tasks import refold_tasks
from copydesk.dags.telemetry.assets import STORIES, emit_asset_events

REFOLD_LIMITS = Limits(task=timedelta(hours=24))
"""A stage of 100 million articles takes hours."""

SWAP_RETRIES = 10
"""With the delays between them an hour: a swap waits until no run is between signing and folding, and no article is
missing."""

STAGE_DOCS = {
    "sign": "Computes the sketches of all articles on Spark.",
    "pairs": "Finds the candidate pairs, and drops those that no rule relates.",
    "verify": "Compares the pairs exactly.",
    "components": "Finds the connected components of near-duplicates; a giant one stops the run with its headlines.",
    "cluster": "Clusters whole components into stories.",
}
"""The description of each task that runs on Spark; the order is that of the tasks."""

DOC = """
### Refold
Matches and folds all articles under another profile on Apache Spark, as a generation alongside the live one, and
swaps to it after approval. `reprocess` does the same on one machine; the stories are the same.

| task | what it does |
|---|---|
| plan | checks the profile, opens the run and lists the months with articles |
| export | writes the articles of each month to a Parquet file, unless the file has them already |
| sign, pairs, verify, components, cluster | the stages on Spark, each a process of its own that writes a folder |
| land | writes the generation, in one transaction |
| catch_up | adds the articles that have come or changed since the export |
| compare | counts what a swap would change |
| approve | waits for *Approve* or *Reject* under *Required Actions*; no answer in time counts as a rejection |
| swap | catches up again and makes the generation live; ids of stories that end redirect to their successors |
| report | closes the run and announces the stories |

Clear a task, and only that one runs again: a stage writes its folder anew, and *land* replaces what it wrote. A stage
that failed continues where it stopped. A landing that stops leaves nothing behind.

The settings table `[refold]` names Spark's master and the folder that all machines of the cluster share.
"""

APPROVAL_SUBJECT = """\
Swap all stories to {% if params.profile %}the profile with {{ params.profile | join(', ') }}\
{% else %}the default profile{% endif %}?"""
"""The question in the approval form."""


def refold_dag(
    dag_id: str = "refold",
    *,
    schedule: object = None,
    pool: str | None = None,
    queue: str | None = None,
    retries: int = 3,
    limits: Limits = REFOLD_LIMITS,
    tags: Collection[str] = ("maintenance",),
    default_args: Mapping[str, Any] | None = None,
    **dag_options: Any,
) -> DAG:
    """Return a DAG that folds all articles under another profile on Spark, after a person has approved the changes.

    Args:
        dag_id: The id of the DAG, unique in the Airflow.
        schedule: None, because its runs need parameters: they are triggered by hand.
        pool: The pool of all tasks; None for Airflow's default pool.
        queue: The queue of all tasks, of workers with Java and the shared folder; None for the default queue.
        retries: The number of retries of a task.
        limits: The time limits of tasks; a run has none, because it waits for a person.
        tags: Tags in addition to ``copydesk``.
        default_args: Default arguments of all tasks, which have precedence over the others.
        dag_options: Further arguments of Airflow's ``DAG``.

    Raises:
        BadSettings: A setting is invalid.
    """
    dag = make_dag(
        dag_id,
        schedule=schedule,
        tags=tags,
        **{
            "max_active_runs": 1,
            "default_args": make_default_args(
                limits, retries=retries, pool=pool, queue=queue, default_args=default_args
            ),
            "doc_md": DOC,
            "params": {
                "profile": Param(
                    [],
                    type="array",
                    items={"type": "string"},
                    description="Changes to the default profile, each as name=value.",
                ),
                "master": Param(
                    None,
                    type=["null", "string"],
                    description="Spark's master URL. Leave empty for that of the settings table `[refold]`.",
                ),
                "conf": Param(
                    [],
                    type="array",
                    items={"type": "string"},
                    description="Spark settings, each as spark.NAME=VALUE, in addition to those of `[refold]`.",
                ),
            },
            **dag_options,
        },
    )
    with dag:
        _add_tasks()
    return dag


def _add_tasks() -> None:
    @task(doc_md="Checks the profile, opens the run and lists the months with articles.")
    def plan() -> list[list[str]]:
        return refold_tasks.plan_refold(get_current_context())

    @task(doc_md="Writes the articles of months to Parquet files, unless the files have them already.")
    def export(months: list[str]) -> int:
        return refold_tasks.export_months(get_current_context(), months)

    @task(doc_md="Writes the generation that Spark computed, in one transaction.")
    def land() -> dict[str, int]:
        return refold_tasks.land(get_current_context())

    @task(doc_md="Adds the articles that have come or changed since the export.")
    def catch_up() -> dict[str, int]:
        return refold_tasks.catch_up(get_current_context())

    @task(doc_md="Counts what a swap would change, and saves samples for the form.")
    def compare() -> dict[str, int]:
        return refold_tasks.compare(get_current_context())

    @task(
        doc_md="Catches up again and makes the generation live, in one transaction. It waits for runs between signing "
        "and folding.",
        retries=SWAP_RETRIES,
    )
    def swap() -> dict[str, int]:
        return refold_tasks.swap(get_current_context())

    @task(doc_md="Closes the run and announces the stories.", outlets=[STORIES])
    def report() -> Any:
        return (yield from emit_asset_events(refold_tasks.report(get_current_context()), [STORIES]))

    approve = make_approval_task(
        subject=APPROVAL_SUBJECT,
        counted_by="compare",
        effect="swaps to the generation",
        doc="Waits for *Approve* or *Reject* under *Required Actions*. No answer in time counts as a rejection.",
    )
    last: Any = export.expand(months=plan())
    for stage, text in STAGE_DOCS.items():
        done = task(task_id=stage, doc_md=text)(_make_stage(stage))()
        last >> done
        last = done
    last >> land() >> catch_up() >> compare() >> approve >> swap() >> report()


def _make_stage(stage: str) -> Callable[[], int]:
    def run_stage() -> int:
        return refold_tasks.run_stage(get_current_context(), stage)

    return run_stage
