"""The DAG `maintain`: what is done once a day, beside the news."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronDataIntervalTimetable, dag, get_current_context, task

from copydesk.dags.alerts.run_failed import notify_run_failed
from copydesk.dags.support.retry_policy import DEFAULT_ARGS, RUN_TIMEOUT
from copydesk.dags.tasks import maintain_tasks, newswire_tasks
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events

DOC = """
### maintain
What is done once a day, beside the news. Every task may be cleared and run again at any time.

No article, version or story is ever dropped. What retention drops are pages' bytes (`COPYDESK_KEEP_PAGE_DAYS`, unset:
none) and notes of pages that have left the quarantine (`COPYDESK_KEEP_QUARANTINE_DAYS`, 90).

What is learned is cut by the runs of `newswire` that are planned from then on; `copydesk wires boilerplate NAME` shows
it with its evidence, and takes a person's veto.
"""


@dag(
    dag_id="maintain",
    schedule=CronDataIntervalTimetable("30 3 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    dagrun_timeout=RUN_TIMEOUT,
    on_failure_callback=notify_run_failed,
    doc_md=DOC,
    tags=["copydesk", "upkeep"],
)
def maintain() -> None:
    @task(doc_md="Makes the partitions of this month and the next two.")
    def partitions() -> int:
        return maintain_tasks.make_partitions()

    @task(doc_md="Drops what the settings no longer keep; what is unread or in quarantine stays.")
    def retention() -> dict[str, int]:
        return maintain_tasks.drop_expired()

    @task(doc_md="Refreshes the planner's statistics and lets freed room be used again.")
    def statistics() -> int:
        return maintain_tasks.refresh_statistics()

    @task(doc_md="Keeps and tells how large each table is, and what room is left (`copydesk.v_table_sizes`).")
    def sizes() -> dict[str, int]:
        return maintain_tasks.measure_tables()

    @task(doc_md="Learns each wire's boilerplate by repetition; a person's veto stays.")
    def learn() -> dict[str, int]:
        return newswire_tasks.learn(get_current_context())

    @task(
        doc_md="Reads what is in quarantine once more, where today's rules have not, and folds what is recovered.",
        trigger_rule="all_done",  # what failed to be learned keeps no page in quarantine
        outlets=[ARTICLES, STORIES],
    )
    def replay() -> Any:
        return (yield from emit_asset_events(maintain_tasks.replay(get_current_context())))

    learned, read = learn(), replay()
    done = EmptyOperator(task_id="done", doc_md="Does nothing itself. **Red**: one of the others failed; see its log.")
    partitions() >> retention() >> statistics() >> sizes() >> done
    learned >> read
    [learned, read] >> done  # a leaf alone decides what becomes of the run


maintain()
