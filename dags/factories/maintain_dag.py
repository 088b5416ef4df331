"""The factory of DAGs for daily housekeeping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, get_current_context, task

from copydesk.dags.factories.dag_options import DEFAULT_LIMITS, Limits, check_wires, make_dag, make_default_args
from copydesk.dags.tasks import maintain_tasks, newswire_tasks
from copydesk.dags.telemetry.assets import ARTICLES, STORIES, emit_asset_events

MAINTENANCE_TAG = "maintenance"
"""The tag by which the page of the quarantine finds the DAG that replays it."""

DOC = """
### Maintain
Daily housekeeping: partitions, retention, page archive, statistics, learned boilerplate, quarantine. Every task can be
cleared and run again at any time.

Articles, versions and stories are never deleted. Retention deletes the bytes of old pages
(`COPYDESK_KEEP_PAGE_DAYS`; by default none) and the records of pages that have left the quarantine
(`COPYDESK_KEEP_QUARANTINE_DAYS`; by default after 90 days). If there is a page archive (`COPYDESK_PAGE_ARCHIVE__URL`),
the bytes of pages move to WARC files there after their month.

A run with the configuration `{"replay": {}}` replays all of the quarantine and does nothing else; `"ids"`, `"wire"`
and `"reason"` in it select pages, for example `{"replay": {"wire": "northgate"}}`. The button *Replay* in the UI
starts one.

Runs of `newswire` that are planned afterwards remove the learned boilerplate. `copydesk wires boilerplate NAME` shows
it with its evidence, and can veto a paragraph.
"""


def maintain_dag(
    dag_id: str = "maintain",
    *,
    schedule: object = "30 3 * * *",
    wires: Collection[str] = (),
    pool: str | None = None,
    queue: str | None = None,
    retries: int = 3,
    limits: Limits = DEFAULT_LIMITS,
    max_active_runs: int = 1,
    tags: Collection[str] = (MAINTENANCE_TAG,),
    default_args: Mapping[str, Any] | None = None,
    **dag_options: Any,
) -> DAG:
    """Return a DAG for daily housekeeping; a database needs one, however many other DAGs it has.

    Args:
        dag_id: The id of the DAG, unique in the Airflow.
        schedule: How often it runs, as for ``newswire_dag``.
        wires: The wires to learn boilerplate of, as for ``newswire_dag``. Empty for all.
        pool: The pool of all tasks; None for Airflow's default pool.
        queue: The queue of all tasks; None for the executor's default queue.
        retries: The number of retries of a task.
        limits: The time limits of runs and tasks.
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
            "dagrun_timeout": limits.run,
            "doc_md": DOC,
            **dag_options,
        },
    )
    with dag:
        _add_tasks(selected)
    return dag


def _add_tasks(selected: Collection[str]) -> None:
    @task(doc_md="Creates the partitions of this month and the next two.")
    def partitions() -> int:
        maintain_tasks.skip_unless_housekeeping(get_current_context())
        return maintain_tasks.make_partitions()

    @task(doc_md="Deletes what is older than the settings allow, except unprocessed pages and pages in quarantine.")
    def retention() -> dict[str, int]:
        return maintain_tasks.drop_expired()

    @task(
        doc_md="Moves the pages of past months to the page archive, and rewrites its files of which retention has "
        "deleted pages. Does nothing if there is none."
    )
    def archive() -> dict[str, int]:
        return maintain_tasks.archive_pages()

    @task(
        doc_md="Vacuums and analyzes the tables: frees space for reuse and refreshes the planner's statistics.",
        trigger_rule="none_skipped",  # it runs although the page archive does not respond, but not with a mere replay
    )
    def statistics() -> int:
        return maintain_tasks.refresh_statistics()

    @task(doc_md="Records the size of each table (`copydesk.v_table_sizes`), and logs it with the free disk space.")
    def sizes() -> dict[str, int]:
        return maintain_tasks.measure_tables()

    @task(doc_md="Learns each wire's boilerplate from paragraphs that recur. Vetoed paragraphs stay vetoed.")
    def learn() -> dict[str, int]:
        maintain_tasks.skip_unless_housekeeping(get_current_context())
        return newswire_tasks.learn(get_current_context(), selected)

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
    archived = archive()
    partitions() >> retention() >> archived >> statistics() >> sizes() >> done
    learned >> read
    [learned, read, archived] >> done  # the state of the run is that of its leaf tasks
