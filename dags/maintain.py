"""The DAG `maintain`: daily housekeeping."""

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
Daily housekeeping: partitions, retention, statistics, learned boilerplate, quarantine. Every task can be cleared and
run again at any time.

Articles, versions and stories are never deleted. Retention deletes the bytes of old pages
(`COPYDESK_KEEP_PAGE_DAYS`; by default none) and the records of pages that have left the quarantine
(`COPYDESK_KEEP_QUARANTINE_DAYS`; by default after 90 days).

Runs of `newswire` that are planned afterwards remove the learned boilerplate. `copydesk wires boilerplate NAME` shows
it with its evidence, and can veto a paragraph.
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
    tags=["copydesk", "maintenance"],
)
def maintain() -> None:
    @task(doc_md="Creates the partitions of this month and the next two.")
    def partitions() -> int:
        return maintain_tasks.make_partitions()

    @task(doc_md="Deletes what is older than the settings allow, except unprocessed pages and pages in quarantine.")
    def retention() -> dict[str, int]:
        return maintain_tasks.drop_expired()

    @task(doc_md="Vacuums and analyzes the tables: frees space for reuse and refreshes the planner's statistics.")
    def statistics() -> int:
        return maintain_tasks.refresh_statistics()

    @task(doc_md="Records the size of each table (`copydesk.v_table_sizes`), and logs it with the free disk space.")
    def sizes() -> dict[str, int]:
        return maintain_tasks.measure_tables()

    @task(doc_md="Learns each wire's boilerplate from paragraphs that recur. Vetoed paragraphs stay vetoed.")
    def learn() -> dict[str, int]:
        return newswire_tasks.learn(get_current_context())

    @task(
        doc_md="Parses the pages in quarantine that the current rules have not tried yet, and adds the recovered "
        "articles to stories.",
        trigger_rule="all_done",  # the replay does not depend on the success of learning
        outlets=[ARTICLES, STORIES],
    )
    def replay() -> Any:
        return (yield from emit_asset_events(maintain_tasks.replay(get_current_context())))

    learned, read = learn(), replay()
    done = EmptyOperator(task_id="done", doc_md="Does nothing. **Fails if** another task failed; see its log.")
    partitions() >> retention() >> statistics() >> sizes() >> done
    learned >> read
    [learned, read] >> done  # the state of the run is that of its leaf tasks


maintain()
