"""The DAG `newswire`: one hour of wire news, from URLs to stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task, task_group

from copydesk.dags.alerts.run_failed import notify_run_failed
from copydesk.dags.alerts.run_late import LATE_DEADLINE
from copydesk.dags.support.retry_policy import CRAWL_TIMEOUT, DEFAULT_ARGS, LIVE_CRAWL_TIMEOUT, RUN_TIMEOUT
from copydesk.dags.support.wire_param import make_wires_param
from copydesk.dags.tasks import newswire_tasks
from copydesk.dags.tasks.spider_operator import SpiderOperator
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events

DOC = """
### newswire
Crawls one hour of every wire, cleans the pages, finds near-duplicates and groups them into stories.

| task | what it does |
|---|---|
| plan | opens the run and decides for each wire: crawl live, crawl its dated archive, or process stored pages again |
| wire.crawl | runs one spider per wire, labelled with its name; fails only if that wire failed |
| wire.clean | turns pages into articles; quarantines pages that cannot be parsed, with the reason |
| sign, match, fold | compute MinHash sketches, verify near-duplicates, update stories |
| report | reconciles the ledger, raises warnings, emits the assets `copydesk/articles` and `copydesk/stories` |

A crawl of the hour that has just ended times out after LIVE min, because all stories wait for the slowest wire. It is
not retried: the pages fetched so far are processed, and the next hour continues where it stopped. Any other crawl is
retried, and each retry continues with what is left.

Every task can be cleared and run again at any time; the tables stay the same. Do not clear runs of a cancelled
backfill: they would stay queued (Airflow #72337).

To backfill a range, use *Trigger → Backfill*, `airflow backfill create --dag-id newswire` or REST. Set *Max Active
Runs* to two or three: more does not fetch faster, and starves scheduled runs.
""".replace("LIVE", str(LIVE_CRAWL_TIMEOUT // timedelta(minutes=1)))

TASK_DOCS = {
    "plan": """
Opens the run and decides how to process each wire.

**Fails if** the window is invalid, a requested wire does not exist, the sources cannot be read, or migrations are
missing. The last lines of its log say what to do.
""",
    "crawl": """
Runs the wire's spider as a child process and checks its stats.

**Fails if** the site failed or was too slow. The next hour fetches what is missing.
""",
    "clean": """
Extracts and cleans the wire's pages, including those stored before its crawl failed.

Pages that cannot be parsed are quarantined with the reason; they do not fail the task.
""",
    "sign": """
Computes the MinHash sketches of the run's articles.

**Fails if** the database was unavailable for longer than all retries.
""",
    "match": """
Finds candidate pairs by the keys of the sketches and verifies each pair exactly.

**Fails if** the database was unavailable for longer than all retries.
""",
    "fold": """
Groups the run's articles and their near-duplicates into stories.

**Fails if** a guard stops implausible merges. Check the evidence in its log, then run `copydesk wires pass NAME` and
clear the task.
""",
    "report": """
Reconciles the ledger, raises warnings, and emits the assets with the run's counts.

**Fails if** counts do not add up, or if every wire failed. The log shows both totals.
""",
}
"""Shown in Airflow's UI under *Docs* of each task."""


@dag(
    dag_id="newswire",
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=2,
    default_args=DEFAULT_ARGS,
    dagrun_timeout=RUN_TIMEOUT,
    deadline=LATE_DEADLINE,
    on_failure_callback=notify_run_failed,
    doc_md=DOC,
    tags=["copydesk", "wire"],
    params={
        "wires": make_wires_param("Process only these wires. Leave empty for all."),
        "mode": Param(
            "auto",
            enum=["auto", "live", "archive", "stored"],
            description="auto: decide by the window. live: crawl only feeds, sitemaps and list pages. archive: crawl"
            " only the dated archive. stored: fetch nothing, parse the stored pages of the window.",
        ),
        "since": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Start of the window, for runs triggered by hand. Leave empty for the last whole hour.",
        ),
        "until": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="End of the window (exclusive), for runs triggered by hand.",
        ),
    },
)
def newswire() -> None:
    @task(doc_md=TASK_DOCS["plan"])
    def plan() -> list[dict[str, str]]:
        return newswire_tasks.plan_window(get_current_context())

    @task(
        doc_md=TASK_DOCS["clean"],
        trigger_rule="all_done",  # pages stored before a crawl failed are processed too
        map_index_template="{{ task.op_kwargs['wire']['wire'] }}",
    )
    def clean(wire: dict[str, str]) -> dict[str, int]:
        return newswire_tasks.clean_pages(get_current_context(), wire)

    @task_group(group_id="wire")
    def process_wire(wire: dict[str, str]) -> None:
        crawl = SpiderOperator(
            task_id="crawl",
            plan=wire,
            map_index_template="{{ task.plan['wire'] }}",
            execution_timeout=CRAWL_TIMEOUT,
            doc_md=TASK_DOCS["crawl"],
        )
        crawl >> clean(wire=wire)

    @task(
        doc_md=TASK_DOCS["sign"],
        trigger_rule="all_done_min_one_success",
    )
    def sign() -> int:
        return newswire_tasks.sign(get_current_context())

    @task(doc_md=TASK_DOCS["match"])
    def match() -> dict[str, int]:
        return newswire_tasks.match(get_current_context())

    @task(doc_md=TASK_DOCS["fold"])
    def fold() -> dict[str, int]:
        return newswire_tasks.fold(get_current_context())

    @task(
        doc_md=TASK_DOCS["report"],
        trigger_rule="all_done",
        outlets=[ARTICLES, STORIES],
    )
    def report() -> Any:
        return (yield from emit_asset_events(newswire_tasks.report(get_current_context())))

    planned = plan()
    processed = process_wire.expand(wire=planned)
    processed >> sign() >> match() >> fold() >> report()


newswire()
