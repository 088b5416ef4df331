"""The factory of DAGs that process stored pages or articles again, after approval."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from copydesk.dags.factories.approval_task import make_approval_task
from copydesk.dags.factories.dag_options import Limits, check_wires, make_dag, make_default_args
from copydesk.dags.support.wire_param import make_time_param, make_wires_param
from copydesk.dags.tasks import reprocess_tasks
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events

REPROCESS_LIMITS = Limits(task=timedelta(hours=12))
"""A range of months, or all articles, takes hours."""

DOC = """
### Reprocess
Processes again what is stored: parses a range of pages under the current rules (stage *clean*), or matches and folds
all articles under another profile (stage *fold*). Articles and stories do not change until the changes are approved.

| task | what it does |
|---|---|
| plan | opens the run; stage *clean*: finds the wires with stored pages in the range |
| preview | *clean*: parses the pages, stages the results and counts what would change; \
*fold*: builds a generation and compares it with the live one |
| approve | shows counts and samples with differences; waits for *Approve* or *Reject* under *Required Actions*; no \
answer in time counts as a rejection |
| apply | *clean*: applies the staged results to articles and stories at once; *fold*: updates the generation and \
swaps to it |

Without an answer within `COPYDESK_APPROVAL_HOURS` (24), nothing changes.

Every task can be cleared and run again. If *preview* then finds other changes than those shown for approval, it fails;
trigger `reprocess` again. Staged results that were not approved are deleted after a week. A generation that was
rejected or replaced is kept until `copydesk profiles retire`.
"""

APPROVAL_SUBJECT = """\
{% if params.stage == 'clean' -%}
Apply reprocessing of {{ params.since }} to {{ params.until }} ({{ (params.wires or []) | join(', ') or 'all wires' }})?
{%- elif params.profile -%}
Swap all stories to the profile with {{ params.profile | join(', ') }}?
{%- else -%}
Swap all stories to the default profile?
{%- endif %}"""
"""The question in the approval form."""


def reprocess_dag(
    dag_id: str = "reprocess",
    *,
    schedule: object = None,
    wires: Collection[str] = (),
    pool: str | None = None,
    queue: str | None = None,
    retries: int = 3,
    limits: Limits = REPROCESS_LIMITS,
    max_active_runs: int = 1,
    tags: Collection[str] = ("maintenance",),
    default_args: Mapping[str, Any] | None = None,
    **dag_options: Any,
) -> DAG:
    """Return a DAG that processes stored pages or articles again, after a person has approved the changes.

    Args:
        dag_id: The id of the DAG, unique in the Airflow.
        schedule: None, because its runs need parameters: they are triggered by hand.
        wires: The wires that its runs may process at stage ``clean``, as for ``newswire_dag``. Empty for all.
        pool: The pool of all tasks; None for Airflow's default pool.
        queue: The queue of all tasks; None for the executor's default queue.
        retries: The number of retries of a task.
        limits: The time limits of tasks; a run has none, because it waits for a person.
        max_active_runs: The number of runs at a time.
        tags: Tags in addition to ``copydesk``.
        default_args: Default arguments of all tasks, which have precedence over the others.
        dag_options: Further arguments of Airflow's ``DAG``.

    Raises:
        BadSettings: ``wires`` is not a list, or a setting is invalid.
    """
    selected = check_wires(wires)
    dag = make_dag(
        dag_id,
        schedule=schedule,
        tags=tags,
        **{
            "max_active_runs": max_active_runs,
            "default_args": make_default_args(
                limits, retries=retries, pool=pool, queue=queue, default_args=default_args
            ),
            "doc_md": DOC,
            "params": make_params(),
            **dag_options,
        },
    )
    with dag:
        _add_tasks(selected)
    return dag


def make_params() -> dict[str, Param]:
    """Return the parameters of a run: what to process again."""
    return {
        "stage": Param(
            "clean",
            enum=["clean", "fold"],
            description="clean: parse the stored pages of a range again. fold: fold all articles under a profile.",
        ),
        "since": make_time_param("Start of the range (stage clean)."),
        "until": make_time_param("End of the range, exclusive (stage clean)."),
        "wires": make_wires_param("Process only these wires. Leave empty for all (stage clean)."),
        "profile": Param(
            [],
            type="array",
            items={"type": "string"},
            description="Changes to the default profile, each as name=value (stage fold).",
        ),
    }


def _add_tasks(selected: Collection[str]) -> None:
    @task(doc_md="Opens the run. *clean*: finds the wires with stored pages in the range.")
    def plan() -> list[str]:
        return reprocess_tasks.plan_reprocess(get_current_context(), selected)

    @task(
        doc_md="Computes what would change, with samples. *clean*: parses the pages, stages the results and "
        "rehearses applying them; *fold*: builds a generation and compares it with the live one."
    )
    def preview() -> dict[str, int]:
        return reprocess_tasks.preview(get_current_context())

    planned, previewed = plan(), preview()
    approve = make_approval_task(
        subject=APPROVAL_SUBJECT,
        counted_by="preview",
        effect="applies exactly these changes",
        doc="Shows the counts, and samples with differences, story by story. Waits for *Approve* or *Reject* under "
        "*Required Actions*. No answer in time counts as a rejection, which ends the run as rejected.",
    )

    @task(
        doc_md="Applies what was approved, in one transaction. *clean*: applies the staged results; *fold*: updates "
        "the generation and swaps to it.",
        outlets=[ARTICLES, STORIES],
    )
    def apply() -> Any:
        return (yield from emit_asset_events(reprocess_tasks.apply(get_current_context())))

    planned >> previewed >> approve >> apply()
