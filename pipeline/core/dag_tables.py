"""The tables of the settings file that describe the shipped DAGs: ``[newswire]``, ``[reprocess]`` and so on."""

from __future__ import annotations

from pydantic import Field

from copydesk.pipeline.core.settings_tables import SettingsTable

DAG_ID_PATTERN = r"^[A-Za-z0-9_.-]{1,250}$"
"""What Airflow accepts."""


class DagTable(SettingsTable):
    """What can be set for every DAG."""

    pool: str = ""
    """The pool of the DAG's tasks. Default: Airflow's default pool."""

    queue: str = ""
    """The queue of the DAG's tasks. Default: the executor's."""

    retries: int = Field(default=3, ge=0, le=100)
    """The number of retries of a task."""


class NewswireTable(DagTable):
    """The shipped DAG that crawls wires and folds stories. For several, write a file of your own."""

    dag_id: str = Field(default="newswire", pattern=DAG_ID_PATTERN)
    """The DAG's id in Airflow."""

    schedule: str = "0 * * * *"
    """The schedule: a cron expression in UTC, or a preset such as `@hourly`. A wire is never polled more often."""

    wires: tuple[str, ...] = ()
    """The wires to crawl: names, and selections such as `language=de`. Default: all enabled wires."""

    max_active_runs: int = Field(default=2, ge=1, le=100)
    """The maximum number of runs at a time, not counting those of backfills."""

    tags: tuple[str, ...] = ("wire",)
    """The DAG's tags, in addition to `copydesk`."""

    live_crawl_minutes: float = Field(default=14, gt=0, le=1440)
    """The time limit of a crawl of new articles, in minutes; never longer than the time between two runs."""

    crawl_minutes: float = Field(default=30, gt=1, le=1440)
    """The time limit of an attempt at any other crawl, in minutes."""

    run_hours: float = Field(default=3, gt=0, le=168)
    """The time limit of a run, in hours."""


class ReprocessTable(DagTable):
    """The shipped DAG that processes stored pages or articles again."""

    dag_id: str = Field(default="reprocess", pattern=DAG_ID_PATTERN)
    """The DAG's id in Airflow."""

    tags: tuple[str, ...] = ("maintenance",)
    """The DAG's tags, in addition to `copydesk`."""


class RefoldTable(DagTable):
    """The shipped DAG that folds all articles on Apache Spark."""

    dag_id: str = Field(default="refold", pattern=DAG_ID_PATTERN)
    """The DAG's id in Airflow."""

    tags: tuple[str, ...] = ("maintenance",)
    """The DAG's tags, in addition to `copydesk`."""

    master: str = "local[*]"
    """Spark's master URL, such as `local[4]`, `spark://HOST:PORT` or `yarn`; empty for that of `submit`."""

    conf: tuple[str, ...] = ()
    """Spark settings, each as `spark.NAME=VALUE`."""

    submit: tuple[str, ...] = ()
    """The command that submits the driver, and its arguments, such as `spark-submit`. Default: this Python runs it."""

    folder: str = ""
    """A folder for the exported articles and the results of the stages, which all machines of the cluster share.
    Default: `<home>/refold`."""


class MaintainTable(DagTable):
    """The shipped DAG for daily housekeeping."""

    dag_id: str = Field(default="maintain", pattern=DAG_ID_PATTERN)
    """The DAG's id in Airflow."""

    schedule: str = "30 3 * * *"
    """The schedule: a cron expression in UTC, or a preset such as `@daily`."""

    tags: tuple[str, ...] = ("maintenance",)
    """The DAG's tags, in addition to `copydesk`."""
