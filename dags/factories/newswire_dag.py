"""The factory of DAGs that take wire news from URLs to stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task, task_group

from copydesk.dags.alerts.run_late import LATE_DEADLINE
from copydesk.dags.factories.dag_options import DEFAULT_LIMITS, Limits, check_wires, make_dag, make_default_args
from copydesk.dags.support.wire_param import make_time_param, make_wires_param
from copydesk.dags.tasks import clean_tasks, newswire_tasks
from copydesk.dags.tasks.spider_operator import SpiderOperator
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events

CLEAN_PRIORITY = 100
"""Above the priority of all crawls: the articles of a wire become stories before further wires are crawled."""

DOC = """
### Newswire
Crawls the wires that are due, cleans the pages, finds near-duplicates and groups them into stories.

| task | what it does |
|---|---|
| plan | opens the run and decides for each wire: crawl live, crawl its dated archive, or process stored pages again |
| wire.crawl | runs one spider per wire, labelled with its name; fails only if that wire failed |
| wire.clean | turns pages into articles and adds them to stories; quarantines pages that cannot be parsed |
| sign, match, fold | compute MinHash sketches, verify near-duplicates, update stories: for what is left of all wires |
| report | reconciles the ledger, raises warnings, emits the assets `copydesk/articles` and `copydesk/stories` |

No wire waits for another one: its articles are in stories as soon as its `wire.clean` has ended. The tasks after
the last wire complete what is left, and check that every article is in a story.

A crawl of new articles times out after LIVE min, or after the time between two runs if that is shorter. It is not
retried then: the pages fetched so far are processed, and the next run continues where it stopped. Any other crawl is
retried, and each retry continues with what is left. A wire that fails is polled less often until it recovers.

If more wires are due than Airflow maps a task to (`[core] max_map_length`, by default 1,024), several wires share a
task and are crawled and cleaned one after the other, within the time limit of one. A failing wire does not stop the
others, and a retry crawls only wires that failed.

Every task can be cleared and run again at any time; the tables stay the same. Do not clear runs of a cancelled
backfill: they would stay queued (Airflow #72337).

To backfill a range, use *Trigger → Backfill*, `airflow backfill create --dag-id DAG` or REST. Set *Max Active
Runs* to two or three: more runs would not fetch faster, and would leave no slot for scheduled runs.
"""

TASK_DOCS = {
    "plan": """
Opens the run and decides how to process each wire.

**Fails if** the window is invalid, a requested wire does not exist, the sources cannot be read, or migrations are
missing. The last lines of its log say what to do.
""",
    "crawl": """
Runs the wire's spider as a child process and checks its stats.

**Fails if** the site failed or was too slow. The next poll fetches what is missing.
""",
    "clean": """
Extracts and cleans the wire's pages, including those stored before its crawl failed, and adds the articles of a live
crawl to stories.

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


WINDOW_SECTION = "Window of a single run (not for backfills)"
"""The heading of the fields that a backfill must leave empty."""


def newswire_dag(
    dag_id: str = "newswire",
    *,
    schedule: object = "0 * * * *",
    wires: Collection[str] = (),
    pool: str | None = None,
    queue: str | None = None,
    retries: int = 3,
    limits: Limits = DEFAULT_LIMITS,
    max_active_runs: int = 2,
    tags: Collection[str] = ("wire",),
    default_args: Mapping[str, Any] | None = None,
    **dag_options: Any,
) -> DAG:
    """Return a DAG that crawls wires on a schedule and groups what it finds into stories.

    Several such DAGs can share an Airflow and a database. Each has its own runs and ledgers. Wires, articles and
    stories are common: a wire that two of them have is polled by the one that is due first.

    Args:
        dag_id: The id of the DAG, unique in the Airflow.
        schedule: How often it runs: a cron expression in UTC, a ``timedelta``, or anything that Airflow accepts. A wire
            is polled by the runs that are nearest to its own cadence (``every`` in its source file).
        wires: The wires to crawl: names, and selections such as ``language=de``, ``kind=agency`` or ``country=in``. A
            wire with its name in the list need not be enabled. Empty for all enabled wires.
        pool: The pool of all tasks; None for Airflow's default pool.
        queue: The queue of all tasks; None for the executor's default queue.
        retries: The number of retries of a task.
        limits: The time limits of runs and tasks.
        max_active_runs: The number of runs at a time, without those of backfills.
        tags: Tags in addition to ``copydesk``.
        default_args: Default arguments of all tasks, which have precedence over the others.
        dag_options: Further arguments of Airflow's ``DAG``, such as ``catchup`` or ``access_control``.

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
            "dagrun_timeout": limits.run,
            "deadline": LATE_DEADLINE,
            "doc_md": DOC.replace("LIVE", str(limits.live_crawl // timedelta(minutes=1))),
            "params": make_params(),
            **dag_options,
        },
    )
    with dag:
        _add_tasks(selected, limits)
    return dag


def make_params() -> dict[str, Param]:
    """Return the parameters of a run: which wires, which window, and what to do with them."""
    return {
        "wires": make_wires_param("Process only these wires. Leave empty for all."),
        "mode": Param(
            "auto",
            enum=["auto", "live", "archive", "stored"],
            description="auto: decide by the window. live: crawl only feeds, sitemaps and list pages. archive: crawl"
            " only the dated archive. stored: fetch nothing, parse the stored pages of the window.",
        ),
        "since": make_time_param(
            "Start of the window; empty: the last whole hour. Leave empty in a backfill, which has its own range.",
            WINDOW_SECTION,
        ),
        "until": make_time_param("End of the window (exclusive). Leave empty in a backfill.", WINDOW_SECTION),
    }


def make_label_template(plans: str) -> str:
    """Return a template of the names of a task's wires; Airflow stores at most 250 characters.

    Args:
        plans: An expression for the plans of the wires.
    """
    return f"{{{{ {plans} | map(attribute='wire') | join(', ') | truncate(200) }}}}"


def _add_tasks(selected: Collection[str], limits: Limits) -> None:
    @task(doc_md=TASK_DOCS["plan"])
    def plan() -> list[list[dict[str, str]]]:
        return newswire_tasks.plan_window(get_current_context(), selected)

    @task(
        doc_md=TASK_DOCS["clean"],
        trigger_rule="all_done",  # pages stored before a crawl failed are processed too
        map_index_template=make_label_template("task.op_kwargs['wires']"),
        priority_weight=CLEAN_PRIORITY,
        weight_rule="absolute",
    )
    def clean(wires: list[dict[str, str]]) -> dict[str, dict[str, int]]:
        return clean_tasks.clean_pages(get_current_context(), wires)

    @task_group(group_id="wire")
    def process_wires(wires: list[dict[str, str]]) -> None:
        crawl = SpiderOperator(
            task_id="crawl",
            plans=wires,
            map_index_template=make_label_template("task.plans"),
            execution_timeout=limits.crawl,
            live_timeout=limits.live_crawl,
            doc_md=TASK_DOCS["crawl"],
        )
        crawl >> clean(wires=wires)

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
    processed = process_wires.expand(wires=planned)
    processed >> sign() >> match() >> fold() >> report()
