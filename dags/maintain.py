"""The DAG `maintain`: what is done once a day, beside the news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronDataIntervalTimetable, dag, get_current_context, task

from dags import stages
from dags.policies import DEFAULT_ARGS

DOC = """
### maintain
What is done once a day, beside the news.

| task | what it does |
|---|---|
| learn | learns each wire's boilerplate: paragraphs that recur over many unlike articles of the last 28 days |

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
    dagrun_timeout=timedelta(hours=3),
    doc_md=DOC,
    tags=["copydesk", "upkeep"],
)
def maintain() -> None:
    @task(doc_md="Learns each wire's boilerplate by repetition; a person's veto stays.")
    def learn() -> dict[str, int]:
        return stages.learn(get_current_context())

    learn()


maintain()
