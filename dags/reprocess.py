"""The DAG `reprocess`: work what is stored once more, by a person's leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag, get_current_context, task

from copydesk.dags.alerts.run_failed import notify_run_failed
from copydesk.dags.support.retry_policy import DEFAULT_ARGS
from copydesk.dags.support.wire_param import make_wires_param
from copydesk.dags.tasks import reprocess_tasks
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events
from copydesk.pipeline.core import settings

DOC = """
### reprocess
Works once more what is stored: reads a range of pages by today's rules, or folds everything under another profile.
What is shown does not change before a person has seen the figures and approved them.

| task | what it does |
|---|---|
| plan | opens the run; which wires have stored pages in the range (stage *clean*) |
| preview | *clean*: reads the pages, keeps the readings beside what is shown and tells what they would change; \
*fold*: builds a generation and compares |
| approve | waits for *Approve* or *Reject*, under *Required Actions*; without an answer in time it is *Reject* |
| apply | *clean*: puts the readings in place, articles and stories at once; *fold*: brings the generation up to date \
and swaps to it |

Without an answer within `COPYDESK_APPROVAL_HOURS` (24) nothing changes.

Every task may be cleared and run again; where *preview* then finds something else than it has asked about, it is red,
and `reprocess` is to be triggered anew. Readings that nobody approved are kept for another week; a generation that was
rejected, and one that was swapped away, until `copydesk profiles retire`.
"""

APPROVAL_BODY = """
{% set told = ti.xcom_pull(task_ids='preview') %}
| what would change | |
|---|---:|
{% for name, count in told.items() %}| {{ name.replace('_', ' ') }} | {{ count }} |
{% endfor %}

The log of *preview* shows samples.
"""


@dag(
    dag_id="reprocess",
    schedule=None,
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(hours=12)},
    on_failure_callback=notify_run_failed,
    doc_md=DOC,
    tags=["copydesk", "upkeep"],
    params={
        "stage": Param(
            "clean",
            enum=["clean", "fold"],
            description="clean: read the range's stored pages by today's rules; fold: all articles, another profile.",
        ),
        "since": Param(
            None, type=["null", "string"], format="date-time", description="Begin of the range (stage clean)."
        ),
        "until": Param(
            None, type=["null", "string"], format="date-time", description="End of the range, exclusive (stage clean)."
        ),
        "wires": make_wires_param("Only these wires; empty means all (stage clean)."),
        "profile": Param(
            [],
            type="array",
            items={"type": "string"},
            description="What differs from this version's default profile, each as name=value (stage fold).",
        ),
    },
)
def reprocess() -> None:
    @task(doc_md="Opens the run; at stage *clean* it finds the wires with stored pages in the range.")
    def plan() -> list[str]:
        return reprocess_tasks.plan_reprocess(get_current_context())

    @task(
        doc_md="Finds out what would change. *clean*: reads the pages, keeps the readings beside what is shown and "
        "folds them for a try; *fold*: builds a generation and compares. Its log shows samples."
    )
    def preview() -> dict[str, int]:
        return reprocess_tasks.preview(get_current_context())

    planned, previewed = plan(), preview()
    approve = ApprovalOperator(
        task_id="approve",
        subject="Copydesk: shall {{ dag_run.run_id }} be applied?",
        body=APPROVAL_BODY,
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(hours=settings.load_settings_without_database().approval_hours),
        execution_timeout=None,
        doc_md="Waits for *Approve* or *Reject* under *Required Actions*; without an answer in time it is *Reject*.",
    )

    @task(
        doc_md="Does what was approved, in one transaction. *clean*: puts the readings in place; *fold*: swaps to the "
        "generation, once it is up to date.",
        outlets=[ARTICLES, STORIES],
    )
    def apply() -> Any:
        return (yield from emit_asset_events(reprocess_tasks.apply(get_current_context())))

    planned >> previewed >> approve >> apply()


reprocess()
