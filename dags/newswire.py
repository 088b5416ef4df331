"""The DAG `newswire`: one hour of wire news, from addresses to stories."""

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
Fetches one hour of every wire, cleans the pages, finds near-duplicates and folds them into stories.

| task | what it does |
|---|---|
| plan | opens the run, decides for each wire: crawl live, crawl its dated archive, or work stored pages again |
| wire.crawl | one spider a wire, named by it; red only where that wire failed |
| wire.clean | pages to articles; what can't be read is quarantined with its reason |
| sign, match, fold | MinHash sketches, verified near-duplicates, stories |
| report | holds the ledger, warns of what is odd, emits the assets `copydesk/articles` and `copydesk/stories` |

A crawl of the hour that has just ended may take LIVE min, for all stories wait for the slowest wire. One that is cut
short there is red at once, and the next hour goes on from where it got to; what it got is in the stories. Any other
crawl is tried again as often and as long as the table says, and goes on with what is left.

Every task may be cleared and run again at any time: the tables stay the same. Not so in runs of a cancelled backfill,
which would stay queued.
Backfill any range from the button *Trigger → Backfill*, `airflow backfill create --dag-id newswire` or REST, with
*Max Active Runs* at two or three: more would fetch nothing sooner, and leave the schedule's own hour no slot.
""".replace("LIVE", str(LIVE_CRAWL_TIMEOUT // timedelta(minutes=1)))

TASK_DOCS = {
    "plan": """
Opens the run and decides how each wire is worked.

**Red**: no usable window, no such wire, a wrong source file, or missing tables; the last lines of its log say what
to do.
""",
    "crawl": """
Runs the wire's spider as a child process and judges it by its stats.

**Red**: that site failed, or was too slow. The next hour asks for what this one did not get.
""",
    "clean": """
Extracts and cleans the wire's pages, those too that were stored before its crawl failed.

What can't be read is quarantined with its reason, and makes nothing red.
""",
    "sign": """
Writes the MinHash sketches of the run's articles.

**Red**: the database broke off more often than there are retries.
""",
    "match": """
Finds candidates by the sketches' keys and verifies each pair exactly.

**Red**: the database broke off more often than there are retries.
""",
    "fold": """
Gathers what the run touched into stories.

**Red**: a guard found a wire's articles run together; look at its evidence, then `copydesk wires pass NAME`.
""",
    "report": """
Holds the ledger, warns of what is odd, emits the assets with the run's counts.

**Red**: a count does not come out even; its log names both sides.
""",
}
"""What Airflow's UI shows under *Docs* of each task."""


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
        "wires": make_wires_param("Only these wires; empty means all."),
        "mode": Param(
            "auto",
            enum=["auto", "crawl", "stored"],
            description="auto decides by the window; crawl never falls back to stored pages; stored never fetches.",
        ),
        "since": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Begin of the window, of a run triggered by hand; empty means the last whole hour.",
        ),
        "until": Param(None, type=["null", "string"], format="date-time", description="End of that window, exclusive."),
    },
)
def newswire() -> None:
    @task(doc_md=TASK_DOCS["plan"])
    def plan() -> list[dict[str, str]]:
        return newswire_tasks.plan_window(get_current_context())

    @task(
        doc_md=TASK_DOCS["clean"],
        trigger_rule="all_done",  # what was stored before a crawl failed is copy all the same
        map_index_template="{{ task.op_kwargs['wire']['wire'] }}",
    )
    def clean(wire: dict[str, str]) -> dict[str, int]:
        return newswire_tasks.clean_pages(get_current_context()["run_id"], wire)

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
